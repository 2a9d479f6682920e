"""Everything the first page tells, looked up in one reading transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cardcore.ids import Audience, DeviceId, Micros, UnixSeconds
from cardcore.lifecycle import CardState
from central.figures.calendar import Calendar, last_days, utc_days
from central.figures.capacity import Growth, days_left, growth_of, per_day
from central.figures.doors import DoorFigures, doors_of
from central.figures.latencies import Latencies, latencies_in
from central.figures.meter import FAILED
from central.figures.objectives import WINDOW_DAYS, Objective, objectives_of
from central.figures.scans import Scans, by_audience, by_start, scans_in, within
from central.ports.lookups import DatabaseState, Queue
from central.ports.outlook import Outlook
from central.ports.rollups import DAY, HOUR, MICROS, PATH, TOKEN, Engagement, Period
from central.ports.storage import Storage, Transaction
from central.ports.watching import EVERYWHERE, Alert, Baseline, Sample
from central.ports.world import Clock

MONTH: Final = 30  # days
DOORS_TOLD: Final = 20
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFigures:
    """Cards by state now; issued in the last 30 days, and in the 30 before them."""

    by_state: Mapping[CardState, int]
    issued: int
    issued_before: int
    period: Period
    before: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the first page tells. Shares are of 1, instants in seconds since 1970."""

    now: UnixSeconds
    today_in: Period
    hour_in: Period
    month_in: Period
    today: Scans
    hour: Scans
    month: Scans
    today_took: Latencies | None
    hour_took: Latencies | None
    hours: Mapping[int, Scans]
    days: Mapping[int, Scans]
    venues: Mapping[Audience, Scans]
    peak: Mapping[int, int]
    cards: CardFigures
    doors: Sequence[DoorFigures]
    last_scans: Mapping[DeviceId, Micros]
    engagement: Engagement
    incidents: Mapping[str, int]
    queue: Queue
    vitals: DatabaseState
    memory_bytes: int
    documents: tuple[int, int]
    growth: Growth | None
    disk_days: float | None
    entries: int
    objectives: Sequence[Objective]
    alerts: Sequence[Alert]
    samples: Sequence[Sample]
    baselines: Sequence[Baseline]


class OverviewService:
    """Looks everything up. ``memory`` is what this process uses, ``documents`` how often one was handed out again and made anew."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        outlook: Outlook,
        memory: Callable[[], int],
        documents: Callable[[], tuple[int, int]],
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._memory = memory
        self._documents = documents
        self.outlook = outlook
        self.calendar = Calendar(zone=outlook.zone)

    def look(self, audiences: Collection[Audience]) -> Overview:
        """The figures of these audiences now."""
        now = self._clock.now()
        vitals = self._storage.state()
        with self._storage.read() as tx:
            return self._look(tx, audiences, now, vitals)

    def _look(
        self,
        tx: Transaction,
        audiences: Collection[Audience],
        now: UnixSeconds,
        vitals: DatabaseState,
    ) -> Overview:
        today, hour = self.calendar.today(now), self.calendar.hour(now)
        day = Period(since=hour.until - DAY, until=hour.until)
        shown = Period(since=min(today.since, day.since), until=hour.until)
        hours = tx.rollups.counts(audiences, HOUR, shown)
        month = Period(since=now - now % DAY - (MONTH - 1) * DAY, until=now - now % DAY + DAY)
        days = tx.rollups.counts(audiences, DAY, month)
        before = utc_days(now, MONTH)
        growth = growth_of(per_day(tx.rollups.counts(audiences, DAY, before), before))
        doors = self._doors(tx, audiences, now)
        told = [door.device_id for door in doors[:DOORS_TOLD]]
        month_of = scans_in(days.items())
        entries = tx.rollups.entries()
        return Overview(
            now=now,
            today_in=today,
            hour_in=hour,
            month_in=month,
            today=scans_in(within(hours, today)),
            hour=scans_in(within(hours, hour)),
            month=month_of,
            today_took=latencies_in(tx.rollups.latencies(audiences, PATH, today)),
            hour_took=latencies_in(tx.rollups.latencies(audiences, PATH, hour)),
            hours=_filled(by_start(dict(within(hours, day))), day, HOUR),
            days=_filled(by_start(days), month, DAY),
            venues=_each(by_audience(within(hours, today)), audiences),
            peak=tx.rollups.admissions_by_hour(audiences, last_days(now, MONTH)),
            cards=self._cards(tx, audiences, now),
            doors=doors,
            last_scans=tx.rollups.last_scans(told),
            engagement=tx.rollups.engagement(audiences, Micros(now * MICROS), MONTH * DAY * MICROS),
            incidents=tx.lookups.open_incidents(audiences),
            queue=tx.lookups.queue(audiences),
            vitals=vitals,
            memory_bytes=self._memory(),
            documents=self._documents(),
            growth=growth,
            disk_days=days_left(vitals.free_bytes, vitals.size_bytes, entries, growth),
            entries=entries,
            objectives=self._objectives(tx, audiences, now),
            alerts=tx.watching.alerts.of(audiences),
            samples=tx.watching.samples.since(UnixSeconds(now - DAY)),
            baselines=tx.watching.baselines.of(audiences),
        )

    def _doors(
        self, tx: Transaction, audiences: Collection[Audience], now: int
    ) -> list[DoorFigures]:
        silent_s = self.outlook.thresholds.silent_minutes * _MINUTE
        return doors_of(tx.lookups.doors(audiences), now * MICROS, silent_s)

    @staticmethod
    def _cards(tx: Transaction, audiences: Collection[Audience], now: int) -> CardFigures:
        period = Period(since=now - MONTH * DAY, until=now + 1)
        before = Period(since=now - 2 * MONTH * DAY, until=now - MONTH * DAY)
        return CardFigures(
            by_state=tx.lookups.cards_by_state(audiences),
            issued=tx.lookups.cards_issued(audiences, period),
            issued_before=tx.lookups.cards_issued(audiences, before),
            period=period,
            before=before,
        )

    @staticmethod
    def _objectives(tx: Transaction, audiences: Collection[Audience], now: int) -> list[Objective]:
        window = Period(since=now - now % DAY - (WINDOW_DAYS - 1) * DAY, until=now + DAY)
        answers = tx.rollups.counts([EVERYWHERE], DAY, window)
        failed = sum(count for key, count in answers.items() if key.reason == FAILED)
        return objectives_of(
            scans_in(tx.rollups.counts(audiences, DAY, window).items()),
            tx.rollups.latencies([EVERYWHERE], TOKEN, window),
            (failed, sum(answers.values())),
        )


def _filled(found: Mapping[int, Scans], period: Period, span: int) -> dict[int, Scans]:
    """With a bucket without scans wherever there was nothing."""
    first = period.since - period.since % span
    return {start: found.get(start, Scans()) for start in range(first, period.until, span)}


def _each(
    found: Mapping[Audience, Scans], audiences: Collection[Audience]
) -> dict[Audience, Scans]:
    return {audience: found.get(audience, Scans()) for audience in sorted(audiences)}
