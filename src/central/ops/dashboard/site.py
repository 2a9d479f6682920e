"""The routes of the dashboard: who may come in, and what each address shows."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from central.errors import CentralError, Kind
from central.ops.dashboard import cookies
from central.ops.dashboard.assets import ROOT as ASSETS
from central.ops.dashboard.entrance import Entrance
from central.ops.dashboard.live import LISTENERS_MAX, Live
from central.ops.dashboard.responses import asset, check_csrf, form_of, problem, shown
from central.ops.dashboard.visits import Shown, Visit
from central.ops.dashboard.words import ROOT
from central.ports.lookups import News
from central.ports.storage import Storage
from central.sessions.service import Login, SessionService

Page: TypeAlias = Callable[[Visit], Shown]
Reading: TypeAlias = Callable[[Request], Response]
Posting: TypeAlias = Callable[[Request, Mapping[str, str]], Response]
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_log: Final = logging.getLogger("gatepost.central.dashboard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Pages by their path; ``changes`` are those that are posted to."""

    sessions: SessionService
    storage: Storage
    entrance: Entrance
    live: Live
    pages: Mapping[str, Page]
    changes: Mapping[str, Page]

    def routes(self) -> list[Route]:
        """All routes of the dashboard."""
        entrance = self.entrance
        return [
            Route(f"{ASSETS}/{{name}}", reading(asset), methods=["GET"]),
            Route(f"{ROOT}/login", reading(entrance.ask), methods=["GET"]),
            Route(f"{ROOT}/login", posting(entrance.log_in), methods=["POST"]),
            Route(f"{ROOT}/logout", posting(entrance.log_out), methods=["POST"]),
            Route(f"{ROOT}/live", self._listen, methods=["GET"]),
            *(
                Route(ROOT + path, reading(self._showing(page)), methods=["GET"])
                for path, page in self.pages.items()
            ),
            *(
                Route(ROOT + path, posting(self._changing(page)), methods=["POST"])
                for path, page in self.changes.items()
            ),
        ]

    def _showing(self, page: Page) -> Reading:
        return lambda request: self._of(request, page, None)

    def _changing(self, page: Page) -> Posting:
        return lambda request, form: self._of(request, page, form)

    def _of(self, request: Request, page: Page, form: Mapping[str, str] | None) -> Response:
        """The page for whoever is logged in; the others are asked to log in."""
        login = self._login(request)
        if login is None:
            return RedirectResponse(f"{ROOT}/login", HTTPStatus.SEE_OTHER)
        if form is not None:
            check_csrf(form, login.csrf)
        visit = Visit(login=login, path=request.path_params, query=request.query_params)
        return shown(page(visit), visit)

    def _login(self, request: Request) -> Login | None:
        return self.sessions.look(cookies.cookie_in(request, cookies.SESSION))

    async def _listen(self, request: Request) -> Response:
        """The stream of news; 204 tells a browser whose session has ended not to ask again."""

        def look() -> News | None:
            login = self._login(request)
            if login is None:
                return None
            with self.storage.glance() as tx:
                return tx.lookups.news(login.reads)

        async def answer() -> Response:
            if self.live.listeners >= LISTENERS_MAX:
                return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
            if await run_in_threadpool(self._login, request) is None:
                return Response(status_code=HTTPStatus.NO_CONTENT)
            return StreamingResponse(
                self.live.events(look),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )

        return await _answered(request, answer)


def reading(work: Reading) -> Handler:
    """A handler that reads nothing but the address."""

    async def handle(request: Request) -> Response:
        return await _answered(request, lambda: run_in_threadpool(work, request))

    return handle


def posting(work: Posting) -> Handler:
    """A handler of a form."""

    async def handle(request: Request) -> Response:
        async def answer() -> Response:
            form = await form_of(request)
            return await run_in_threadpool(work, request, form)

        return await _answered(request, answer)

    return handle


async def _answered(request: Request, answer: Callable[[], Awaitable[Response]]) -> Response:
    """What ``answer`` gives, or the page of the fault it ends in."""
    try:
        return await answer()
    except CentralError as error:
        if error.kind is Kind.STORAGE_DOWN:
            _log.error("%s: storage: %s", request.url.path, error.detail)
        return problem(error)
    except Exception:  # noqa: BLE001 -- the edge: a fault nobody foresaw is logged, and said to be one
        _log.exception("%s %s failed", request.method, request.url.path)
        return problem(CentralError(Kind.INTERNAL))
