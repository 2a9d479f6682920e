"""Rollups in memory, for tests/fakes/central_storage.py: what is kept is counted anew from a plain list of tallies."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from cardcore.ids import Audience, CardId, DeviceId, Epoch, Micros
from central.ports.records import Card, Device
from central.ports.rollups import (
    DAY,
    HOUR,
    MICROS,
    PATH,
    QUARANTINED,
    CountKey,
    Engagement,
    KeptEntry,
    Latency,
    LogKey,
    LogSpan,
    MemberKey,
    MemberVisits,
    Period,
    Tally,
    Visits,
    Wanted,
    happened_at,
)
from central.ports.watching import EVERYWHERE
from tests.fakes.central_audit_log import Entries


class FakeRollups:
    def __init__(
        self,
        kept: Tally,
        entries: Entries,
        devices: Mapping[DeviceId, Device],
        cards: Mapping[CardId, Card],
    ) -> None:
        self._cards = cards
        self._kept = kept
        self._entries = entries
        self._devices = devices

    def add(self, tally: Tally) -> None:
        kept = self._kept
        for key, count in tally.counts.items():
            kept.counts[key] = kept.counts.get(key, 0) + count
        for when, took in tally.latencies.items():
            old = kept.latencies.get(when, Latency(0, 0, 0))
            kept.latencies[when] = Latency(
                old.entries + took.entries, old.sum_us + took.sum_us, max(old.max_us, took.max_us)
            )
        for log, span in tally.logs.items():
            was = kept.logs.get(log, LogSpan(0, span.first_seq, 0, 0))
            kept.logs[log] = LogSpan(
                was.entries + span.entries,
                min(was.first_seq, span.first_seq),
                max(was.last_seq, span.last_seq),
                max(was.last_us, span.last_us),
            )
        for member, visits in tally.members.items():
            before = kept.members.get(member, Visits(visits.first_us, visits.last_us, 0))
            kept.members[member] = Visits(
                min(before.first_us, visits.first_us),
                max(before.last_us, visits.last_us),
                before.visits + visits.visits,
            )

    def counts(
        self, audiences: Collection[Audience], span: int, period: Period
    ) -> Mapping[CountKey, int]:
        return {
            key: count
            for key, count in self._kept.counts.items()
            if key.audience in audiences
            and key.span == span
            and period.since <= key.start < period.until
        }

    def admissions_by_hour(
        self, audiences: Collection[Audience], period: Period
    ) -> Mapping[int, int]:
        found: Counter[int] = Counter()
        for key, count in self.counts(audiences, HOUR, period).items():
            if (key.decision, key.direction) == ("admit", "entry"):
                found[key.start % DAY // HOUR] += count
        return found

    def latencies(
        self, audiences: Collection[Audience], kind: str, period: Period
    ) -> Mapping[int, Latency]:
        found: dict[int, Latency] = {}
        for key, latency in self._kept.latencies.items():
            if (
                key.audience in audiences
                and key.kind == kind
                and period.since <= key.start < period.until
            ):
                was = found.get(key.bucket, Latency(0, 0, 0))
                found[key.bucket] = Latency(
                    was.entries + latency.entries,
                    was.sum_us + latency.sum_us,
                    max(was.max_us, latency.max_us),
                )
        return found

    def entries(self) -> int:
        return len(self._all())

    def spans(
        self, audiences: Collection[Audience], wanted: Wanted
    ) -> Sequence[tuple[LogKey, LogSpan]]:
        found = [
            (key, span)
            for key, span in self._kept.logs.items()
            if key.audience in audiences
            and wanted.period.since <= key.start < wanted.period.until
            and wanted.decision in {"", key.decision}
            and wanted.reason in {"", key.reason}
            and wanted.device_id in {"", key.device_id}
        ]
        return sorted(found, key=lambda each: (-each[0].start, -each[1].last_us))

    def entries_in(self, key: LogKey, span: LogSpan, most: int) -> Sequence[KeptEntry]:
        found = [
            kept
            for kept in self._all()
            if (kept.device_id, kept.epoch) == (key.device_id, key.epoch)
            and span.first_seq <= kept.stored.seq <= span.last_seq
            and _what(kept) == (key.decision, key.reason)
            and key.start <= _at(kept) // MICROS < key.start + HOUR
        ]
        return found[::-1][:most]

    def last_scans(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, Micros]:
        found: dict[DeviceId, Micros] = {}
        for key, span in self._kept.logs.items():
            if key.device_id in device_ids:
                last = max(found.get(key.device_id, 0), span.last_us)
                found[key.device_id] = Micros(last)
        return found

    def engagement(
        self, audiences: Collection[Audience], now: Micros, length_us: int
    ) -> Engagement:
        def count(which: str) -> int:
            return len(self.visitors(audiences, now, length_us, which, 1 << 30))

        return Engagement(
            new=count("new"),
            returning=count("returning"),
            lapsed=count("lapsed"),
            known=count("known"),
        )

    def visitors(
        self, audiences: Collection[Audience], now: Micros, length_us: int, which: str, most: int
    ) -> Sequence[MemberVisits]:
        since = now - length_us
        found = [
            MemberVisits(key=key, visits=visits)
            for key, visits in self._kept.members.items()
            if key.audience in audiences and which in {"known", *_words(visits, since, length_us)}
        ]
        return sorted(found, key=lambda m: (-m.visits.last_us, m.key.member_id))[:most]

    def clear(self) -> None:
        for count in [key for key in self._kept.counts if key.audience != EVERYWHERE]:
            del self._kept.counts[count]
        self._kept.logs.clear()
        self._kept.members.clear()
        for key in [key for key in self._kept.latencies if key.kind == PATH]:
            del self._kept.latencies[key]

    def holders(self, card_ids: Collection[CardId]) -> Mapping[CardId, MemberKey]:
        held = {card_id: self._cards[card_id] for card_id in card_ids if card_id in self._cards}
        return {at: MemberKey(card.audience, card.member_id) for at, card in held.items()}

    def kept_after(
        self, place: tuple[DeviceId, Epoch, int] | None, most: int
    ) -> Sequence[KeptEntry]:
        found = [
            kept
            for kept in self._all()
            if place is None or (kept.device_id, kept.epoch, kept.stored.seq) > place
        ]
        return found[:most]

    def _all(self) -> list[KeptEntry]:
        found = [
            KeptEntry(
                audience=self._devices[device_id].audience,
                device_id=device_id,
                epoch=epoch,
                arrived_at=arrived_at,
                stored=stored,
            )
            for (device_id, epoch), held in self._entries.items()
            for stored, arrived_at in held
        ]
        return sorted(found, key=lambda kept: (kept.device_id, kept.epoch, kept.stored.seq))


def _at(kept: KeptEntry) -> int:
    entry = kept.stored.entry
    return happened_at(None if entry is None else entry.wall, kept.arrived_at)


def _what(kept: KeptEntry) -> tuple[str, str]:
    entry, quarantine = kept.stored.entry, kept.stored.quarantine
    if entry is None or quarantine is not None:
        return QUARANTINED, quarantine or ""
    return entry.decision.value, entry.reason


def _words(visits: Visits, since: int, length_us: int) -> set[str]:
    if visits.last_us >= since:
        return {"active", "new" if visits.first_us >= since else "returning"}
    return {"lapsed"} if visits.last_us >= since - length_us else set()
