"""Record what is normal: the middle of each figure over four weeks, and between what nine of ten were."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from cardcore.ids import Audience, UnixSeconds
from central.figures.latencies import latencies_in
from central.figures.scans import by_start
from central.ports.rollups import DAY, HOUR, PATH, Period
from central.ports.storage import Storage, Transaction
from central.ports.watching import Baseline
from central.ports.world import Clock

DAYS: Final = 28
_LOW: Final = 0.05
_HIGH: Final = 0.95


class BaselineService:
    """Records baselines."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def record(self, audiences: Collection[Audience]) -> Sequence[Baseline]:
        """Look at the last 28 whole days of these audiences and keep what they were like; nothing for one without scans."""
        now = self._clock.now()
        with self._storage.read() as tx:
            found = [
                _baseline(audience, name, values, now)
                for audience in sorted(audiences)
                for name, values in _figures(tx, audience, now)
                if values
            ]
        with self._storage.write() as tx:
            tx.watching.baselines.put(found)
        return found


def _figures(tx: Transaction, audience: Audience, now: int) -> Iterator[tuple[str, list[float]]]:
    until = now - now % DAY
    period = Period(since=until - DAYS * DAY, until=until)
    hours = [s for s in by_start(tx.rollups.counts([audience], HOUR, period)).values() if s.judged]
    days = [s for s in by_start(tx.rollups.counts([audience], DAY, period)).values() if s.judged]
    yield "scans in an hour with any", [float(scans.judged) for scans in hours]
    yield "admissions a day", [float(scans.admitted) for scans in days]
    yield "let through, % of a day", [_percent(scans.success) for scans in days]
    yield "faults, % of a day", [_percent(scans.error) for scans in days]
    took = (
        latencies_in(tx.rollups.latencies([audience], PATH, Period(since=at, until=at + DAY)))
        for at in range(period.since, period.until, DAY)
    )
    yield "decision p95 of a day, ms", [each.p95 for each in took if each is not None]


def _percent(part: float | None) -> float:
    return 0.0 if part is None else part * 100


def _baseline(audience: Audience, name: str, values: Sequence[float], now: UnixSeconds) -> Baseline:
    ordered = sorted(values)

    def at(part: float) -> float:
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    return Baseline(
        audience=audience, name=name, value=at(0.5), low=at(_LOW), high=at(_HIGH), recorded_at=now
    )
