"""Walk the logs that central holds: every chain whole, with what is known to be missing, and every entry for export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cardcore.audit import START, ChainHead, check_link, entry_hash, parse_entry
from cardcore.errors import BrokenAuditChainError, WireError
from cardcore.ids import DeviceId, Epoch, Seq
from central.ports.records import Gap, KeptRow, Log
from central.ports.storage import Storage, Transaction

PAGE: Final = 1_000  # entries in memory at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One log as it was found: how many entries, which are missing, and where it is broken (``at`` 0 for nowhere)."""

    device_id: DeviceId
    epoch: Epoch
    entries: int
    missing: int
    head: ChainHead
    at: int = 0
    why: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether every entry names the one before it, and the last is the one central told the door."""
        return not self.why


class AuditReview:
    """Reads what was handed in, page by page, of one consistent state."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def walk(self) -> Iterator[Walked]:
        """Every log, by device and epoch."""
        with self._storage.read() as tx:
            for log in tx.audit.logs():
                yield _walked(tx, log)

    def entries(self) -> Iterator[tuple[Log, KeptRow]]:
        """Every entry of every log, in order."""
        with self._storage.read() as tx:
            for log in tx.audit.logs():
                for row in _rows(tx, log):
                    yield log, row


def _rows(tx: Transaction, log: Log) -> Iterator[KeptRow]:
    after = Seq(0)
    while page := tx.audit.rows(log.device_id, log.epoch, after, PAGE):
        yield from page
        after = page[-1].seq


def _walked(tx: Transaction, log: Log) -> Walked:
    gaps = [gap for gap in tx.audit.gaps(log.device_id) if gap.epoch == log.epoch]
    missing = sum(gap.last - gap.first + 1 for gap in gaps)
    head, entries, at, why = START, 0, 0, ""
    try:
        for row in _rows(tx, log):
            head = _behind_gap(head, row.seq, gaps)
            head = _follow(head, row, log.epoch)
            entries += 1
        head = _behind_gap(head, Seq(log.head.seq + 1), gaps)
    except BrokenAuditChainError as error:
        at, why = error.at_seq, error.why
    if not why and head != log.head:
        at = log.head.seq
        why = f"the log ends at {head.seq}, and the door was told {log.head.seq}"
    return Walked(
        device_id=log.device_id,
        epoch=log.epoch,
        entries=entries,
        missing=missing,
        head=head,
        at=at,
        why=why,
    )


def _behind_gap(head: ChainHead, seq: Seq, gaps: Sequence[Gap]) -> ChainHead:
    """Where the chain goes on, if entries that are known to be missing lie before ``seq``."""
    for gap in gaps:
        if gap.first == head.seq + 1 < seq:
            head = ChainHead(seq=gap.last, hash=gap.hash)
    return head


def _follow(head: ChainHead, row: KeptRow, epoch: Epoch) -> ChainHead:
    """The head with one entry more; one that nobody can read counts by its hash, as the door was told.

    Raises:
        BrokenAuditChainError: it does not follow, or is not what was stored.
    """
    if row.seq != head.seq + 1:
        raise BrokenAuditChainError(head.seq + 1, "is missing")
    if entry_hash(row.raw) != row.hash:
        raise BrokenAuditChainError(row.seq, "is not the entry that was stored")
    try:
        entry = parse_entry(row.raw)
    except WireError as error:
        if row.quarantine is None:
            raise BrokenAuditChainError(row.seq, str(error)) from error
    else:
        check_link(entry, epoch, head)
    return ChainHead(seq=row.seq, hash=row.hash)
