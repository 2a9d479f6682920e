"""Which versions of the API are spoken here, and what every answer says of that."""

from collections.abc import Mapping
from typing import Final

from cardcore.wire import API_VERSION
from central.errors import Kind, UnprocessableError

VERSION_HEADER: Final = "X-API-Version"
SUPPORTED_HEADER: Final = "X-API-Version-Supported"
SUPPORTED: Final = (API_VERSION,)


def check_version(asked: str | None) -> str:
    """The version to speak; ``asked`` is the request's header.

    Raises:
        UnprocessableError: one that is not spoken here.
    """
    if asked is None:
        return API_VERSION
    if asked in SUPPORTED:
        return asked
    known = ", ".join(SUPPORTED)
    detail = f"supported: {known}; default: {API_VERSION}"
    raise UnprocessableError(Kind.UNSUPPORTED_VERSION, detail)


def version_headers() -> Mapping[str, str]:
    """What every answer carries."""
    return {VERSION_HEADER: API_VERSION, SUPPORTED_HEADER: ", ".join(SUPPORTED)}
