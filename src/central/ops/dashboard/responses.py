"""Answers of the dashboard, with the headers that all of them have."""

import asyncio
import hmac
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from central.errors import CentralError, Kind, NotAllowedError, NotFoundError, UnprocessableError
from central.ops.bodies import BODY_WITHIN_S, too_large
from central.ops.dashboard.assets import served
from central.ops.dashboard.render import page_of, problem_page
from central.ops.dashboard.views import csv_of
from central.ops.dashboard.visits import Shown, Visit
from central.problems import PROBLEMS

FORM_BYTES_MAX: Final = 4_096
FIELDS_MAX: Final = 10
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}
KEPT: Final = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
_SILENT: Final = frozenset((Kind.STORAGE_DOWN, Kind.INTERNAL, Kind.CONFIGURATION))


def html(text: str, status: int = 200) -> Response:
    """A page."""
    return HTMLResponse(text, status, HEADERS)


def shown(answer: Shown, visit: Visit) -> Response:
    """What a page answers: HTML, a CSV of its last table, or the way to another."""
    if answer.view is None:
        return RedirectResponse(answer.go_to, HTTPStatus.SEE_OTHER)
    if visit.query.get("format") != "csv":
        return html(page_of(answer.view, visit.login, visit.venue), answer.status)
    table = [table for section in answer.view.sections for table in section.tables][-1]
    name = f'attachment; filename="gatepost-{table.name}.csv"'
    return Response(
        csv_of(table), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


def problem(error: CentralError) -> Response:
    """The page that says why there is no other."""
    status, title = PROBLEMS[error.kind]
    detail = "" if error.kind in _SILENT else error.detail
    return html(problem_page(title, detail), status)


def asset(request: Request) -> Response:
    """One of the files that pages load."""
    found = served().get(request.path_params["name"])
    if found is None:
        return problem(NotFoundError(Kind.NOT_FOUND, "no such file"))
    if "gzip" in request.headers.get(
        "accept-encoding", ""
    ):  # pages are not packed: they hold secrets
        packed = KEPT | {"Content-Encoding": "gzip"}
        return Response(found.packed, media_type=found.media_type, headers=packed)
    return Response(found.content, media_type=found.media_type, headers=KEPT)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a posted form.

    Raises:
        UnprocessableError: another type, too large, too slow, cut short, or no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UnprocessableError(Kind.UNSUPPORTED_MEDIA_TYPE, "the type must be that of a form")
    body = await _read(request)
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise UnprocessableError(Kind.MALFORMED, "no form") from error
    return dict(fields)


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for part in request.stream():
                body += part
                if len(body) > FORM_BYTES_MAX:
                    raise too_large(FORM_BYTES_MAX)
    except ClientDisconnect as error:
        raise UnprocessableError(Kind.MALFORMED, "the form was cut short") from error
    except TimeoutError as error:
        raise UnprocessableError(Kind.TOO_SLOW, f"{len(body)} bytes came") from error
    return bytes(body)


def check_csrf(form: Mapping[str, str], expected: str) -> None:
    """Refuse a form that did not come from one of our pages.

    Raises:
        NotAllowedError: it says what to do.
    """
    if not hmac.compare_digest(form.get("csrf", "").encode(), expected.encode()):
        detail = "the form did not come from this page; load it again"
        raise NotAllowedError(Kind.NOT_PERMITTED, detail)
