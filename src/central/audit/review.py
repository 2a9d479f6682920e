"""Walk the logs that central holds: every chain whole, with what is known to be missing, and every entry for export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cardcore.audit import START, ChainHead
from cardcore.audit_proof import AuditBreakError, BreakKind, ProofRow, prove
from cardcore.documents import RootKey
from cardcore.ids import DeviceId, Epoch, Seq
from central.audit.proving import document_roots, signed_of
from central.ports.records import KeptRow, Log
from central.ports.storage import Storage, Transaction

PAGE: Final = 1_000  # entries in memory at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One log as it was found: how many entries, which are missing, and where it is broken (``at`` 0 for nowhere).

    ``signed`` is up to where the device and central vouch for it; ``forked_at`` the first place in which the device
    once handed in another entry than the one held: an incident, and kept beside the log.
    """

    device_id: DeviceId
    epoch: Epoch
    entries: int
    missing: int
    head: ChainHead
    at: int = 0
    why: str = ""
    kind: BreakKind | None = None
    signed: int = 0
    forked_at: int | None = None

    @property
    def is_sound(self) -> bool:
        """Whether every entry names the one before it, the last is the one central told the door, and both signed so."""
        return not self.why


class AuditReview:
    """Reads what was handed in, page by page, of one consistent state."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def walk(self) -> Iterator[Walked]:
        """Every log, by device and epoch."""
        with self._storage.read() as tx:
            roots = document_roots(tx)
            for log in tx.audit.logs():
                yield _walked(tx, log, roots)

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


def _walked(tx: Transaction, log: Log, roots: Sequence[RootKey]) -> Walked:
    gaps = [gap for gap in tx.audit.gaps(log.device_id) if gap.epoch == log.epoch]
    counted = _Counted(_rows(tx, log))
    walked = Walked(
        device_id=log.device_id,
        epoch=log.epoch,
        entries=0,
        missing=sum(gap.last - gap.first + 1 for gap in gaps),
        head=START,
        forked_at=tx.proofs.forked_at(log.device_id, log.epoch),
    )
    try:
        proven = prove(
            counted,
            log.epoch,
            signed_of(tx, log, roots),
            gaps={int(gap.first): ChainHead(seq=gap.last, hash=gap.hash) for gap in gaps},
        )
        _check_end(proven.head, log.head)
    except AuditBreakError as error:
        return replace(
            walked, entries=counted.count, at=error.at_seq, why=error.why, kind=error.kind
        )
    return replace(walked, entries=counted.count, head=proven.head, signed=proven.signed)


class _Counted:
    """Rows to be proven, and how many there were."""

    def __init__(self, rows: Iterator[KeptRow]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[ProofRow]:
        for row in self._rows:
            self.count += 1
            yield ProofRow(
                seq=row.seq, hash=row.hash, data=row.raw, apart=row.quarantine is not None
            )


def _check_end(found: ChainHead, told: ChainHead) -> None:
    if found != told:
        kind = BreakKind.TRUNCATED if found.seq < told.seq else BreakKind.EDITED
        why = f"the log ends at {found.seq}, and the door was told {told.seq}"
        raise AuditBreakError(min(found.seq + 1, told.seq), kind, why)
