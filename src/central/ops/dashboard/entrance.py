"""Logging in and out."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from central.errors import Kind, NotAllowedError
from central.ops.dashboard import cookies
from central.ops.dashboard.render import login_page
from central.ops.dashboard.responses import check_csrf, html
from central.ops.dashboard.words import ROOT
from central.ports.world import Randomness
from central.problems import PROBLEMS
from central.sessions.service import LIFE_S, SessionService

LOGIN_LIFE_S: Final = 3_600
CSRF_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The page that asks for a token, and what becomes of it."""

    sessions: SessionService
    randomness: Randomness

    def ask(self, request: Request) -> Response:
        """The form."""
        return self._form(request, "", HTTPStatus.OK)

    def log_in(self, request: Request, form: Mapping[str, str]) -> Response:
        """A session for whoever has a token and came by the form."""
        expected = cookies.cookie_in(request, cookies.LOGIN)
        if not expected or not hmac.compare_digest(
            expected.encode(), form.get("csrf", "").encode()
        ):
            fault = "This form was too old, or came from somewhere else. Please log in again."
            return self._form(request, fault, HTTPStatus.FORBIDDEN)
        address = request.client.host if request.client is not None else ""
        try:
            cookie = self.sessions.log_in(form.get("token", "").strip(), address)
        except NotAllowedError as error:
            return self._form(request, _FAULTS[error.kind], PROBLEMS[error.kind][0])
        response = RedirectResponse(ROOT, HTTPStatus.SEE_OTHER)
        cookies.give(response, request, cookies.SESSION, cookie, LIFE_S)
        cookies.take(response, cookies.LOGIN)
        return response

    def log_out(self, request: Request, form: Mapping[str, str]) -> Response:
        """The end of a session."""
        cookie = cookies.cookie_in(request, cookies.SESSION)
        login = self.sessions.look(cookie)
        if login is not None:
            check_csrf(form, login.csrf)
            self.sessions.log_out(cookie)
        response = RedirectResponse(f"{ROOT}/login", HTTPStatus.SEE_OTHER)
        cookies.take(response, cookies.SESSION)
        return response

    def _form(self, request: Request, fault: str, status: HTTPStatus) -> Response:
        csrf = self.randomness(CSRF_BYTES).hex()
        response = html(login_page(csrf, fault), status)
        cookies.give(response, request, cookies.LOGIN, csrf, LOGIN_LIFE_S)
        return response


_FAULTS: Final = {
    Kind.NOT_AUTHENTICATED: "No operator has this token.",
    Kind.NOT_PERMITTED: "This operator may not look at the dashboard: the role read is needed.",
    Kind.TOO_MANY_TRIES: "Too many wrong tokens came from your address. Wait a minute.",
}
