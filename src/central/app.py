"""The HTTP application: every route in one list."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cardcore import wire
from central.audit.routes import AuditRoutes
from central.cards.phone_routes import PhoneRoutes
from central.cards.routes import CardRoutes
from central.devices.routes import DeviceRoutes
from central.errors import CentralError, Kind
from central.incidents.routes import IncidentRoutes
from central.keys.routes import KeyRoutes
from central.ops.edge import Edge, Gate, answered, call_of, http_handler, response_of
from central.ops.endpoints import Endpoint, ForDevices, ForOperators
from central.ops.enrolment import enrolment_endpoints
from central.ops.health import HealthRoutes
from central.ops.metrics import MetricsRoutes
from central.ops.office import KEYED, OfficeRoutes, office_endpoints
from central.ops.openapi import Json, describe
from central.ops.phones import phone_endpoints
from central.ops.signed import signed_endpoints
from central.ops.snapshots import snapshot_endpoints
from central.ops.watching import health_endpoints, metrics_endpoint
from central.ports import views
from central.ports.call import Answer, Call
from central.ports.queries import LISTED_MAX, NATURAL_MAX
from central.ports.records import Role
from central.problems import problem_answer

API: Final = wire.API_ROOT
_NATURAL: Final = {"type": "integer", "minimum": 0, "maximum": NATURAL_MAX}
_LIMIT: Final = {"type": "integer", "minimum": 0, "maximum": LISTED_MAX}


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The routes of every feature, wired."""

    devices: DeviceRoutes
    keys: KeyRoutes
    cards: CardRoutes
    phones: PhoneRoutes
    audit: AuditRoutes
    incidents: IncidentRoutes
    health: HealthRoutes
    metrics: MetricsRoutes
    office: OfficeRoutes


def route_table(routes: Routes) -> list[Endpoint]:
    """Every operation there is."""
    return [
        *enrolment_endpoints(routes.devices),
        *signed_endpoints(routes.keys),
        Endpoint(
            method="GET",
            path=f"{API}/devices/me/snapshot",
            summary="How all cards of the device's audience stand, signed.",
            gives=None,
            handler=ForDevices(handler=routes.cards.snapshot),
        ),
        *snapshot_endpoints(routes.cards),
        Endpoint(
            method="GET",
            path=f"{API}/cards/{{card_id}}/status",
            summary="How one card of the device's audience stands.",
            gives=wire.CardStatusAnswer,
            beta=wire.CardStatusBeta,
            handler=ForDevices(handler=routes.cards.status),
            problems=(Kind.UNKNOWN_CARD,),
            hot=True,
        ),
        Endpoint(
            method="GET",
            path=f"{API}/members/{{member_id}}/status",
            summary="How one member of the device's audience stands.",
            gives=wire.MemberStatusAnswer,
            handler=ForDevices(handler=routes.cards.member_status),
            problems=(Kind.UNKNOWN_MEMBER,),
        ),
        Endpoint(
            method="GET",
            path=f"{API}/devices/me/audit/mark",
            summary="Up to where an epoch of the device's audit is held.",
            gives=wire.MarkAnswer,
            handler=ForDevices(handler=routes.audit.mark, shut_out_too=True),
            parameters={"epoch": "^[0-9a-f]{16}$"},
            problems=(Kind.MALFORMED,),
        ),
        Endpoint(
            method="POST",
            path=f"{API}/devices/me/audit/batches",
            summary="Take consecutive entries of one epoch of the device's audit.",
            takes=wire.AuditBatch,
            gives=wire.BatchAnswer,
            handler=ForDevices(handler=routes.audit.batches, shut_out_too=True),
            problems=(Kind.GAP, Kind.FORK, Kind.BROKEN_CHAIN),
            most_bytes=wire.MAX_BATCH_BYTES,
            hot=True,
        ),
        *_of_receipts(routes),
        *phone_endpoints(routes.cards, routes.phones),
        *_of_the_venue(routes),
        *_for_operators(routes),
        *health_endpoints(routes.health),
        *office_endpoints(routes.office),
    ]


def _of_receipts(routes: Routes) -> list[Endpoint]:
    """What a door removes its old entries by."""
    return [
        Endpoint(
            method="GET",
            path=f"{API}/devices/me/audit/receipt",
            summary="Central's signed word that it holds an entry and all before it.",
            gives=None,
            fresh=True,
            handler=ForDevices(handler=routes.audit.receipt),
            parameters={"epoch": "^[0-9a-f]{16}$", "seq": "^[1-9][0-9]{0,17}$"},
            problems=(Kind.MALFORMED, Kind.GAP),
        ),
        Endpoint(
            method="POST",
            path=f"{API}/devices/me/audit/resume",
            summary="Go on behind entries that central has lost and the door has removed.",
            takes=wire.ResumeRequest,
            gives=wire.MarkAnswer,
            handler=ForDevices(handler=routes.audit.resume),
            problems=(Kind.RECEIPT_REFUSED,),
        ),
    ]


def _of_the_venue(routes: Routes) -> list[Endpoint]:
    """What doors are told of each other, and central of them."""
    return [
        Endpoint(
            method="GET",
            path=f"{API}/devices/me/admissions",
            summary="What other doors of the audience admitted, and how many are inside.",
            gives=wire.AdmissionsAnswer,
            handler=ForDevices(handler=routes.incidents.admissions),
            options={"since": _NATURAL, "epoch": {"type": "string", "pattern": "^[0-9a-f]{16}$"}},
        ),
        Endpoint(
            method="POST",
            path=f"{API}/devices/me/heartbeat",
            summary="Tell how the door fares.",
            takes=wire.Heartbeat,
            gives=wire.HeartbeatAnswer,
            handler=ForDevices(handler=routes.devices.beat),
        ),
        Endpoint(
            method="GET",
            path=f"{API}/devices/me/time",
            summary="Central's time, signed over the device's nonce.",
            gives=None,
            fresh=True,
            handler=ForDevices(handler=routes.devices.time),
            parameters={"nonce": "^([0-9a-f]{2}){16,32}$"},
        ),
    ]


def _for_operators(routes: Routes) -> list[Endpoint]:
    """What staff and owners ask."""
    return [
        Endpoint(
            method="GET",
            path=f"{API}/incidents",
            summary="The incidents of the operator's audiences, the newest first.",
            gives=views.IncidentsAnswer,
            handler=ForOperators(role=Role.READ, handler=routes.incidents.listed),
            options={
                "state": {"type": "string", "enum": ["open", "handled", "all"]},
                "limit": _LIMIT,
            },
        ),
        Endpoint(
            method="POST",
            path=f"{API}/incidents/{{incident_id}}/handled",
            summary="Take note that somebody has seen to an incident.",
            gives=views.IncidentView,
            handler=ForOperators(role=Role.MANAGE, handler=routes.incidents.handle),
            problems=(Kind.UNKNOWN_INCIDENT, *KEYED),
            keyed=True,
        ),
        Endpoint(
            method="GET",
            path=f"{API}/devices",
            summary="The devices of the operator's audiences, with their last heartbeats.",
            gives=views.DevicesAnswer,
            handler=ForOperators(role=Role.READ, handler=routes.devices.listed),
        ),
        Endpoint(
            method="GET",
            path=f"{API}/keys",
            summary="The keys of the operator's audiences and the document root, without secrets.",
            gives=views.KeysAnswer,
            handler=ForOperators(role=Role.READ, handler=routes.keys.listed),
        ),
        Endpoint(
            method="GET",
            path=f"{API}/audit",
            summary="The entries of the operator's audiences that arrived last.",
            gives=views.AuditAnswer,
            handler=ForOperators(role=Role.READ, handler=routes.audit.listed),
            options={
                "card_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "limit": _LIMIT,
            },
        ),
    ]


def make_app(routes: Routes, gate: Gate, pages: Sequence[Route] = ()) -> ASGIApp:
    """The ASGI application; ``pages`` are for people, and in no description of the API."""
    endpoints = route_table(routes)
    app = _App(endpoints, gate)
    for endpoint in endpoints:
        handler = http_handler(endpoint, gate)
        if endpoint.hot:
            app.router.routes.append(Route(endpoint.path, handler, methods=[endpoint.method]))
        else:
            app.add_api_route(endpoint.path, handler, methods=[endpoint.method])
    app.router.routes.append(Route("/openapi.json", app.describe, methods=["GET"]))
    figures = metrics_endpoint(routes.metrics)  # for a program that knows them: in no description
    app.router.routes.append(Route(figures.path, http_handler(figures, gate), methods=["GET"]))
    app.router.routes.extend(pages)
    return Edge(app, gate.versions)


class _App(FastAPI):
    """FastAPI, with our own description of the API and our own problems."""

    def __init__(self, endpoints: list[Endpoint], gate: Gate) -> None:
        super().__init__(
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            exception_handlers={HTTPException: self._routing_problem},
        )
        self._gate = gate
        self._description = describe(endpoints)

    def openapi(self) -> Json:
        """The OpenAPI document; a hot route is in it like any other."""
        return self._description

    async def describe(self, request: Request) -> Response:
        """GET /openapi.json, for whoever has a token."""
        call = call_of(request)
        answer = await run_in_threadpool(answered, "GET /openapi.json", lambda: self._tell(call))
        return response_of(answer, request, self._gate.versions)

    def _tell(self, call: Call) -> Answer:
        self._gate.authenticator.require_anyone(call)
        return Answer(body=json.dumps(self._description).encode())

    async def _routing_problem(self, request: Request, error: Exception) -> Response:
        """What the router itself refuses: no such path, or not with this method."""
        missing = isinstance(error, HTTPException) and error.status_code == 404  # noqa: PLR2004
        kind = Kind.NOT_FOUND if missing else Kind.METHOD_NOT_ALLOWED
        headers = error.headers if isinstance(error, HTTPException) else None
        problem = problem_answer(CentralError(kind), headers)
        return response_of(problem, request, self._gate.versions)
