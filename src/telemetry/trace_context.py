"""Which trace and which request something belongs to: W3C trace context, level 1, without its library.

``traceparent`` is ``00-TRACE-SPAN-FLAGS``: 32, 16 and 2 lower-case hex digits; ids of zeros alone are none.
"""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

HEADER: Final = "traceparent"
PEOPLES_HEADER: Final = "X-Trace-ID"
_FORM: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceContext:
    """A span, by the ids of its trace and its own; ``sampled`` says whether it is recorded."""

    trace_id: str
    span_id: str
    sampled: bool

    @property
    def traceparent(self) -> str:
        """As it stands in the header, and in an audit entry."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def parse_traceparent(text: str | None) -> TraceContext | None:
    """The span that ``text`` names; None for anything that is no traceparent."""
    found = _FORM.fullmatch(text or "")
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not trace_id.strip("0"):
        return None
    if not span_id.strip("0"):
        return None
    sampled = bool(int(flags, 16) & _SAMPLED)
    return TraceContext(trace_id=trace_id, span_id=span_id, sampled=sampled)


CURRENT: Final[ContextVar[TraceContext | None]] = ContextVar("gatepost_trace", default=None)
"""The span that is under way here."""

REQUEST_ID: Final[ContextVar[str]] = ContextVar("gatepost_request", default="")
"""The request that is being answered here; empty for none."""
