"""Pages of cards and members."""

from dataclasses import dataclass

from cardcore.card import CARD_ID_BYTES
from cardcore.ids import CardId, Micros
from cardcore.lifecycle import CardState
from central.cards.trail import TrailService
from central.figures.overview import MONTH
from central.ops.dashboard.pages import LISTED, Pages, table_page
from central.ops.dashboard.views import Cell, Figure, Filter, Section, Table, View
from central.ops.dashboard.visits import Shown, Visit
from central.ops.dashboard.words import count, link
from central.ports.queries import hex_bytes, one_of
from central.ports.rollups import DAY, MICROS, MemberVisits, Period


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePages(Pages):
    """Cards with their trails, and members by when they came."""

    trail: TrailService

    def cards(self, visit: Visit) -> Shown:
        """Cards by state, or by when they were issued."""
        states = ("", *(state.value for state in CardState))
        chosen = one_of(visit.query, "state", states)
        issued = None
        if "since" in visit.query or "until" in visit.query:
            issued = visit.period(Period(since=0, until=self.clock.now() + 1))
        with self.storage.read() as tx:
            found = tx.lookups.cards(
                visit.audiences,
                state=CardState(chosen) if chosen else None,
                issued=issued,
                most=LISTED,
            )
        rows = [
            [
                Cell(card.card_id.hex(), link(f"/cards/{card.card_id.hex()}")),
                Cell(card.member_id),
                Cell(card.audience),
                Cell(card.mode.word),
                Cell(card.state.value),
                Cell(self.at(card.issued_at * MICROS)),
                Cell(self.at(card.changed_at * MICROS)),
            ]
            for card in found
        ]
        table = Table(
            name="cards",
            caption=f"The latest changed, at most {LISTED}",
            columns=("Card", "Member", "Venue", "Kind", "State", "Issued", "Changed"),
            rows=rows,
            csv=link("/cards", **(dict(visit.query) | {"format": "csv"})),
        )
        choices = [
            (state or "all", link("/cards", venue=visit.venue, state=state), state == chosen)
            for state in states
        ]
        return table_page("Cards", table, filters=[Filter(label="State", choices=choices)])

    def card(self, visit: Visit) -> Shown:
        """The trail of a card."""
        card_id = hex_bytes(visit.path, "card_id", CARD_ID_BYTES, CARD_ID_BYTES)
        card, lines = self.trail.of(CardId(card_id or b""), visit.audiences)
        rows = [
            [
                Cell(self.at(line.at_us)),
                Cell(line.event),
                Cell(line.who),
                Cell(line.why),
                Cell("" if line.state is None else line.state.value),
            ]
            for line in lines[::-1]
        ]
        here = f"/cards/{card.card_id.hex()}"
        table = Table(
            name="trail",
            caption="What happened to it, the newest first",
            columns=("When", "What", "Who", "Why", "State after"),
            rows=rows,
            csv=link(here, format="csv"),
        )
        figures = [
            Figure(label=name, text=text, link=link("/cards", state=card.state.value))
            for name, text in (
                ("Member", card.member_id),
                ("State", card.state.value),
                ("Kind", card.mode.word),
                ("Generation", str(card.generation)),
            )
        ]
        title = f"Card {card.card_id.hex()}"
        section = Section(name="card", title=title, figures=figures, tables=[table])
        return Shown(view=View(title=title, sections=[section]))

    def members(self, visit: Visit) -> Shown:
        """Members by when they came."""
        words = ("active", "new", "returning", "lapsed", "known")
        which = one_of(visit.query, "which", words)
        now = self.clock.micros()
        with self.storage.read() as tx:
            found = tx.rollups.visitors(
                visit.audiences, Micros(now), MONTH * DAY * MICROS, which, LISTED
            )
        table = Table(
            name="members",
            caption=f"Who came last first, at most {LISTED}",
            columns=("Member", "Venue", "First visit", "Last visit", "Visits"),
            rows=[self._member(each) for each in found],
            csv=link("/members", venue=visit.venue, which=which, format="csv"),
        )
        choices = [
            (word, link("/members", venue=visit.venue, which=word), word == which) for word in words
        ]
        return table_page(
            f"Members: {which}", table, filters=[Filter(label="Which", choices=choices)]
        )

    def _member(self, each: MemberVisits) -> list[Cell]:
        visits = each.visits
        return [
            Cell(each.key.member_id),
            Cell(each.key.audience),
            Cell(self.at(visits.first_us)),
            Cell(self.at(visits.last_us)),
            Cell(count(visits.visits), value=visits.visits),
        ]
