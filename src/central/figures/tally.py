"""Count entries into rollups. Pure: a batch gives the same tally whenever it is counted."""

from collections.abc import Iterable, Mapping

from cardcore.audit import AuditEntry, Direction, Outcome
from cardcore.ids import CardId
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
    tally = Tally()
    for kept in entries:
        entry = kept.stored.entry
        wall = None if entry is None else entry.wall
        happened = happened_at(wall, kept.arrived_at)
        if entry is None or kept.stored.quarantine is not None:
            quarantine = kept.stored.quarantine
            _count(tally, kept, happened, (QUARANTINED, quarantine or "", "", NO_MODE))
            continue
        mode = NO_MODE if entry.mode is None else entry.mode
        what = (entry.decision.value, entry.reason, entry.direction.value, mode)
        _count(tally, kept, happened, what)
        if entry.stages:
            _time(tally, kept, happened, sum(entry.stages.values()))
        if _is_visit(entry):
            _visit(tally, kept, happened, holders)
    return tally


def _count(tally: Tally, kept: KeptEntry, happened: int, what: tuple[str, str, str, int]) -> None:
    at, audience = happened // MICROS, kept.audience
    hour = at - at % HOUR
    for span, start in ((HOUR, hour), (DAY, at - at % DAY)):
        key = CountKey(audience, span, start, *what)
        tally.counts[key] = tally.counts.get(key, 0) + 1
    seq = kept.stored.seq
    log = LogKey(audience, kept.device_id, kept.epoch, hour, what[0], what[1])
    before = tally.logs.get(log)
    if before is None:
        tally.logs[log] = LogSpan(1, seq, seq, happened)
    else:
        tally.logs[log] = LogSpan(
            before.entries + 1,
            min(before.first_seq, seq),
            max(before.last_seq, seq),
            max(before.last_us, happened),
        )


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
