"""Cookies of the dashboard: never for scripts, never for another site."""

from starlette.requests import Request
from starlette.responses import Response

SESSION = "gatepost_session"
LOGIN = "gatepost_login"  # what the form of the login page has to repeat


def cookie_in(request: Request, name: str) -> str:
    """A cookie; "" where there is none."""
    return request.cookies.get(name, "")


def give(response: Response, request: Request, name: str, value: str, life_s: int) -> None:
    """Set a cookie, over TLS for TLS alone."""
    response.set_cookie(
        name,
        value,
        max_age=life_s,
        path="/dashboard",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def take(response: Response, name: str) -> None:
    """Remove a cookie."""
    response.delete_cookie(name, path="/dashboard", httponly=True, samesite="strict")
