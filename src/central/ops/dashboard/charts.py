"""The tables of the first page that are drawn, too; a chart shows nothing that its table does not say."""

from collections.abc import Iterable

from central.figures.calendar import Calendar
from central.figures.doors import DoorFigures, DoorState
from central.figures.overview import DOORS_TOLD, Overview
from central.figures.scans import Scans
from central.ops.dashboard.views import NOTHING, Cell, Table
from central.ops.dashboard.words import age, count, link, rows_link, share
from central.ports.rollups import DAY, HOUR, MICROS, Period
from central.ports.watching import Sample

SAMPLED = ("memory", "queue", "connections", "slow queries")


def hours_table(seen: Overview, venue: str, calendar: Calendar) -> Table:
    """The last 24 hours."""
    return Table(
        name="hours",
        caption="Scans in the last 24 hours",
        columns=("Hour", "Admissions", "Refusals"),
        rows=[
            [Cell(f"{calendar.hour_of_day(start):02}"), *_both(scans, venue, start, HOUR)]
            for start, scans in seen.hours.items()
        ],
        csv=link("/hours", venue=venue, format="csv"),
        chart="bars",
    )


def days_table(seen: Overview, venue: str, calendar: Calendar) -> Table:
    """The last 30 days."""
    return Table(
        name="days",
        caption="Scans in the last 30 days (days of UTC)",
        columns=("Day", "Admissions", "Refusals"),
        rows=[
            [Cell(calendar.date(start + DAY // 2)), *_both(scans, venue, start, DAY)]
            for start, scans in seen.days.items()
        ],
        csv=link("/days", venue=venue, format="csv"),
        chart="bars",
    )


def _both(scans: Scans, venue: str, start: int, span: int) -> list[Cell]:
    period = Period(since=start, until=start + span)
    came = rows_link(venue, period, decision="admit", direction="entry")
    return [
        Cell(count(scans.admitted), came, value=scans.admitted),
        Cell(
            count(scans.refused), rows_link(venue, period, decision="refuse"), value=scans.refused
        ),
    ]


def doors_table(seen: Overview, venue: str, calendar: Calendar) -> Table:
    """The doors that need a look first."""
    return Table(
        name="doors",
        caption="How the doors fare",
        columns=DOOR_COLUMNS,
        rows=[
            door_row(door, seen.last_scans.get(door.device_id), calendar)
            for door in seen.doors[:DOORS_TOLD]
        ],
        csv=link("/doors", venue=venue, format="csv"),
        empty="No door is enrolled.",
    )


DOOR_COLUMNS = (
    "Door",
    "Venue",
    "State",
    "Version",
    "Heard",
    "Outbox",
    "Key set",
    "List",
    "Circuit",
    "Clock",
    "Clock off",
    "Free",
    "Last scan",
)


def door_row(door: DoorFigures, last_us: int | None, calendar: Calendar) -> list[Cell]:
    """One door in a table."""
    beat = door.heartbeat
    here = link(f"/doors/{door.device_id}")
    free = None if beat is None else beat.free_bytes
    return [
        Cell(door.door, here),
        Cell(door.audience),
        Cell(door.state.value, here, tone="" if door.state is DoorState.UP else "bad"),
        Cell(door.program, here),
        Cell(age(door.silent_s), here, value=door.silent_s),
        Cell(count(door.outbox), here, value=door.outbox),
        Cell(NOTHING if beat is None else _document(beat.keyset_version, beat.keyset_age_s), here),
        Cell(
            NOTHING if beat is None else _document(beat.snapshot_version, beat.snapshot_age_s), here
        ),
        Cell(door.circuit or NOTHING, here, tone="bad" if door.circuit == "open" else ""),
        Cell(NOTHING if beat is None else beat.clock.value, here),
        Cell(_off(door.clock_off_s), here, value=door.clock_off_s),
        Cell(NOTHING if free is None else f"{free / 1e6:,.0f} MB", here, value=free),
        Cell(
            NOTHING if last_us is None else calendar.shown(last_us / MICROS),
            link("/entries", door=door.device_id),
        ),
    ]


def _document(version: int, age_s: int | None) -> str:
    return f"v{version}" if age_s is None else f"v{version}, {age(age_s)} old"


def _off(seconds: int | None) -> str:
    return NOTHING if seconds is None else f"{seconds:+,} s"


def trend_table(seen: Overview, calendar: Calendar) -> Table:
    """Shares by the hour, and what central sampled of itself."""
    sampled = _by_hour(seen.samples)
    rows = []
    for start, scans in seen.hours.items():
        values = sampled.get(start, {})
        rows.append(
            [
                Cell(f"{calendar.hour_of_day(start):02}"),
                _percent(scans.success, start),
                _percent(scans.error, start),
                *(_sample(values.get(name)) for name in SAMPLED),
            ]
        )
    return Table(
        name="trend",
        caption="By the hour",
        columns=(
            "Hour",
            "Let through, %",
            "Faults, %",
            "Memory, MiB",
            "Queue",
            "Connections",
            "Slow",
        ),
        rows=rows,
        csv=link("/trend", format="csv"),
        chart="lines",
    )


def _percent(part: float | None, start: int) -> Cell:
    rows = rows_link("", Period(since=start, until=start + HOUR))
    return Cell(share(part), rows, value=None if part is None else part * 100)


def _sample(value: float | None) -> Cell:
    here = link("/system")
    return Cell(NOTHING if value is None else f"{value:,.1f}", here, value=value)


def _by_hour(samples: Iterable[Sample]) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for sample in samples:
        hour = sample.at - sample.at % HOUR
        values = found.setdefault(hour, {})
        values[sample.name] = max(values.get(sample.name, 0.0), sample.value)
    return found
