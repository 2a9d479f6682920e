"""Sections of the first page that are reckoned: cards, members, money, service levels, central itself, and what is to come."""

from collections.abc import Mapping
from typing import Final

from cardcore.lifecycle import CardState
from central.figures.objectives import WINDOW_DAYS, Objective
from central.figures.overview import MONTH, Overview
from central.ops.dashboard.views import NOTHING, Cell, Figure, Section, Table
from central.ops.dashboard.words import (
    change,
    count,
    link,
    rows_link,
    share,
    size,
)
from central.ports.outlook import Outlook

STATES: Final = (CardState.ACTIVE, CardState.REVOKED, CardState.EXPIRED, CardState.SUSPENDED)


def cards_section(seen: Overview, venue: str) -> Section:
    """Cards by state, and how many were issued."""
    cards = seen.cards
    issued = link("/cards", venue=venue, since=cards.period.since, until=cards.period.until)
    return Section(
        name="cards",
        title="Cards",
        figures=[
            Figure(
                label="Cards",
                text=count(sum(cards.by_state.values())),
                link=link("/cards", venue=venue),
            ),
            Figure(
                label=f"Issued in {MONTH} days",
                text=count(cards.issued),
                link=issued,
                note=change(cards.issued, cards.issued_before),
            ),
            *(
                Figure(
                    label=state.value.capitalize(),
                    text=count(cards.by_state.get(state, 0)),
                    link=link("/cards", venue=venue, state=state.value),
                )
                for state in STATES
            ),
        ],
    )


def engagement_section(seen: Overview, venue: str) -> Section:
    """Members who come, come again, or come no more."""
    who = seen.engagement
    active = who.new + who.returning
    kept = who.returning + who.lapsed
    visits = seen.month.admitted / active if active else None
    cards = seen.cards.by_state.get(CardState.ACTIVE, 0)

    def members(which: str) -> str:
        return link("/members", venue=venue, which=which)

    return Section(
        name="members",
        title="Members",
        figures=[
            Figure(label="Active members", text=count(active), link=members("active")),
            Figure(label="New", text=count(who.new), link=members("new")),
            Figure(label="Returning", text=count(who.returning), link=members("returning")),
            Figure(label="Lapsed", text=count(who.lapsed), link=members("lapsed")),
            Figure(
                label="Retention",
                text=share(who.returning / kept if kept else None),
                link=members("lapsed"),
                note="of those who came before, came again",
            ),
            Figure(
                label="Visits per member",
                text=NOTHING if visits is None else f"{visits:.1f}",
                link=members("active"),
            ),
            Figure(
                label="Validations per active card",
                text=f"{seen.month.judged / cards:.1f}" if cards else NOTHING,
                link=rows_link(venue, seen.month_in),
            ),
        ],
        note=f"Of the last {MONTH} days. New: for the first time. Lapsed: came in the {MONTH} days before, and not since.",
    )


def money_section(seen: Overview, venue: str, outlook: Outlook) -> Section:
    """Admissions and refusals valued by the price of the kind of card."""
    if not outlook.prices:
        return Section(
            name="money",
            title="Value",
            note="No price is configured: price_rotating, price_print, price_online.",
        )

    prices = {mode.value: price for mode, price in outlook.prices.items()}

    def worth(modes: Mapping[int, int]) -> float:
        return sum(prices.get(mode, 0.0) * number for mode, number in modes.items())

    figures = []
    for label, scans, period in (
        ("today", seen.today, seen.today_in),
        (f"in {MONTH} days", seen.month, seen.month_in),
    ):
        figures += [
            Figure(
                label=f"Value of admissions {label}",
                text=f"{worth(scans.admitted_modes):,.2f} {outlook.currency}",
                link=rows_link(venue, period, decision="admit", direction="entry"),
            ),
            Figure(
                label=f"Value of refusals {label}",
                text=f"{worth(scans.refused_modes):,.2f} {outlook.currency}",
                link=rows_link(venue, period, decision="refuse"),
                note="what they would have been worth",
            ),
        ]
    return Section(name="money", title="Value", figures=figures)


def objectives_section(seen: Overview, venue: str) -> Section:
    """Service levels over 30 days with their error budgets."""
    links = {
        "availability": rows_link(venue, seen.month_in, faults="1"),
        "tokens": link("/answers"),
        "answers": link("/answers"),
    }

    def row(level: Objective) -> list[Cell]:
        here = links[level.name]
        left = level.budget_left
        return [
            Cell(level.title, here),
            Cell(share(level.target, 2)),
            Cell(share(level.reached, 3), here, tone="" if level.is_met else "bad"),
            Cell(count(level.bad), here, value=level.bad),
            Cell(f"{level.allowed:,.1f}", here, value=level.allowed),
            Cell(share(left), here, tone="bad" if left is not None and left < 0 else ""),
        ]

    table = Table(
        name="objectives",
        caption=f"Over {WINDOW_DAYS} days",
        columns=("Level", "Target", "Reached", "Fell short", "May fall short", "Budget left"),
        rows=[row(level) for level in seen.objectives],
        csv=link("/objectives", venue=venue, format="csv"),
    )
    return Section(name="objectives", title="Service levels", tables=[table])


def system_section(seen: Overview) -> Section:
    """Central itself."""
    vitals, here = seen.vitals, link("/system")
    reused, made = seen.documents
    every = reused + made
    return Section(
        name="system",
        title="Central",
        figures=[
            Figure(
                label="Events on their way", text=count(seen.queue.waiting), link=link("/letters")
            ),
            Figure(
                label="Dead letters",
                text=count(seen.queue.dead),
                link=link("/letters"),
                tone="bad" if seen.queue.dead else "",
            ),
            Figure(
                label="Documents handed out again",
                text=share(reused / every if every else None),
                link=here,
                note="instead of being signed anew, since this process began",
            ),
            Figure(label="Memory", text=size(seen.memory_bytes), link=here),
            Figure(
                label="Database connections",
                text=f"{vitals.connections} of {vitals.connections_max}",
                link=here,
            ),
            Figure(label="Slow queries", text=count(vitals.slow_total), link=here),
        ],
    )


def capacity_section(seen: Overview, venue: str) -> Section:
    """How the log grows."""
    growth, days = seen.growth, link("/days", venue=venue)
    return Section(
        name="capacity",
        title="What is to come",
        figures=[
            Figure(
                label="Entries a day",
                text=NOTHING if growth is None else count(growth.per_day),
                link=days,
                note="three whole days are needed"
                if growth is None
                else f"{growth.trend:+,.1f} each day",
            ),
            Figure(
                label="Entries in the next 30 days",
                text=NOTHING if growth is None else count(growth.ahead),
                link=days,
                note=""
                if growth is None
                else f"nine of ten times {count(growth.low)} to {count(growth.high)}",
            ),
            Figure(
                label="Days the disk will do",
                text=NOTHING if seen.disk_days is None else count(seen.disk_days),
                link=link("/system"),
                note=""
                if seen.vitals.free_bytes is not None
                else "the database is on another machine",
            ),
            Figure(label="Database", text=size(seen.vitals.size_bytes), link=link("/system")),
            Figure(label="Entries kept", text=count(seen.entries), link=days),
        ],
    )


def baseline_section(seen: Overview, venue: str) -> Section:
    """What is normal, as it was recorded last."""
    table = Table(
        name="baselines",
        caption="Of the last 28 days when they were recorded",
        columns=("Venue", "Figure", "Middle", "Nine of ten from", "to"),
        rows=[
            [
                Cell(each.audience, link("", venue=each.audience)),
                Cell(each.name),
                Cell(f"{each.value:,.1f}", link("/hours", venue=each.audience), value=each.value),
                Cell(f"{each.low:,.1f}", value=each.low),
                Cell(f"{each.high:,.1f}", value=each.high),
            ]
            for each in seen.baselines
        ],
        csv=link("/baselines", venue=venue, format="csv"),
        empty="Nothing was recorded: gatepost-central metrics baseline",
    )
    return Section(name="baselines", title="What is normal", tables=[table])
