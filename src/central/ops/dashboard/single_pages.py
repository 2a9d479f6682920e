"""The first page, and single tables of it as CSV."""

from dataclasses import dataclass

from central.errors import Kind, NotFoundError
from central.figures.overview import OverviewService
from central.ops.dashboard.first_page import Told, first_page
from central.ops.dashboard.pages import table_page
from central.ops.dashboard.site import Page
from central.ops.dashboard.views import Cell, Table, View
from central.ops.dashboard.visits import Shown, Visit
from central.ops.dashboard.words import link


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPage:
    """What everybody looks at first."""

    overview: OverviewService

    def show(self, visit: Visit) -> Shown:
        """The page."""
        return Shown(view=self._view(visit))

    def figures(self, visit: Visit) -> Shown:
        """Every figure of the page in one table."""
        table = Table(
            name="figures",
            caption="Everything that the first page tells",
            columns=("Of", "Figure", "Says", "Note"),
            rows=[
                [Cell(section.title), Cell(each.label), Cell(each.text, each.link), Cell(each.note)]
                for section in self._view(visit).sections
                for each in section.figures
            ],
            csv=link("/figures", venue=visit.venue, format="csv"),
        )
        return table_page("All figures", table)

    def only(self, name: str) -> Page:
        """The page of one section: the one with the table of this name."""

        def show(visit: Visit) -> Shown:
            for section in self._view(visit).sections:
                if any(table.name == name for table in section.tables):
                    return Shown(view=View(title=section.title, sections=[section]))
            raise NotFoundError(Kind.NOT_FOUND, "no such table")

        return show

    def _view(self, visit: Visit) -> View:
        told = Told(
            seen=self.overview.look(visit.audiences),
            venue=visit.venue,
            calendar=self.overview.calendar,
            outlook=self.overview.outlook,
        )
        return first_page(told)
