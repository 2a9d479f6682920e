"""The rows behind the numbers: entries of the audit, found by the rollups that counted them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cardcore.ids import Audience, CardId, DeviceId, Micros
from central.figures.scans import FAULTS
from central.ports.rollups import (
    QUARANTINED,
    KeptEntry,
    LogKey,
    LogSpan,
    Rollups,
    Wanted,
    happened_at,
)
from central.ports.storage import Storage

ROWS_MAX: Final = 200
LOOKED_MAX: Final = 2_000  # entries looked at for one page; a direction is in no rollup of logs


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry as a page shows it; what central could not read is None. ``took_us`` is the time to its decision."""

    audience: Audience
    device_id: DeviceId
    epoch: bytes
    seq: int
    happened_at: Micros
    arrived_at: Micros
    door: str | None
    decision: str
    reason: str
    direction: str | None
    card_id: CardId | None
    took_us: int | None
    trace: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A page of entries, the newest hour first. ``counted`` is how many there are, whichever way they went.

    ``next`` is what to skip for those behind this page; None at the end.
    """

    rows: Sequence[EntryRow]
    counted: int
    next: int | None


class RowService:
    """Finds entries."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def find(
        self,
        audiences: Collection[Audience],
        wanted: Wanted,
        *,
        faults: bool = False,
        skip: int = 0,
    ) -> Rows:
        """The wanted entries behind the first ``skip``; with ``faults`` only those that count as a fault of ours."""
        found: list[EntryRow] = []
        at = skip
        with self._storage.read() as tx:
            spans = tx.rollups.spans(audiences, wanted)
            if faults:
                spans = [(key, span) for key, span in spans if _is_fault(key)]
            counted = sum(span.entries for _, span in spans)
            for key, kept in _behind(tx.rollups, spans, skip):
                if len(found) == ROWS_MAX or at == skip + LOOKED_MAX:
                    return Rows(rows=found, counted=counted, next=at)
                at += 1
                row = _row(kept, key)
                if wanted.direction in {"", row.direction}:
                    found.append(row)
        return Rows(rows=found, counted=counted, next=None)


def _is_fault(key: LogKey) -> bool:
    return key.decision == QUARANTINED or key.reason in FAULTS


def _behind(
    rollups: Rollups, spans: Sequence[tuple[LogKey, LogSpan]], skip: int
) -> Iterator[tuple[LogKey, KeptEntry]]:
    """The entries behind the first ``skip``; whole spans are skipped without a look at them."""
    for key, span in spans:
        if skip >= span.entries:
            skip -= span.entries
            continue
        for kept in rollups.entries_in(key, span, skip + LOOKED_MAX + 1)[skip:]:
            yield key, kept
        skip = 0


def _row(kept: KeptEntry, key: LogKey) -> EntryRow:
    entry = kept.stored.entry
    return EntryRow(
        audience=kept.audience,
        device_id=kept.device_id,
        epoch=kept.epoch,
        seq=kept.stored.seq,
        happened_at=happened_at(None if entry is None else entry.wall, kept.arrived_at),
        arrived_at=kept.arrived_at,
        door=None if entry is None else entry.door,
        decision=key.decision,
        reason=key.reason,
        direction=None if entry is None else entry.direction.value,
        card_id=None if entry is None or entry.card_id is None else CardId(entry.card_id),
        took_us=sum(entry.stages.values()) if entry is not None and entry.stages else None,
        trace=None if entry is None else entry.traceparent,
    )
