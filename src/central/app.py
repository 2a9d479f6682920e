"""The HTTP application: every route in one list."""

from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cardcore import wire
from cardcore.phone import PHONE_ROOT, LinkAnswer, LinkClaim
from central.audit.routes import AuditRoutes
from central.auth import Authenticator
from central.cards.routes import CardRoutes
from central.devices.routes import DeviceRoutes
from central.errors import CentralError, Kind
from central.keys.routes import KeyRoutes
from central.ops.edge import Edge, http_handler, response_of
from central.ops.endpoints import Endpoint, ForDevices
from central.ops.health import HealthAnswer, HealthRoutes
from central.ops.openapi import Json, describe
from central.problems import problem_answer

API: Final = wire.API_ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The routes of every feature, wired."""

    devices: DeviceRoutes
    keys: KeyRoutes
    cards: CardRoutes
    audit: AuditRoutes
    health: HealthRoutes


def route_table(routes: Routes) -> list[Endpoint]:
    """Every operation there is."""
    return [
        Endpoint(
            method="POST",
            path=f"{API}/devices/enrol",
            summary="Pair a device with the door its code was made for.",
            takes=wire.EnrolRequest,
            gives=wire.EnrolAnswer,
            handler=routes.devices.enrol,
            problems=(Kind.ENROLMENT_REFUSED, Kind.TOO_MANY_TRIES),
        ),
        Endpoint(
            method="GET",
            path=f"{API}/devices/me/keyset",
            summary="The signed key set of the device's audience.",
            gives=None,
            handler=ForDevices(handler=routes.keys.key_set),
        ),
        Endpoint(
            method="GET",
            path=f"{API}/devices/me/snapshot",
            summary="How all cards of the device's audience stand, signed.",
            gives=None,
            handler=ForDevices(handler=routes.cards.snapshot),
        ),
        Endpoint(
            method="GET",
            path=f"{API}/cards/{{card_id}}/status",
            summary="How one card of the device's audience stands.",
            gives=wire.CardStatusAnswer,
            handler=ForDevices(handler=routes.cards.status),
            problems=(Kind.UNKNOWN_CARD,),
            hot=True,
        ),
        Endpoint(
            method="GET",
            path=f"{API}/devices/me/audit/mark",
            summary="Up to where an epoch of the device's audit is held.",
            gives=wire.MarkAnswer,
            handler=ForDevices(handler=routes.audit.mark),
            parameters={"epoch": "^[0-9a-f]{16}$"},
            problems=(Kind.MALFORMED,),
        ),
        Endpoint(
            method="POST",
            path=f"{API}/devices/me/audit/batches",
            summary="Take consecutive entries of one epoch of the device's audit.",
            takes=wire.AuditBatch,
            gives=wire.BatchAnswer,
            handler=ForDevices(handler=routes.audit.batches),
            problems=(Kind.GAP, Kind.FORK, Kind.BROKEN_CHAIN),
            most_bytes=wire.MAX_BATCH_BYTES,
            hot=True,
        ),
        Endpoint(
            method="POST",
            path=f"{PHONE_ROOT}/links/claim",
            summary="Give a member's phone its card key, once.",
            takes=LinkClaim,
            gives=LinkAnswer,
            handler=routes.cards.claim_link,
            problems=(Kind.LINK_REFUSED, Kind.TOO_MANY_TRIES),
        ),
        Endpoint(
            method="GET",
            path="/health/live",
            summary="The process runs.",
            gives=HealthAnswer,
            handler=routes.health.live,
        ),
        Endpoint(
            method="GET",
            path="/health/ready",
            summary="The database can be used.",
            gives=HealthAnswer,
            handler=routes.health.ready,
        ),
    ]


def make_app(routes: Routes, authenticator: Authenticator) -> ASGIApp:
    """The ASGI application."""
    endpoints = route_table(routes)
    app = _App(endpoints)
    for endpoint in endpoints:
        handler = http_handler(endpoint, authenticator)
        if endpoint.hot:
            app.router.routes.append(Route(endpoint.path, handler, methods=[endpoint.method]))
        else:
            app.add_api_route(endpoint.path, handler, methods=[endpoint.method])
    app.router.routes.append(Route("/openapi.json", app.describe, methods=["GET"]))
    return Edge(app)


class _App(FastAPI):
    """FastAPI, with our own description of the API and our own problems."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        super().__init__(
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            exception_handlers={HTTPException: _routing_problem},
        )
        self._description = describe(endpoints)

    def openapi(self) -> Json:
        """The OpenAPI document; a hot route is in it like any other."""
        return self._description

    async def describe(self, _request: Request) -> Response:
        """GET /openapi.json."""
        return JSONResponse(self._description)


async def _routing_problem(_request: Request, error: Exception) -> Response:
    """What the router itself refuses: no such path, or not with this method."""
    missing = isinstance(error, HTTPException) and error.status_code == 404  # noqa: PLR2004
    kind = Kind.NOT_FOUND if missing else Kind.METHOD_NOT_ALLOWED
    headers = error.headers if isinstance(error, HTTPException) else None
    return response_of(problem_answer(CentralError(kind), headers))
