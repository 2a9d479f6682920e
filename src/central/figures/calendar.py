"""Periods as people name them, by the clock of the venue. Buckets are hours of UTC, so a day begins at the full hour."""

import datetime as dt
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from central.ports.rollups import DAY, HOUR, Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days and hours of one time zone. Instants in seconds since 1970."""

    zone: ZoneInfo

    def hour(self, now: int) -> Period:
        """The hour that ``now`` is in."""
        start = now - now % HOUR
        return Period(since=start, until=start + HOUR)

    def today(self, now: int) -> Period:
        """The day that ``now`` is in."""
        return self.day_of(now, 0)

    def day_of(self, now: int, back: int) -> Period:
        """The day so many days before the one that ``now`` is in."""
        date = datetime.fromtimestamp(now, self.zone).date() - timedelta(days=back)
        return Period(since=self._midnight(date), until=self._midnight(date + timedelta(days=1)))

    def hour_of_day(self, start: int) -> int:
        """Which hour of the day begins at ``start``."""
        return datetime.fromtimestamp(start, self.zone).hour

    def shown(self, at: float) -> str:
        """An instant for people, by the venue's clock."""
        try:
            return datetime.fromtimestamp(at, self.zone).strftime("%Y-%m-%d %H:%M:%S")
        except (ValueError, OverflowError, OSError):  # a door's clock may say anything
            return "no such time"

    def date(self, at: float) -> str:
        """The day of an instant."""
        return datetime.fromtimestamp(at, self.zone).strftime("%Y-%m-%d")

    def _midnight(self, date: dt.date) -> int:
        day = datetime.combine(date, time(), self.zone)
        at = int(day.timestamp())
        return at - at % HOUR


def last_days(now: int, days: int) -> Period:
    """The last so many days up to ``now``, in whole hours."""
    until = now - now % HOUR + HOUR
    return Period(since=until - days * DAY, until=until)


def utc_days(now: int, days: int) -> Period:
    """So many whole days of UTC before the one that ``now`` is in."""
    until = now - now % DAY
    return Period(since=until - days * DAY, until=until)


def iso(at: int) -> str:
    """An instant for programs."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
