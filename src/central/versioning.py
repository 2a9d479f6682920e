"""Which version of the API a call speaks, and what every answer says of that.

1. The version asked for: the header ``X-API-Version``, else the vendor type in ``Accept``, else the path, else the default.
2. One that is not spoken is refused, with those that are.
3. A deprecated one is answered as ever, with ``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594), a ``Warning``, and
   ``_meta.deprecation_warning`` in a JSON body. Who calls it is logged, at most once a minute each.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from threading import Lock
from typing import Final

import msgspec

from cardcore.ids import UnixSeconds
from cardcore.wire import API_VERSION, BETA_VERSION
from central.errors import UnsupportedVersionError
from central.ports.world import Clock

VERSION_HEADER: Final = "X-API-Version"
SUPPORTED_HEADER: Final = "X-API-Version-Supported"
LOGGED_EVERY_S: Final = 60.0
CLIENTS_MAX: Final = 10_000  # remembered at once

_VENDOR: Final = re.compile(r"application/vnd\.digitalcard\.v([0-9A-Za-z.-]+)\+json", re.IGNORECASE)
_PATH: Final = re.compile(r"/(api|mapi)/v(\d+\.\d+(?:-[a-z0-9]+)?)(?=/|$)")
_log: Final = logging.getLogger("gatepost.central.versions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """Since when a version is deprecated, and until when it is spoken, in seconds since 1970."""

    since: UnixSeconds
    sunset: UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions spoken here. A deprecated one is a supported one."""

    supported: tuple[str, ...] = (API_VERSION, BETA_VERSION)
    default: str = API_VERSION
    deprecated: Mapping[str, Deprecation] = field(default_factory=dict)


VERSIONS: Final = Versions()


def canonical_path(path: str) -> tuple[str, str | None]:
    """``path`` as the route table has it, and the version that stood in it."""
    found = _PATH.match(path)
    if found is None:
        return path, None
    return f"/{found[1]}/v{API_VERSION}{path[found.end() :]}", found[2]


def negotiate(versions: Versions, *, header: str | None, accept: str, in_path: str | None) -> str:
    """The version to speak.

    Raises:
        UnsupportedVersionError: the one asked for is not spoken here.
    """
    ways = (header, _accepted(versions, accept), in_path)
    asked = next((way for way in ways if way is not None), versions.default)
    if asked not in versions.supported:
        raise UnsupportedVersionError(supported=versions.supported, default=versions.default)
    return asked


def vendor_type(version: str) -> str:
    """The media type of JSON in this version."""
    return f"application/vnd.digitalcard.v{version}+json"


def wants_plain_json(accept: str) -> bool:
    """Whether the caller names plain JSON, and no vendor type: a door from before there was one."""
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return "application/json" in kinds and _VENDOR.search(accept) is None


def is_vendor_type(kind: str) -> bool:
    """Whether this is the media type of JSON in some version."""
    return _VENDOR.fullmatch(kind) is not None


def version_headers(versions: Versions, version: str) -> Mapping[str, str]:
    """What every answer carries."""
    headers = {VERSION_HEADER: version, SUPPORTED_HEADER: ", ".join(versions.supported)}
    deprecation = versions.deprecated.get(version)
    if deprecation is not None:
        headers["Deprecation"] = f"@{deprecation.since}"
        headers["Sunset"] = formatdate(deprecation.sunset, usegmt=True)
        headers["Warning"] = f'299 - "{warning_of(version, deprecation)}"'
    return headers


def warning_of(version: str, deprecation: Deprecation) -> str:
    """What the callers of a deprecated version are told."""
    end = formatdate(deprecation.sunset, usegmt=True)
    return f"API version {version} is deprecated and ends on {end}"


def with_warning(body: bytes, versions: Versions, version: str) -> bytes:
    """A JSON object with ``_meta.deprecation_warning`` in it, where the version is deprecated."""
    deprecation = versions.deprecated.get(version)
    if deprecation is None or not body.startswith(b"{"):
        return body
    meta = {"deprecation_warning": warning_of(version, deprecation)}
    return msgspec.json.encode(
        msgspec.json.decode(body, type=dict[str, msgspec.Raw]) | {"_meta": meta}
    )


class DeprecationLog:
    """Says who still calls a deprecated version."""

    def __init__(self, *, clock: Clock, versions: Versions) -> None:
        self._clock = clock
        self._versions = versions
        self._said: dict[tuple[str, str], float] = {}
        self._lock = Lock()

    def note(self, version: str, client: str) -> None:
        """``client`` called in this version."""
        if version not in self._versions.deprecated:
            return
        now = self._clock.monotonic()
        with self._lock:
            last = self._said.get((version, client))
            if last is not None and now - last < LOGGED_EVERY_S:
                return
            if len(self._said) >= CLIENTS_MAX:
                self._said.clear()
            self._said[version, client] = now
        _log.warning("deprecated API version %s called by %s", version, client)


def _accepted(versions: Versions, accept: str) -> str | None:
    """The first version in ``accept`` that is spoken here, else the first."""
    asked = _VENDOR.findall(accept)
    spoken = [version for version in asked if version in versions.supported]
    return next(iter([*spoken, *asked]), None)
