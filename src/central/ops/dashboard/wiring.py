"""The dashboard over the use cases."""

from typing import Protocol

from starlette.routing import Route

from central.auth import Authenticator
from central.cards.trail import TrailService
from central.events.publisher import DeadLetterService
from central.figures.overview import OverviewService
from central.figures.rows import RowService
from central.incidents.service import IncidentService
from central.ops.dashboard.care_pages import CarePages
from central.ops.dashboard.door_pages import DoorPages
from central.ops.dashboard.entrance import Entrance
from central.ops.dashboard.live import Live
from central.ops.dashboard.people_pages import PeoplePages
from central.ops.dashboard.scan_pages import ScanPages
from central.ops.dashboard.single_pages import FirstPage
from central.ops.dashboard.site import Page, Site
from central.ops.process import resident_bytes
from central.ops.watchtower import Watchtower
from central.ports.storage import Storage
from central.ports.world import Clock, Randomness
from central.sessions.service import SessionService


class Needs(Protocol):
    """What the dashboard is made of."""

    @property
    def storage(self) -> Storage:
        """The database."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock."""
        ...

    @property
    def tower(self) -> Watchtower:
        """Alerts and settings."""
        ...

    @property
    def trail(self) -> TrailService:
        """Trails of cards."""
        ...

    @property
    def incidents(self) -> IncidentService:
        """The incidents."""
        ...

    @property
    def letters(self) -> DeadLetterService:
        """The dead letters."""
        ...


def dashboard_routes(
    needs: Needs, authenticator: Authenticator, randomness: Randomness
) -> list[Route]:
    """Every route under /dashboard."""
    overview = OverviewService(
        storage=needs.storage,
        clock=needs.clock,
        outlook=needs.tower.outlook,
        memory=resident_bytes,
        documents=needs.tower.documents,
    )
    pages, changes = _pages(needs, overview)
    sessions = SessionService(
        storage=needs.storage,
        clock=needs.clock,
        randomness=randomness,
        authenticator=authenticator,
    )
    site = Site(
        sessions=sessions,
        storage=needs.storage,
        entrance=Entrance(sessions=sessions, randomness=randomness),
        live=Live(),
        pages=pages,
        changes=changes,
    )
    return site.routes()


def _pages(needs: Needs, overview: OverviewService) -> tuple[dict[str, Page], dict[str, Page]]:
    rows, storage, clock = RowService(storage=needs.storage), needs.storage, needs.clock
    first = FirstPage(overview=overview)
    scans = ScanPages(storage=storage, clock=clock, overview=overview, rows=rows)
    doors = DoorPages(storage=storage, clock=clock, overview=overview, rows=rows)
    people = PeoplePages(
        storage=storage, clock=clock, overview=overview, rows=rows, trail=needs.trail
    )
    care = CarePages(
        storage=storage,
        clock=clock,
        overview=overview,
        rows=rows,
        incidents=needs.incidents,
        letters=needs.letters,
        alerts=needs.tower.alerts,
    )
    pages: dict[str, Page] = {
        "": first.show,
        "/figures": first.figures,
        "/entries": scans.entries,
        "/hours": scans.hours,
        "/days": scans.days,
        "/doors": doors.doors,
        "/doors/{device_id}": doors.door,
        "/cards": people.cards,
        "/cards/{card_id}": people.card,
        "/members": people.members,
        "/incidents": care.incident_list,
        "/letters": care.letter_list,
        "/alerts": care.alert_list,
        "/system": care.system,
        "/answers": care.answers,
    }
    pages |= {
        f"/{name}": first.only(name) for name in ("reasons", "trend", "objectives", "baselines")
    }
    changes: dict[str, Page] = {
        "/incidents/{incident_id}/handled": care.handle,
        "/letters/{event_id}/retry": care.retry,
        "/alerts/{alert_id}/acknowledged": care.acknowledge,
    }
    return pages, changes
