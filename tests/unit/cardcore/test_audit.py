from dataclasses import replace

import pytest

from cardcore.audit import (
    GENESIS,
    MAX_ENTRY_BYTES,
    START,
    AuditEntry,
    ChainHead,
    ClockTrust,
    Direction,
    Outcome,
    entry_hash,
    parse_entry,
    serialise_entry,
    verify_chain,
)
from cardcore.errors import BrokenAuditChainError, WireError
from cardcore.ids import Epoch, Seq
from cardcore.reasons import Reason

EPOCH = Epoch(b"an epoch")
ENTRY = AuditEntry(
    door="Front door",
    device="dev-1",
    epoch=EPOCH,
    seq=1,
    previous=GENESIS,
    wall=1,
    mono=1,
    boot_id=b"",
    clock=ClockTrust.TRUSTED,
    source="camera:0",
    direction=Direction.ENTRY,
    decision=Outcome.ADMIT,
    reason=Reason.OK,
)


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRY, door=""),
        replace(ENTRY, door="d" * 65),
        replace(ENTRY, door="door\n"),
        replace(ENTRY, door="\ud800"),
        replace(ENTRY, source="folder:" + "/long" * 20),
        replace(ENTRY, epoch=bytes(7)),
        replace(ENTRY, seq=-1),
        replace(ENTRY, seq=1 << 63),
        replace(ENTRY, seq=1 << 64),
        replace(ENTRY, boot_id=bytes(17)),
        replace(ENTRY, kid=b"kid"),
        replace(ENTRY, mode=True),
        replace(ENTRY, nonce=bytes(7)),
        replace(ENTRY, attendant="a\x1b[2J"),
        replace(ENTRY, stages={"unheard of": 1}),
        replace(ENTRY, stages={"decode": -1}),
        replace(ENTRY, extensions={1: 1.5}),
        replace(ENTRY, extensions={"name": 1}),  # type: ignore[dict-item]
        replace(ENTRY, extensions={1: (((((1,),),),),)}),
        replace(ENTRY, extensions={1: bytes(MAX_ENTRY_BYTES)}),
        replace(ENTRY, unknown={31: None}),
        replace(ENTRY, unknown={31: (0,) * 257}),
        replace(ENTRY, unknown={0: 2}),
        replace(ENTRY, unknown={1: "another door"}),
    ],
    ids=repr,
)
def test_an_entry_that_could_not_be_read_back_is_never_written(entry: AuditEntry) -> None:
    with pytest.raises(WireError):
        serialise_entry(entry)


def test_a_reason_is_written_as_its_word() -> None:
    assert parse_entry(serialise_entry(ENTRY)).reason == "ok"


def test_the_largest_entry_is_written_and_read() -> None:
    room = MAX_ENTRY_BYTES - len(serialise_entry(replace(ENTRY, extensions={1: bytes(256)})))
    data = serialise_entry(replace(ENTRY, extensions={1: bytes(256 + room)}))
    assert len(data) == MAX_ENTRY_BYTES
    assert serialise_entry(parse_entry(data)) == data
    with pytest.raises(WireError, match="at most"):
        parse_entry(data + b"\x00")


def test_a_chain_begins_at_nothing() -> None:
    assert ChainHead(seq=Seq(0), hash=bytes(32)) == START
    assert verify_chain([], EPOCH) == START


def test_a_broken_chain_says_where_and_why() -> None:
    first = serialise_entry(ENTRY)
    second = serialise_entry(replace(ENTRY, seq=2, previous=entry_hash(first)))
    assert verify_chain([first, second], EPOCH).seq == 2
    with pytest.raises(BrokenAuditChainError) as caught:
        verify_chain([first, second, second], EPOCH)
    assert caught.value.at_seq == 3
    assert str(caught.value) == "entry 3: holds entry 2 of 616e2065706f6368"
