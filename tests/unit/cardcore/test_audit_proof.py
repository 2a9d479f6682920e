"""A log that was tampered with: the first break is named, whatever was done to hide it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from cardcore.audit import GENESIS, START, ChainHead, entry_hash, parse_entry, serialise_entry
from cardcore.audit_proof import AuditBreakError, BreakKind, ProofRow, prove
from cardcore.checkpoint import Checkpoint
from cardcore.ids import DeviceId, Epoch, Micros, Seq
from tests.fakes.central_material import EPOCH, chain

LENGTH: Final = 9
DATA: Final = chain(LENGTH, "d-1")


def rows_of(data: list[bytes], first: int = 1) -> list[ProofRow]:
    return [
        ProofRow(seq=Seq(seq), hash=entry_hash(each), data=each)
        for seq, each in enumerate(data, first)
    ]


def signed(seq: int, data: list[bytes] | None = None) -> Checkpoint:
    log = DATA if data is None else data
    return Checkpoint(
        device=DeviceId("d-1"),
        epoch=EPOCH,
        seq=Seq(seq),
        hash=entry_hash(log[seq - 1]),
        at=Micros(seq),
    )


ROWS: Final = rows_of(DATA)
SIGNED: Final = [signed(3), signed(6), signed(9)]


def written_anew(at: int) -> list[bytes]:
    """The whole log with another entry in one place, and all that follows made to fit."""
    log, previous = DATA[: at - 1], entry_hash(DATA[at - 2]) if at > 1 else GENESIS
    for seq in range(at, LENGTH + 1):
        entry = replace(parse_entry(DATA[seq - 1]), previous=previous)
        if seq == at:
            entry = replace(entry, reason="override")
        log = [*log, serialise_entry(entry)]
        previous = entry_hash(log[-1])
    return log


def test_a_sound_log_is_proven_as_far_as_it_was_signed() -> None:
    proven = prove(ROWS, EPOCH, [signed(3), signed(6)])
    assert proven.head == ChainHead(seq=Seq(9), hash=entry_hash(DATA[-1]))
    assert proven.signed == 6


def test_an_empty_log_is_sound() -> None:
    assert prove([], EPOCH, []).head == START


def edited(rows: list[ProofRow]) -> list[ProofRow]:
    other = serialise_entry(replace(parse_entry(rows[4].data), reason="override"))
    return [*rows[:4], replace(rows[4], data=other), *rows[5:]]


def edited_with_its_hash(rows: list[ProofRow]) -> list[ProofRow]:
    other = serialise_entry(replace(parse_entry(rows[4].data), reason="override"))
    return [*rows[:4], replace(rows[4], data=other, hash=entry_hash(other)), *rows[5:]]


def made_unreadable(rows: list[ProofRow]) -> list[ProofRow]:
    return [*rows[:4], replace(rows[4], data=b"x", hash=entry_hash(b"x")), *rows[5:]]


def renamed(rows: list[ProofRow]) -> list[ProofRow]:
    other = serialise_entry(replace(parse_entry(rows[4].data), epoch=bytes(8)))
    return [*rows[:4], replace(rows[4], data=other, hash=entry_hash(other)), *rows[5:]]


def swapped(rows: list[ProofRow]) -> list[ProofRow]:
    return [*rows[:4], rows[5], rows[4], *rows[6:]]


@pytest.mark.parametrize(
    ("tamper", "at", "kind"),
    [
        (edited, 5, BreakKind.EDITED),
        (edited_with_its_hash, 6, BreakKind.EDITED),
        (made_unreadable, 5, BreakKind.EDITED),
        (renamed, 5, BreakKind.EDITED),
        (lambda rows: [*rows[:4], *rows[5:]], 5, BreakKind.MISSING),
        (lambda rows: rows[1:], 1, BreakKind.MISSING),
        (swapped, 5, BreakKind.MISSING),
        (lambda rows: [*rows[:4], rows[4], *rows[4:]], 6, BreakKind.MISSING),
        (lambda rows: rows[:-1], 9, BreakKind.TRUNCATED),
        (lambda rows: rows[:4], 5, BreakKind.TRUNCATED),
        (lambda _: [], 1, BreakKind.TRUNCATED),
        (lambda _: rows_of(written_anew(1)), 1, BreakKind.TWO_HISTORIES),
        (lambda _: rows_of(written_anew(5)), 4, BreakKind.TWO_HISTORIES),
        (lambda _: rows_of(written_anew(9)), 7, BreakKind.TWO_HISTORIES),
    ],
)
def test_the_first_break_is_named(
    tamper: Callable[[list[ProofRow]], list[ProofRow]], at: int, kind: BreakKind
) -> None:
    with pytest.raises(AuditBreakError) as caught:
        prove(tamper(ROWS), EPOCH, SIGNED)
    assert (caught.value.at_seq, caught.value.kind) == (at, kind)


def test_what_another_epoch_calls_its_own_is_no_entry_of_this_one() -> None:
    with pytest.raises(AuditBreakError, match="calls itself"):
        prove(ROWS, Epoch(bytes(8)), [])


def test_the_first_entry_names_no_other() -> None:
    other = serialise_entry(replace(parse_entry(DATA[0]), previous=bytes([1]) * 32))
    with pytest.raises(AuditBreakError) as caught:
        prove(rows_of([other]), EPOCH, [])
    assert caught.value.at_seq == 1


def test_a_log_whose_beginning_was_removed_goes_on_from_there() -> None:
    start = ChainHead(seq=Seq(3), hash=entry_hash(DATA[2]))
    assert prove(ROWS[3:], EPOCH, SIGNED, start=start).signed == 9
    later = ChainHead(seq=Seq(4), hash=entry_hash(DATA[3]))
    assert prove(ROWS[4:], EPOCH, SIGNED, start=later).signed == 9
    with pytest.raises(AuditBreakError) as caught:  # another beginning than the one that was signed
        prove(ROWS[3:], EPOCH, SIGNED, start=replace(start, hash=bytes(32)))
    assert caught.value.kind is BreakKind.TWO_HISTORIES


def test_what_is_known_to_be_lost_is_no_break() -> None:
    gaps = {4: ChainHead(seq=Seq(7), hash=entry_hash(DATA[6]))}
    assert prove([*ROWS[:3], *ROWS[7:]], EPOCH, SIGNED, gaps=gaps).signed == 9
    assert prove(ROWS[:3], EPOCH, SIGNED[:2], gaps=gaps).head.seq == 7


def test_what_central_cannot_read_counts_by_its_hash() -> None:
    data = [*DATA[:8], b"of a newer door"]
    rows = rows_of(data)
    rows[-1] = replace(rows[-1], apart=True)
    assert prove(rows, EPOCH, [signed(9, data)]).signed == 9
    with pytest.raises(AuditBreakError):  # one that nobody set apart
        prove(rows_of(data), EPOCH, [])
