"""How the log grows, and how long the disk will do. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from central.ports.rollups import DAY, CountKey, Period

AHEAD_DAYS: Final = 30
DAYS_MIN: Final = 3  # a line through less says nothing
# Student's t for 90 % two-sided, by degrees of freedom; beyond the table it is the normal distribution's.
_T90: Final = (6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86, 1.83, 1.81)
_T90_MANY: Final = 1.70


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Entries a day, how that changes from day to day, and what 30 days will bring: nine times of ten between low and high."""

    per_day: float
    trend: float
    ahead: float
    low: float
    high: float
    days: int


def per_day(counts: Mapping[CountKey, int], period: Period) -> list[int]:
    """The entries of each day of the period; a day without any is 0, days before the first one are left out."""
    totals = dict.fromkeys(range(period.since, period.until, DAY), 0)
    for key, count in counts.items():
        if key.start in totals:
            totals[key.start] += count
    found = list(totals.values())
    first = next((at for at, count in enumerate(found) if count), len(found))
    return found[first:]


def growth_of(days: Sequence[int]) -> Growth | None:
    """A straight line through the days, drawn on for 30; None for fewer than three days.

    The interval is that of the line's prediction: of single days about it, and of how well the line is known.
    """
    n = len(days)
    if n < DAYS_MIN:
        return None
    middle, mean = (n - 1) / 2, sum(days) / n
    spread = sum((at - middle) ** 2 for at in range(n))
    trend = sum((at - middle) * (count - mean) for at, count in enumerate(days)) / spread
    left = sum((count - mean - trend * (at - middle)) ** 2 for at, count in enumerate(days))
    sigma2 = left / (n - 2)
    centre = (
        n - 1 + (AHEAD_DAYS + 1) / 2 - middle
    )  # the middle of the days ahead, from the line's middle
    ahead = AHEAD_DAYS * (mean + trend * centre)
    of_line = AHEAD_DAYS**2 * sigma2 * (1 / n + centre**2 / spread)
    t = _T90[n - 3] if n - 3 < len(_T90) else _T90_MANY
    off = t * math.sqrt(AHEAD_DAYS * sigma2 + of_line)
    return Growth(
        per_day=mean,
        trend=trend,
        ahead=max(0.0, ahead),
        low=max(0.0, ahead - off),
        high=max(0.0, ahead + off),
        days=n,
    )


def days_left(
    free_bytes: int | None, size_bytes: int, entries: int, growth: Growth | None
) -> float | None:
    """How many days the free space will do at this growth; None where that cannot be said."""
    if free_bytes is None or growth is None or not entries:
        return None
    a_day = growth.ahead / AHEAD_DAYS * (size_bytes / entries)
    return free_bytes / a_day if a_day > 0 else None
