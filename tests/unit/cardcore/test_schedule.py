"""When a schedule comes round, and what is no schedule."""

from datetime import UTC, datetime

import pytest

from cardcore.errors import ScheduleError
from cardcore.ids import UnixSeconds
from cardcore.schedule import parse_schedule


def at(text: str) -> UnixSeconds:
    return UnixSeconds(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()))


@pytest.mark.parametrize(
    ("schedule", "instant", "before", "after"),
    [
        ("0 0 1 * *", "2026-11-24 12:00", "2026-11-01 00:00", "2026-12-01 00:00"),
        ("0 0 1 * *", "2026-12-01 00:00", "2026-12-01 00:00", "2027-01-01 00:00"),
        ("0 0 1 * *", "2026-11-30 23:59:59", "2026-11-01 00:00", "2026-12-01 00:00"),
        ("30 4 * * 0", "2026-11-24 12:00", "2026-11-22 04:30", "2026-11-29 04:30"),
        ("30 4 * * 7", "2026-11-24 12:00", "2026-11-22 04:30", "2026-11-29 04:30"),
        ("*/15 * * * *", "2026-11-24 12:07:30", "2026-11-24 12:00", "2026-11-24 12:15"),
        ("0 9-17/4 * * 1-5", "2026-11-24 12:00", "2026-11-24 09:00", "2026-11-24 13:00"),
        ("0 0 1,15 * *", "2026-11-24 12:00", "2026-11-15 00:00", "2026-12-01 00:00"),
        ("0 0 29 2 *", "2026-11-24 12:00", "2024-02-29 00:00", "2028-02-29 00:00"),
        ("0 0 13 * 5", "2026-11-24 12:00", "2026-11-20 00:00", "2026-11-27 00:00"),
        ("5/20 0 * * *", "2026-11-24 00:30", "2026-11-24 00:25", "2026-11-24 00:45"),
    ],
)
def test_the_times_before_and_after(schedule: str, instant: str, before: str, after: str) -> None:
    found = parse_schedule(schedule)
    assert found.before(at(instant)) == at(before)
    assert found.after(at(instant)) == at(after)


def test_a_schedule_is_told_as_it_was_written() -> None:
    assert parse_schedule(" 0  0 1 * * ").text == "0 0 1 * *"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "five fields"),
        ("0 0 1 *", "five fields"),
        ("0 0 1 * * *", "five fields"),
        ("60 0 1 * *", "minute"),
        ("0 24 1 * *", "hour"),
        ("0 0 0 * *", "day"),
        ("0 0 1 13 *", "month"),
        ("0 0 1 * 8", "weekday"),
        ("x 0 1 * *", "minute"),
        ("-1 0 1 * *", "minute"),
        ("5-1 0 1 * *", "backwards"),
        ("*/0 0 1 * *", "minute"),
        ("*/ 0 1 * *", "minute"),
        ("1,,2 0 1 * *", "minute"),
        ("² 0 1 * *", "minute"),
        ("0 0 31 2 *", "never comes"),
    ],
)
def test_what_is_no_schedule_says_why(text: str, why: str) -> None:
    with pytest.raises(ScheduleError, match=why):
        parse_schedule(text)
