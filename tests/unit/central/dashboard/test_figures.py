"""What is reckoned out of the rollups: times, growth, service levels, calendars. Pure."""

from zoneinfo import ZoneInfo

import pytest

from central.figures.calendar import Calendar, iso, last_days, utc_days
from central.figures.capacity import days_left, growth_of, per_day
from central.figures.doors import DoorState, doors_of
from central.figures.latencies import latencies_in, slower_than
from central.figures.objectives import objectives_of
from central.figures.scans import Scans, scans_in
from central.ops.dashboard.words import age, change, count, millis, share, size
from central.ports.lookups import DoorRow
from central.ports.rollups import (
    DAY,
    HOUR,
    CountKey,
    Latency,
    Period,
    bucket_middle,
    happened_at,
    latency_bucket,
)
from tests.fakes.central_material import MAIN, some_device
from tests.fakes.central_world import NOON

US = 1_000_000
BERLIN = Calendar(zone=ZoneInfo("Europe/Berlin"))
KOLKATA = Calendar(zone=ZoneInfo("Asia/Kolkata"))


def buckets(*took_us: int) -> dict[int, Latency]:
    found: dict[int, Latency] = {}
    for took in took_us:
        was = found.get(latency_bucket(took), Latency(0, 0, 0))
        found[latency_bucket(took)] = Latency(
            was.entries + 1, was.sum_us + took, max(was.max_us, took)
        )
    return found


@pytest.mark.parametrize("took", [1, 2, 7, 100, 999, 12_345, 5_000_000, 10**10])
def test_a_bucket_tells_its_latencies_within_5_percent(took: int) -> None:
    assert bucket_middle(latency_bucket(took)) == pytest.approx(took, rel=0.05)


def test_percentiles_average_and_longest() -> None:
    took = latencies_in(buckets(*([1_000] * 90 + [10_000] * 9 + [50_000])))
    assert took is not None
    assert took.p50 == pytest.approx(1, rel=0.05)
    assert took.p90 == pytest.approx(1, rel=0.05)
    assert took.p95 == pytest.approx(10, rel=0.05)
    assert took.p99 == pytest.approx(10, rel=0.05)
    assert (took.average, took.longest, took.entries) == (2.3, 50.0, 100)
    assert latencies_in({}) is None
    assert latency_bucket(0) == latency_bucket(-5) == 0


def test_how_many_were_slow() -> None:
    assert slower_than(buckets(150_000, 190_000, 250_000, 900_000), 200) == (2, 4)
    assert slower_than({}, 200) == (0, 0)


@pytest.mark.parametrize(
    ("late_s", "counts_late_s"),
    [(0, 0), (-60, -60), (120, 120), (121, 0), (-90 * DAY, -90 * DAY), (-90 * DAY - 1, 0)],
)
def test_an_entry_counts_when_its_door_says_unless_that_cannot_be(
    late_s: int, counts_late_s: int
) -> None:
    arrived = NOON * US
    assert happened_at(arrived + late_s * US, arrived) == arrived + counts_late_s * US
    assert happened_at(None, arrived) == arrived


def test_a_straight_growth_is_drawn_on_without_doubt() -> None:
    growth = growth_of([100, 200, 300, 400])
    assert growth is not None
    assert (growth.per_day, growth.trend, growth.days) == (250, 100, 4)
    # the days 5 to 34 bring 500 to 3,400
    assert growth.ahead == growth.low == growth.high == pytest.approx(30 * 1_950)


def test_a_doubtful_growth_has_an_interval_and_never_less_than_nothing() -> None:
    growth = growth_of([100, 0, 120, 3, 90, 10] * 3)
    assert growth is not None
    assert 0 <= growth.low < growth.ahead < growth.high
    falling = growth_of([900, 600, 300, 1])
    assert falling is not None
    assert (falling.ahead, falling.low) == (0, 0)
    assert growth_of([1, 2]) is growth_of([]) is None


def test_days_begin_with_the_first_entry() -> None:
    period = Period(since=0, until=5 * DAY)
    keys = {CountKey(MAIN, DAY, at * DAY, "admit", "ok", "entry", 1): 7 for at in (1, 3)}
    outside = {CountKey(MAIN, DAY, 9 * DAY, "admit", "ok", "entry", 1): 9}
    assert per_day(keys | outside, period) == [7, 0, 7, 0]
    assert per_day({}, period) == []


def test_how_long_the_disk_will_do() -> None:
    growth = growth_of([100, 100, 100])
    assert days_left(500_000, 1_000, 10, growth) == pytest.approx(50)
    assert days_left(None, 1_000, 10, growth) is None
    assert days_left(500, 1_000, 0, growth) is None
    assert days_left(500, 1_000, 10, None) is None
    assert days_left(500, 1_000, 10, growth_of([9, 5, 0])) is None


def test_error_budgets() -> None:
    scans = Scans(judged=9_995, faults=4, quarantined=5)
    availability, tokens, answers = objectives_of(scans, buckets(*[1_000] * 99, 900_000), (0, 0))
    assert (availability.every, availability.bad) == (10_000, 9)
    assert availability.reached == pytest.approx(0.9991)
    assert availability.budget_left == pytest.approx(0.1)
    assert availability.is_met
    assert tokens.budget_left == pytest.approx(0.8)
    assert (answers.reached, answers.budget_left, answers.is_met) == (None, None, True)
    late = objectives_of(scans, {}, (3, 100))[2]
    assert late.budget_left == pytest.approx(-2)
    assert not late.is_met


def test_a_review_is_no_success_and_an_exit_is_no_admission() -> None:
    counts = {
        CountKey(MAIN, HOUR, 0, "admit", "ok", "entry", 1): 6,
        CountKey(MAIN, HOUR, 0, "admit", "ok", "exit", 1): 2,
        CountKey(MAIN, HOUR, 0, "review", "status_stale", "entry", 1): 1,
        CountKey(MAIN, HOUR, 0, "refuse", "expired", "entry", 2): 1,
        CountKey(MAIN, HOUR, 0, "record", "exit", "exit", 1): 5,
        CountKey(MAIN, HOUR, 0, "quarantined", "unreadable", "", -1): 1,
    }
    scans = scans_in(counts.items())
    assert (scans.admitted, scans.judged, scans.success) == (6, 10, 0.8)
    assert scans.faults == 1
    assert scans.error == pytest.approx(2 / 11)
    assert scans.entries == 16
    assert scans.reasons == {"status_stale": 1, "expired": 1}
    assert Scans().success is Scans().error is None


def test_a_day_is_the_venues_own() -> None:
    noon = 1_774_782_000  # 2026-03-29 13:00 in Berlin, the day that has 23 hours
    today = BERLIN.today(noon)
    assert (today.until - today.since) // HOUR == 23
    assert today.since <= noon < today.until
    assert BERLIN.day_of(noon, 1).until == today.since
    assert BERLIN.shown(noon) == "2026-03-29 13:00:00"
    assert BERLIN.hour_of_day(noon) == 13
    assert KOLKATA.today(noon).since % HOUR == 0  # half an hour early: buckets are hours of UTC
    assert BERLIN.hour(noon + 5) == Period(since=noon, until=noon + HOUR)
    assert BERLIN.date(noon) == "2026-03-29"
    assert last_days(noon, 1).until == noon + HOUR
    assert utc_days(noon, 2).until % DAY == 0
    assert iso(0) == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize("at", [1e300, -1e300, 1 << 62, float("inf")])
def test_a_time_that_is_none_is_said_to_be(at: float) -> None:
    assert BERLIN.shown(at) == "no such time"


def row(heard_at: int | None, heartbeat: bytes | None) -> DoorRow:
    return DoorRow(
        device_id=some_device().device_id,
        door="North",
        audience=MAIN,
        program="old/1",
        heard_at=None if heard_at is None else type(happened_at(0, 0))(heard_at),
        heartbeat=heartbeat,
    )


def test_a_door_is_up_silent_or_was_never_heard() -> None:
    now = NOON * US
    rows = [
        row(None, None),
        row(now - 700 * US, b"{}"),
        row(now - 5 * US, b"no json"),
        row(now + US, b""),
    ]
    doors = doors_of(rows, now, 600)
    assert [door.state for door in doors] == [
        DoorState.SILENT,
        DoorState.NEVER,
        DoorState.UP,
        DoorState.UP,
    ]
    # a heartbeat of a newer program says nothing; the door is up all the same
    assert {(door.program, door.outbox, door.circuit) for door in doors} == {("old/1", 0, "")}
    assert doors[3].silent_s in {0, 5}


def test_numbers_as_pages_say_them() -> None:
    assert [size(n) for n in (None, 5, 2_048, 5 * 2**20, 3 * 2**40)] == [
        "–",
        "5 B",
        "2.0 KiB",
        "5.0 MiB",
        "3.0 TiB",
    ]
    assert [age(n) for n in (None, -3, 59, 61, 7_200, 3 * DAY)] == [
        "–",
        "0 s",
        "59 s",
        "1 min",
        "2 h",
        "3 d",
    ]
    assert [change(12, 10), change(1, 0), change(0, 0)] == [
        "+20 % against the period before",
        "nothing to compare with",
        "as before",
    ]
    assert (count(1234.6), share(None), millis(None)) == ("1,235", "–", "–")
