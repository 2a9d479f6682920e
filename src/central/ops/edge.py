"""Where HTTP ends: every request becomes a :class:`Call`, every answer or fault a response.

The order for a call: version, body (type, packing, size), caller, handler. A fault on the way is a problem; one that
nobody foresaw is logged and answered as ``internal``, without a word on what it was.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cardcore.errors import WireError
from central.auth import Authenticator
from central.errors import CentralError, Kind, StorageDownError, UnprocessableError
from central.ops.bodies import read_body
from central.ops.endpoints import Endpoint, ForDevices
from central.ports.call import Answer, Call
from central.problems import problem_answer
from central.versioning import VERSION_HEADER, check_version, version_headers

_log: Final = logging.getLogger("gatepost.central")

_SAFETY: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}

HttpHandler = Callable[[Request], Awaitable[Response]]


def http_handler(endpoint: Endpoint, authenticator: Authenticator) -> HttpHandler:
    """The Starlette handler of an endpoint."""

    async def handle(request: Request) -> Response:
        try:
            body = b""
            if endpoint.takes is not None:
                body = await read_body(request, endpoint.most_bytes)
        except UnprocessableError as error:
            return response_of(problem_answer(error))
        call = _call_of(request, body)
        return response_of(await run_in_threadpool(_answer, endpoint, authenticator, call))

    return handle


def response_of(answer: Answer) -> Response:
    """An answer as a Starlette response."""
    response = Response(answer.body, answer.status, dict(answer.headers))
    if answer.body:
        response.headers["Content-Type"] = answer.media_type
    return response


class Edge:
    """The outermost layer: refuses unknown versions, puts the common headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**_SAFETY, **version_headers()}.items():
                    headers.setdefault(name, value)
            await send(message)

        app = self._app
        try:
            check_version(Request(scope).headers.get(VERSION_HEADER))
        except UnprocessableError as error:
            app = response_of(problem_answer(error))
        await app(scope, receive, send_with_headers)


def _call_of(request: Request, body: bytes) -> Call:
    return Call(
        path=request.path_params,
        query=request.query_params,
        headers=request.headers,
        address=request.client.host if request.client is not None else "",
        body=body,
    )


def _answer(endpoint: Endpoint, authenticator: Authenticator, call: Call) -> Answer:
    try:
        return _call_handler(endpoint, authenticator, call)
    except StorageDownError as error:
        _log.error("%s %s: storage: %s", endpoint.method, endpoint.path, error.detail)
        return problem_answer(error)
    except CentralError as error:
        return problem_answer(error)
    except WireError as error:
        return problem_answer(UnprocessableError(Kind.MALFORMED, str(error)))
    except Exception:  # noqa: BLE001 -- the edge: a fault nobody foresaw is logged, and said to be one
        _log.exception("%s %s failed", endpoint.method, endpoint.path)
        return problem_answer(CentralError(Kind.INTERNAL))


def _call_handler(endpoint: Endpoint, authenticator: Authenticator, call: Call) -> Answer:
    if isinstance(endpoint.handler, ForDevices):
        return endpoint.handler.handler(call, authenticator.device_of(call))
    return endpoint.handler(call)
