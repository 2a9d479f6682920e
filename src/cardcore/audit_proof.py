"""Prove a stored log: walk it from entry to entry, hold it against what was signed of it, and name the first break.

========================= ====================================================================================
``edited``                an entry is not what its hash says, or does not name the one before it
``missing``               a number is left out, and there are entries behind it
``truncated``             the log ends before a place up to which it was signed
``two_histories``         the log fits in itself, but another entry was signed in a place: it was written anew
``bad_signature``         what is kept as a checkpoint was not signed by whom it should
========================= ====================================================================================
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardcore.audit import START, ChainHead, entry_hash, parse_entry
from cardcore.checkpoint import Checkpoint
from cardcore.errors import BrokenAuditChainError, WireError
from cardcore.ids import Epoch, Seq

_NO_GAPS: Final[Mapping[int, ChainHead]] = {}


class BreakKind(StrEnum):
    """What is wrong with a log; the module's docstring says more."""

    EDITED = "edited"
    MISSING = "missing"
    TRUNCATED = "truncated"
    TWO_HISTORIES = "two_histories"
    BAD_SIGNATURE = "bad_signature"


class AuditBreakError(BrokenAuditChainError):
    """The first break of a log; ``at_seq`` is the entry, ``kind`` what happened to it."""

    def __init__(self, at_seq: int, kind: BreakKind, why: str) -> None:
        super().__init__(at_seq, why)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRow:
    """One entry as it lies in a store: its number and hash as written beside it, and its bytes.

    One that was set ``apart`` because nobody could read it counts by its hash alone.
    """

    seq: Seq
    hash: bytes
    data: bytes
    apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Where a sound log ends, and up to where what was signed vouches for it."""

    head: ChainHead
    signed: Seq


def prove(
    rows: Iterable[ProofRow],
    epoch: Epoch,
    checkpoints: Sequence[Checkpoint],
    *,
    start: ChainHead = START,
    gaps: Mapping[int, ChainHead] = _NO_GAPS,
) -> Proven:
    """Walk the entries of one epoch in order, from behind ``start``; ``checkpoints`` by size, their signatures checked.

    ``gaps`` are entries known to be lost: from a number to the last one lost.

    Raises:
        AuditBreakError: the first break.
    """
    head = start
    due = _due(checkpoints, start)
    following = next(due, None)
    vouched = Seq(0)
    for row in rows:
        head = gaps.get(head.seq + 1, head)
        while following is not None and following.seq < row.seq and following.seq <= head.seq:
            following = next(due, None)  # of entries that are lost: nothing to hold it against
        head = _next(row, epoch, head)
        if following is not None and following.seq == head.seq:
            _compare(following, head, vouched)
            vouched = head.seq
            following = next(due, None)
    head = gaps.get(head.seq + 1, head)
    last = max((each.seq for each in checkpoints), default=Seq(0))
    if last > head.seq:
        why = f"the log ends at entry {head.seq}, and was signed up to entry {last}"
        raise AuditBreakError(head.seq + 1, BreakKind.TRUNCATED, why)
    return Proven(head=head, signed=vouched)


def _due(checkpoints: Sequence[Checkpoint], start: ChainHead) -> Iterator[Checkpoint]:
    for checkpoint in checkpoints:
        if checkpoint.seq == start.seq:
            _compare(checkpoint, start, Seq(0))
        elif checkpoint.seq > start.seq:
            yield checkpoint


def _next(row: ProofRow, epoch: Epoch, head: ChainHead) -> ChainHead:
    at = Seq(head.seq + 1)
    if row.seq != at:
        raise AuditBreakError(at, BreakKind.MISSING, f"is missing; the next is entry {row.seq}")
    if entry_hash(row.data) != row.hash:
        raise AuditBreakError(at, BreakKind.EDITED, "is not the entry that was stored")
    found = ChainHead(seq=at, hash=row.hash)
    try:
        entry = parse_entry(row.data)
    except WireError as error:
        if row.apart:
            return found
        raise AuditBreakError(at, BreakKind.EDITED, str(error)) from error
    if entry.epoch != epoch or entry.seq != at:
        why = f"calls itself entry {entry.seq} of {entry.epoch.hex()}"
        raise AuditBreakError(at, BreakKind.EDITED, why)
    if entry.previous != head.hash:
        why = "does not name the hash of the entry before: one of the two was changed"
        raise AuditBreakError(at, BreakKind.EDITED, why)
    return found


def _compare(checkpoint: Checkpoint, head: ChainHead, vouched: Seq) -> None:
    if checkpoint.hash != head.hash:
        why = (
            f"another entry {head.seq} was signed; "
            f"the histories part somewhere behind entry {vouched}"
        )
        raise AuditBreakError(vouched + 1, BreakKind.TWO_HISTORIES, why)
