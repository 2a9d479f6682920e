"""Numbers, times and links as pages say them."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from central.ops.dashboard.views import NOTHING
from central.ports.rollups import Period

ROOT: Final = "/dashboard"
_KIB: Final = 1_024
_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400


def count(number: float) -> str:
    """A whole number."""
    return f"{round(number):,}"


def share(part: float | None, digits: int = 1) -> str:
    """A share of 1 in per cent."""
    return NOTHING if part is None else f"{part * 100:.{digits}f} %"


def millis(ms: float | None) -> str:
    """Milliseconds."""
    return NOTHING if ms is None else f"{ms:,.1f} ms"


def size(number: float | None) -> str:
    """Bytes."""
    if number is None:
        return NOTHING
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < _KIB:
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
        number /= _KIB
    return f"{number:,.1f} TiB"


def age(seconds: float | None) -> str:
    """How long ago, or for how long."""
    if seconds is None:
        return NOTHING
    for length, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"


def change(now: float, before: float) -> str:
    """Growth against a period before."""
    if not before:
        return "nothing to compare with" if now else "as before"
    return f"{(now - before) / before * 100:+.0f} % against the period before"


def link(path: str, **query: object) -> str:
    """An address on the dashboard; parameters that are empty are left out."""
    given: Mapping[str, str] = {
        name: str(value) for name, value in query.items() if value is not None and value != ""
    }
    return f"{ROOT}{path}" + (f"?{urlencode(given)}" if given else "")


def rows_link(venue: str, period: Period, **query: object) -> str:
    """Where the entries behind a number are."""
    return link("/entries", venue=venue, since=period.since, until=period.until, **query)
