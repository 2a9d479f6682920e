"""Where HTTP ends: every request becomes a :class:`Call`, every answer or fault a response.

The order for a call: version, body (type, packing, size), caller, handler. A fault on the way is a problem; one that
nobody foresaw is logged and answered as ``internal``, without a word on what it was.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cardcore.errors import WireError
from central.auth import Authenticator
from central.errors import CentralError, Kind, StorageDownError, UnprocessableError
from central.ops.bodies import Body, read_body
from central.ops.endpoints import Endpoint, ForDevices, ForOperators, ForPhones
from central.ports.call import JSON_TYPE, Answer, Call
from central.ports.meter import Meter
from central.problems import problem_answer
from central.versioning import (
    VERSION_HEADER,
    DeprecationLog,
    Versions,
    canonical_path,
    negotiate,
    vendor_type,
    version_headers,
    wants_plain_json,
    with_warning,
)
from telemetry.logs import tell

_log: Final = logging.getLogger("gatepost.central")
ROUTE: Final = "gatepost.route"  # where a layer outside may want to know the route
_VERSION: Final = "gatepost.version"  # where a request's scope keeps the version it is answered in

_SAFETY: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
_SAFETY_TLS: Final[Mapping[str, str]] = {"Strict-Transport-Security": "max-age=31536000"}

HttpHandler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What every call passes: who it is, in which version, and who is told of old ones."""

    authenticator: Authenticator
    versions: Versions
    deprecations: DeprecationLog
    meter: Meter
    monotonic: Callable[[], float]


def http_handler(endpoint: Endpoint, gate: Gate) -> HttpHandler:
    """The Starlette handler of an endpoint."""

    async def handle(request: Request) -> Response:
        began = gate.monotonic()
        request.scope.get(ROUTE, []).append(endpoint.path)
        try:
            body = Body()
            if endpoint.takes is not None:
                body = await read_body(request, endpoint.most_bytes)
        except UnprocessableError as error:
            return response_of(problem_answer(error), request, gate.versions)
        call = call_of(request, body)
        answer = await run_in_threadpool(_answer, endpoint, gate, call)
        took = gate.monotonic() - began
        gate.meter.answered(endpoint.method, endpoint.path, answer.status, took)
        tell(
            _log.name,
            "answered",
            {
                "method": endpoint.method,
                "path": endpoint.path,  # as in the route table: what was asked for may be secret
                "status": answer.status,
                "ms": round(took * 1_000, 1),
            },
        )
        return response_of(answer, request, gate.versions)

    return handle


def response_of(answer: Answer, request: Request, versions: Versions) -> Response:
    """An answer as a Starlette response, in the version of the request."""
    version = _version_of(request, versions)
    body, kind = answer.body, answer.media_type
    if kind.endswith("json"):
        body = with_warning(body, versions, version)
    if kind == JSON_TYPE and _is_versioned(request):
        accept = request.headers.get("accept", "")
        kind = kind if wants_plain_json(accept) else vendor_type(version)
    response = Response(body, answer.status, dict(answer.headers))
    if body:
        response.headers["Content-Type"] = kind
    return response


class Edge:
    """The outermost layer: refuses unknown versions, puts the common headers on every answer."""

    def __init__(self, app: ASGIApp, versions: Versions) -> None:
        self._app = app
        self._versions = versions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        app, scope = self._app, dict(scope)
        scope["path"], in_path = canonical_path(scope["path"])
        scope[_VERSION] = self._versions.default
        request = Request(scope)
        try:
            scope[_VERSION] = negotiate(
                self._versions,
                header=request.headers.get(VERSION_HEADER),
                accept=request.headers.get("accept", ""),
                in_path=in_path,
            )
        except UnprocessableError as error:
            app = response_of(problem_answer(error), request, self._versions)
        added = {**version_headers(self._versions, scope[_VERSION]), **_SAFETY}
        if scope.get("scheme") == "https":
            added.update(_SAFETY_TLS)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
            await send(message)

        await app(scope, receive, send_with_headers)


def call_of(request: Request, body: Body | None = None) -> Call:
    """What was asked."""
    scope = request.scope
    path, query = scope.get("raw_path", b""), scope["query_string"]
    return Call(
        path=request.path_params,
        query=request.query_params,
        headers=request.headers,
        address=request.client.host if request.client is not None else "",
        version=scope[_VERSION],
        body=b"" if body is None else body.unpacked,
        method=request.method,
        target=(path + b"?" + query if query else path).decode("latin-1"),
        sent=b"" if body is None else body.sent,
    )


def answered(asked: str, answer: Callable[[], Answer]) -> Answer:
    """What ``answer`` gives, or the problem it ends in; ``asked`` is what the log calls the call."""
    try:
        return answer()
    except StorageDownError as error:
        _log.error("%s: storage: %s", asked, error.detail)
        return problem_answer(error)
    except CentralError as error:
        return problem_answer(error)
    except WireError as error:
        return problem_answer(UnprocessableError(Kind.MALFORMED, str(error)))
    except Exception:  # noqa: BLE001 -- the edge: a fault nobody foresaw is logged, and said to be one
        _log.exception("%s failed", asked)
        return problem_answer(CentralError(Kind.INTERNAL))


def _answer(endpoint: Endpoint, gate: Gate, call: Call) -> Answer:
    return answered(
        f"{endpoint.method} {endpoint.path}", lambda: _call_handler(endpoint, gate, call)
    )


def _call_handler(endpoint: Endpoint, gate: Gate, call: Call) -> Answer:
    handler = endpoint.handler
    if isinstance(handler, ForDevices):
        device = gate.authenticator.device_of(call, shut_out_too=handler.shut_out_too)
        gate.deprecations.note(call.version, f"device {device.device_id}")
        return handler.handler(call, device)
    if isinstance(handler, ForPhones):
        phone = gate.authenticator.phone_of(call)
        gate.deprecations.note(call.version, f"phone of card {phone.card_id.hex()}")
        return handler.handler(call, phone)
    if isinstance(handler, ForOperators):
        caller = gate.authenticator.require_operator(call, handler.role)
        gate.deprecations.note(call.version, f"operator {caller.name}")
        return handler.handler(call, caller)
    gate.deprecations.note(call.version, f"address {call.address}")
    return handler(call)


def _version_of(request: Request, versions: Versions) -> str:
    return str(request.scope.get(_VERSION, versions.default))


def _is_versioned(request: Request) -> bool:
    return canonical_path(request.scope["path"])[1] is not None
