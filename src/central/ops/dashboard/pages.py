"""What pages of rows have in common."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from central.figures.overview import OverviewService
from central.figures.rows import EntryRow, RowService
from central.ops.dashboard.views import NOTHING, Cell, Filter, Section, Table, View
from central.ops.dashboard.visits import Shown
from central.ops.dashboard.words import link, millis
from central.ports.rollups import MICROS, Period
from central.ports.storage import Storage
from central.ports.world import Clock

LISTED: Final = 500
ENTRY_COLUMNS: Final = (
    "When",
    "Door",
    "Decision",
    "Reason",
    "Way",
    "Card",
    "Took",
    "Arrived",
    "Venue",
    "Log",
    "Number",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Pages over the storage."""

    storage: Storage
    clock: Clock
    overview: OverviewService
    rows: RowService

    def entry_row(self, row: EntryRow) -> list[Cell]:
        """One entry in a table."""
        card = "" if row.card_id is None else row.card_id.hex()
        took = None if row.took_us is None else row.took_us / 1_000
        return [
            Cell(self.at(row.happened_at)),
            Cell(row.door or NOTHING, link(f"/doors/{row.device_id}")),
            Cell(row.decision, tone="bad" if row.decision == "refuse" else ""),
            Cell(row.reason),
            Cell(row.direction or NOTHING),
            Cell(card or NOTHING, link(f"/cards/{card}") if card else ""),
            Cell(millis(took), value=took),
            Cell(self.at(row.arrived_at)),
            Cell(row.audience),
            Cell(f"{row.device_id} {row.epoch.hex()}"),
            Cell(str(row.seq)),
        ]

    def at(self, at_us: int) -> str:
        """An instant in µs, by the venue's clock."""
        return self.overview.calendar.shown(at_us / MICROS)

    def span(self, period: Period) -> str:
        """A period, by the venue's clock."""
        calendar = self.overview.calendar
        return f"from {calendar.shown(period.since)} to {calendar.shown(period.until)}"


def table_page(
    title: str, table: Table, *, more: str = "", filters: Collection[Filter] = ()
) -> Shown:
    """A page with one table."""
    section = Section(name=table.name, title=title, tables=[table])
    return Shown(view=View(title=title, sections=[section], filters=list(filters), more=more))
