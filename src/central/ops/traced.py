"""Tracing where it is on; where it is off, OpenTelemetry is not even loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from central.ports.happenings import Watch

if TYPE_CHECKING:
    from telemetry.tracing import Tracing


@contextmanager
def traced(url: str, share: float, folder: Path) -> "Iterator[Tracing | None]":
    """The tracing of this process; None where no collector is named."""
    if not url:
        yield None
        return
    from central.ops.tracing import tracing_to

    with tracing_to(url, share, folder) as tracing:
        yield tracing


def traced_app(app: ASGIApp, tracing: "Tracing | None") -> ASGIApp:
    """The application, with a span for each request."""
    if tracing is None:
        return app
    from central.ops.tracing import TraceRequests

    return TraceRequests(app, tracing)


def traced_watch(watch: Watch, tracing: "Tracing | None") -> Watch:
    """The watch, with spans for each entry that names a trace."""
    if tracing is None:
        return watch
    from central.ops.tracing import TracedWatch

    return TracedWatch(watch, tracing)
