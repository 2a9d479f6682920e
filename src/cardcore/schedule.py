"""When something recurs: five fields as in crontab, in UTC. Pure.

``minute hour day month weekday``; a field is ``*``, a number, ``a-b``, any of these with ``/step``, or several by commas.
Sunday is 0 or 7. Where both day and weekday are restricted either will do, as cron has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cardcore.errors import ScheduleError
from cardcore.ids import UnixSeconds

MINUTE_S: Final = 60
_LOOKED_AT: Final = 366 * 9  # days: the 29th of February may be eight years away
_BOUNDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES: Final = ("minute", "hour", "day", "month", "weekday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule that was read; ``text`` is how it was written."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def after(self, instant: UnixSeconds) -> UnixSeconds:
        """The first time behind ``instant``."""
        begin = (instant // MINUTE_S + 1) * MINUTE_S
        return UnixSeconds(next(time for time in self._times(begin, 1) if time >= begin))

    def before(self, instant: UnixSeconds) -> UnixSeconds:
        """The last time up to ``instant``, that one included."""
        return UnixSeconds(next(time for time in self._times(instant, -1) if time <= instant))

    def _times(self, around: int, way: int) -> Iterator[int]:
        """The times of the days from that of ``around`` on, forwards or backwards."""
        today = datetime.fromtimestamp(around, tz=UTC).replace(hour=0, minute=0, second=0)
        for number in range(_LOOKED_AT):
            day = today + timedelta(days=way * number)
            if not self._is_on(day):
                continue
            midnight = int(day.timestamp())
            times = (
                midnight + hour * 3_600 + minute * MINUTE_S
                for hour in self.hours
                for minute in self.minutes
            )
            yield from sorted(times, reverse=way < 0)

    def _is_on(self, day: datetime) -> bool:
        if day.month not in self.months:
            return False
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_date or by_weekday if self.either_day else by_date and by_weekday


def parse_schedule(text: str) -> Schedule:
    """The schedule in ``text``.

    Raises:
        ScheduleError: not five fields, one of them out of its bounds, or a day that never comes.
    """
    fields = text.split()
    if len(fields) != len(_BOUNDS):
        msg = f"a schedule has five fields, minute hour day month weekday: {text!r}"
        raise ScheduleError(msg)
    minutes, hours, days, months, weekdays = (
        _field(name, field, *bounds)
        for name, field, bounds in zip(_NAMES, fields, _BOUNDS, strict=True)
    )
    schedule = Schedule(
        text=" ".join(fields),
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )
    try:
        schedule.after(UnixSeconds(0))
    except StopIteration:
        msg = f"the day of this schedule never comes: {text!r}"
        raise ScheduleError(msg) from None
    return schedule


def _field(name: str, text: str, least: int, most: int) -> frozenset[int]:
    return frozenset(
        number for part in text.split(",") for number in _part(name, part, least, most)
    )


def _part(name: str, text: str, least: int, most: int) -> range:
    span, _, step = text.partition("/")
    if span == "*":
        first, last = least, most
    else:
        begin, dash, end = span.partition("-")
        first = _number(name, begin, least, most)
        last = _number(name, end, least, most) if dash else (most if step else first)
    if last < first:
        msg = f"the {name} of a schedule runs backwards: {text!r}"
        raise ScheduleError(msg)
    return range(first, last + 1, _number(name, step, 1, most) if "/" in text else 1)


def _number(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text[:4]) <= most):
        msg = f"the {name} of a schedule is a number from {least} to {most}, not {text!r}"
        raise ScheduleError(msg)
    return int(text[:4])
