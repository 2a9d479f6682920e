"""The first page: every figure with the link to its rows. What comes first is what an owner asks first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cardcore.audit import Direction, Outcome
from central.figures.calendar import Calendar
from central.figures.doors import DoorState, count_states
from central.figures.latencies import Latencies
from central.figures.overview import Overview
from central.figures.scans import Scans
from central.ops.dashboard.charts import days_table, doors_table, hours_table, trend_table
from central.ops.dashboard.reckoning import (
    baseline_section,
    capacity_section,
    cards_section,
    engagement_section,
    money_section,
    objectives_section,
    system_section,
)
from central.ops.dashboard.views import NOTHING, Cell, Figure, Section, Table, View
from central.ops.dashboard.words import count, link, millis, rows_link, share
from central.ports.outlook import Outlook
from central.ports.rollups import HOUR, Period
from central.ports.watching import AlertState

ADMIT: Final = Outcome.ADMIT.value
REFUSE: Final = Outcome.REFUSE.value
ENTRY: Final = Direction.ENTRY.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What every section needs: the figures, the venue that was chosen ("" for all), clock and settings."""

    seen: Overview
    venue: str
    calendar: Calendar
    outlook: Outlook


def first_page(told: Told) -> View:
    """The view."""
    parts: Sequence[Callable[[Told], Section]] = (
        _now,
        _alerts,
        _refusals,
        _doors,
        _incidents,
        _patterns,
        lambda told: cards_section(told.seen, told.venue),
        lambda told: engagement_section(told.seen, told.venue),
        lambda told: money_section(told.seen, told.venue, told.outlook),
        lambda told: objectives_section(told.seen, told.venue),
        lambda told: system_section(told.seen),
        lambda told: capacity_section(told.seen, told.venue),
        _trend,
        lambda told: baseline_section(told.seen, told.venue),
    )
    return View(
        title="Now",
        sections=[part(told) for part in parts],
        live=True,
        here=link("", venue=told.venue),
    )


def _now(told: Told) -> Section:
    seen, venue = told.seen, told.venue
    took = seen.hour_took or seen.today_took
    return Section(
        name="now",
        title="Today",
        figures=[
            _came("Admissions today", seen.today, venue, seen.today_in),
            _came("Admissions this hour", seen.hour, venue, seen.hour_in),
            _refused("Refusals today", seen.today, venue, seen.today_in),
            _refused("Refusals this hour", seen.hour, venue, seen.hour_in),
            Figure(
                label="Let through today",
                text=share(seen.today.success),
                link=rows_link(venue, seen.today_in),
                note=f"of {count(seen.today.judged)} who were judged",
            ),
            *_times(took, venue, seen.hour_in if seen.hour_took else seen.today_in),
        ],
        tables=[hours_table(seen, venue, told.calendar)],
        note="Times to a decision are of this hour, or of today where this hour has none; percentiles are within 5 %.",
        more=link("/figures", venue=venue),
    )


def _came(label: str, scans: Scans, venue: str, period: Period) -> Figure:
    rows = rows_link(venue, period, decision=ADMIT, direction=ENTRY)
    return Figure(label=label, text=count(scans.admitted), link=rows)


def _refused(label: str, scans: Scans, venue: str, period: Period) -> Figure:
    rows = rows_link(venue, period, decision=REFUSE)
    note = f"{count(scans.reviewed)} to be looked at by staff" if scans.reviewed else ""
    return Figure(label=label, text=count(scans.refused), link=rows, note=note)


def _times(took: Latencies | None, venue: str, period: Period) -> list[Figure]:
    shown = {
        "p50": None if took is None else took.p50,
        "p90": None if took is None else took.p90,
        "p95": None if took is None else took.p95,
        "p99": None if took is None else took.p99,
        "average": None if took is None else took.average,
        "longest": None if took is None else took.longest,
    }
    rows = rows_link(venue, period)
    return [
        Figure(label=f"Decision, {name}", text=millis(ms), link=rows) for name, ms in shown.items()
    ]


def _alerts(told: Told) -> Section:
    firing = [alert for alert in told.seen.alerts if alert.state is AlertState.FIRING]
    unseen = [alert for alert in firing if alert.acknowledged_at is None]
    return Section(
        name="alerts",
        title="Alerts",
        figures=[
            Figure(
                label="Alerts firing",
                text=count(len(firing)),
                link=link("/alerts", venue=told.venue),
                note=f"{count(len(unseen))} that nobody has acknowledged",
                tone="bad" if unseen else "",
            )
        ],
        tables=[
            Table(
                name="alerts",
                caption="The latest alerts",
                columns=("Since", "How bad", "What"),
                rows=[
                    [
                        Cell(told.calendar.shown(alert.since / 1e6)),
                        Cell(alert.severity.value, tone="bad"),
                        Cell(alert.text, link("/alerts", venue=told.venue)),
                    ]
                    for alert in firing[:5]
                ],
                empty="No alert is firing.",
            )
        ],
    )


def _refusals(told: Told) -> Section:
    seen, venue = told.seen, told.venue
    rows = [
        [
            Cell(reason),
            Cell(
                count(number),
                rows_link(venue, seen.today_in, reason=reason),
                value=number,
            ),
            Cell(
                count(seen.hour.reasons.get(reason, 0)),
                rows_link(venue, seen.hour_in, reason=reason),
                value=seen.hour.reasons.get(reason, 0),
            ),
        ]
        for reason, number in seen.today.reasons.items()
    ]
    table = Table(
        name="reasons",
        caption="Refusals and reviews by reason",
        columns=("Reason", "Today", "This hour"),
        rows=rows,
        csv=link("/reasons", venue=venue, format="csv"),
        empty="Nobody was refused today.",
    )
    return Section(name="reasons", title="Why people were refused", tables=[table])


def _doors(told: Told) -> Section:
    seen, venue = told.seen, told.venue
    states = count_states(seen.doors)
    figures = [
        Figure(
            label=f"Doors {state.value}",
            text=count(number),
            link=link("/doors", venue=venue, state=state.name.lower()),
            tone="bad" if number and state is DoorState.SILENT else "",
        )
        for state, number in states.items()
    ]
    waiting = sum(door.outbox for door in seen.doors)
    figures.append(
        Figure(
            label="Entries not handed in",
            text=count(waiting),
            link=link("/doors", venue=venue),
            note="as the doors' last heartbeats say",
        )
    )
    return Section(
        name="doors",
        title="Doors",
        figures=figures,
        tables=[doors_table(seen, venue, told.calendar)],
        note=f"The {len(seen.doors[:20])} of {len(seen.doors)} that need a look first.",
    )


def _incidents(told: Told) -> Section:
    seen, venue = told.seen, told.venue
    rows = link("/incidents", venue=venue)
    return Section(
        name="incidents",
        title="Incidents",
        figures=[
            Figure(
                label="Incidents nobody has seen to",
                text=count(sum(seen.incidents.values())),
                link=rows,
                tone="bad" if seen.incidents else "",
            ),
            *(
                Figure(label=kind.replace("_", " "), text=count(number), link=rows)
                for kind, number in sorted(seen.incidents.items())
            ),
        ],
    )


def _patterns(told: Told) -> Section:
    seen, venue = told.seen, told.venue
    peak = max(seen.peak, key=lambda hour: seen.peak[hour], default=None)
    busiest, when = NOTHING, ""
    if peak is not None:
        # an hour of UTC, told by the clock that the venue has today
        local = told.calendar.hour_of_day(seen.today_in.since // 86_400 * 86_400 + peak * HOUR)
        busiest = f"{local:02}:00–{(local + 1) % 24:02}:00"
        when = f"{count(seen.peak[peak] / 30)} admissions on an average day"
    venues = Table(
        name="venues",
        caption="Today by venue",
        columns=("Venue", "Admissions", "Refusals", "Let through"),
        rows=[
            [
                Cell(audience, link("", venue=audience)),
                Cell(
                    count(scans.admitted),
                    rows_link(audience, seen.today_in, decision=ADMIT, direction=ENTRY),
                    value=scans.admitted,
                ),
                Cell(
                    count(scans.refused),
                    rows_link(audience, seen.today_in, decision=REFUSE),
                    value=scans.refused,
                ),
                Cell(share(scans.success), rows_link(audience, seen.today_in)),
            ]
            for audience, scans in seen.venues.items()
        ],
    )
    return Section(
        name="patterns",
        title="When people come",
        figures=[
            Figure(
                label="Peak hour",
                text=busiest,
                link=link(
                    "/hours", venue=venue, since=seen.month_in.since, until=seen.month_in.until
                ),
                note=when,
            ),
            Figure(
                label="Admissions in 30 days",
                text=count(seen.month.admitted),
                link=rows_link(venue, seen.month_in, decision=ADMIT, direction=ENTRY),
            ),
        ],
        tables=[days_table(seen, venue, told.calendar), venues],
    )


def _trend(told: Told) -> Section:
    return Section(
        name="trend",
        title="How central fared in the last 24 hours",
        tables=[trend_table(told.seen, told.calendar)],
    )
