"""The first page, and single tables of it as CSV."""

from dataclasses import dataclass

from central.errors import Kind, NotFoundError
from central.figures.overview import OverviewService
from central.ops.dashboard.first_page import Told, first_page
from central.ops.dashboard.site import Page
from central.ops.dashboard.views import View
from central.ops.dashboard.visits import Shown, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPage:
    """What everybody looks at first."""

    overview: OverviewService

    def show(self, visit: Visit) -> Shown:
        """The page."""
        return Shown(view=self._view(visit))

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
