"""Count entries into rollups. Pure: a batch gives the same tally whenever it is counted."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from cardcore.audit import AuditEntry, Direction, Outcome
from cardcore.ids import Audience, CardId, DeviceId, Epoch
from central.ports.rollups import (
    DAY,
    HOUR,
    MICROS,
    NO_MODE,
    PATH,
    QUARANTINED,
    CountKey,
    KeptEntry,
    Latency,
    LatencyKey,
    LogKey,
    LogSpan,
    MemberKey,
    Tally,
    Visits,
    happened_at,
    latency_bucket,
)


def tally_of(entries: Iterable[KeptEntry], holders: Mapping[CardId, MemberKey]) -> Tally:
    """The tally of these entries; ``holders`` says whose the cards in them are."""
    counted = _Counted()
    for kept in entries:
        entry = kept.stored.entry
        happened = happened_at(None if entry is None else entry.wall, kept.arrived_at)
        hour = happened // MICROS // HOUR * HOUR
        if entry is None or kept.stored.quarantine is not None:
            quarantine = kept.stored.quarantine
            counted.count(kept, happened, hour, (QUARANTINED, quarantine or "", "", NO_MODE))
            continue
        mode = NO_MODE if entry.mode is None else entry.mode
        what = (entry.decision.value, entry.reason, entry.direction.value, mode)
        counted.count(kept, happened, hour, what)
        if entry.stages:
            counted.time(kept.audience, hour, sum(entry.stages.values()))
        visitor = _visitor(entry, holders)
        if visitor is not None and visitor.audience == kept.audience:
            counted.visit(visitor, happened)
    return counted.tally()


def _visitor(entry: AuditEntry, holders: Mapping[CardId, MemberKey]) -> MemberKey | None:
    """Who came in, if that is known."""
    if (
        entry.card_id is None
        or entry.decision is not Outcome.ADMIT
        or entry.direction is not Direction.ENTRY
    ):
        return None
    return holders.get(CardId(entry.card_id))


_What: TypeAlias = tuple[str, str, str, int]  # decision, reason, direction and mode


class _Counted:
    """What is counted entry by entry, in plain tuples and lists: a batch of 500 is counted in 1 ms."""

    def __init__(self) -> None:
        self._spans: dict[tuple[Audience, DeviceId, Epoch, int, _What], list[int]] = {}
        self._latencies: dict[tuple[Audience, int, int], list[int]] = {}
        self._visits: dict[MemberKey, list[int]] = {}

    def count(self, kept: KeptEntry, happened: int, hour: int, what: _What) -> None:
        """An entry, whatever it is."""
        key = (kept.audience, kept.device_id, kept.epoch, hour, what)
        seq = kept.stored.seq
        span = self._spans.get(key)
        if span is None:
            self._spans[key] = [1, seq, seq, happened]
        else:
            _grow(span, 1, seq, seq, happened)

    def time(self, audience: Audience, hour: int, took: int) -> None:
        """How long one took, in µs."""
        key = (audience, hour, latency_bucket(took))
        found = self._latencies.get(key)
        if found is None:
            self._latencies[key] = [1, took, took]
        else:
            found[0] += 1
            found[1] += took
            found[2] = max(found[2], took)

    def visit(self, visitor: MemberKey, happened: int) -> None:
        """A member came in."""
        found = self._visits.get(visitor)
        if found is None:
            self._visits[visitor] = [happened, happened, 1]
        else:
            found[0] = min(found[0], happened)
            found[1] = max(found[1], happened)
            found[2] += 1

    def tally(self) -> Tally:
        """All of it; what was counted by hour is also counted by day."""
        tally, logs = Tally(), dict[LogKey, list[int]]()
        for (audience, device_id, epoch, hour, what), span in self._spans.items():
            for length, start in ((HOUR, hour), (DAY, hour - hour % DAY)):
                key = CountKey(audience, length, start, *what)
                tally.counts[key] = tally.counts.get(key, 0) + span[0]
            log = LogKey(audience, device_id, epoch, hour, *what[:2])
            _grow(logs.setdefault(log, [0, *span[1:]]), *span)
        tally.logs = {log: LogSpan(*span) for log, span in logs.items()}
        tally.latencies = {
            LatencyKey(audience, PATH, hour, bucket): Latency(*found)
            for (audience, hour, bucket), found in self._latencies.items()
        }
        tally.members = {visitor: Visits(*found) for visitor, found in self._visits.items()}
        return tally


def _grow(span: list[int], entries: int, first: int, last: int, happened: int) -> None:
    span[0] += entries
    span[1] = min(span[1], first)
    span[2] = max(span[2], last)
    span[3] = max(span[3], happened)
