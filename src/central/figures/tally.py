"""Count entries into rollups. Pure: a batch gives the same tally whenever it is counted."""

from collections.abc import Iterable, Mapping

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
    tally, counted = Tally(), _Counted()
    for kept in entries:
        entry = kept.stored.entry
        wall = None if entry is None else entry.wall
        happened = happened_at(wall, kept.arrived_at)
        if entry is None or kept.stored.quarantine is not None:
            quarantine = kept.stored.quarantine
            counted.count(kept, happened, (QUARANTINED, quarantine or "", "", NO_MODE))
            continue
        mode = NO_MODE if entry.mode is None else entry.mode
        what = (entry.decision.value, entry.reason, entry.direction.value, mode)
        counted.count(kept, happened, what)
        if entry.stages:
            _time(tally, kept, happened, sum(entry.stages.values()))
        if _is_visit(entry):
            _visit(tally, kept, happened, holders)
    counted.put(tally)
    return tally


class _Counted:
    """What is counted entry by entry, in plain tuples and lists: a batch of 500 is counted in 2 ms."""

    def __init__(self) -> None:
        self.hours: dict[tuple[str, int, str, str, str, int], int] = {}
        self.logs: dict[tuple[str, str, bytes, int, str, str], list[int]] = {}

    def count(self, kept: KeptEntry, happened: int, what: tuple[str, str, str, int]) -> None:
        at = happened // MICROS
        hour = at - at % HOUR
        key = (kept.audience, hour, *what)
        self.hours[key] = self.hours.get(key, 0) + 1
        seq = kept.stored.seq
        log = (kept.audience, kept.device_id, kept.epoch, hour, what[0], what[1])
        span = self.logs.get(log)
        if span is None:
            self.logs[log] = [1, seq, seq, happened]
            return
        span[0] += 1
        span[1] = min(span[1], seq)
        span[2] = max(span[2], seq)
        span[3] = max(span[3], happened)

    def put(self, tally: Tally) -> None:
        """Into the tally, by hour and by day."""
        for (audience, hour, decision, reason, direction, mode), count in self.hours.items():
            for span, start in ((HOUR, hour), (DAY, hour - hour % DAY)):
                key = CountKey(Audience(audience), span, start, decision, reason, direction, mode)
                tally.counts[key] = tally.counts.get(key, 0) + count
        for (audience, device, epoch, hour, decision, reason), found in self.logs.items():
            log = LogKey(Audience(audience), DeviceId(device), Epoch(epoch), hour, decision, reason)
            tally.logs[log] = LogSpan(*found)


def _time(tally: Tally, kept: KeptEntry, happened: int, took: int) -> None:
    at = happened // MICROS
    key = LatencyKey(kept.audience, PATH, at - at % HOUR, latency_bucket(took))
    before = tally.latencies.get(key, Latency(0, 0, 0))
    tally.latencies[key] = Latency(
        before.entries + 1, before.sum_us + took, max(before.max_us, took)
    )


def _is_visit(entry: AuditEntry) -> bool:
    return (
        entry.decision is Outcome.ADMIT
        and entry.direction is Direction.ENTRY
        and entry.card_id is not None
    )


def _visit(
    tally: Tally, kept: KeptEntry, happened: int, holders: Mapping[CardId, MemberKey]
) -> None:
    entry = kept.stored.entry
    card_id = None if entry is None else entry.card_id
    key = None if card_id is None else holders.get(CardId(card_id))
    if key is None or key.audience != kept.audience:
        return
    before = tally.members.get(key)
    if before is None:
        tally.members[key] = Visits(happened, happened, 1)
    else:
        tally.members[key] = Visits(
            min(before.first_us, happened), max(before.last_us, happened), before.visits + 1
        )
