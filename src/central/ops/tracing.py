"""Central's part of a trace: a span for each request, in the trace that the caller names, and what ingest makes of each entry.

An entry names the trace of its presentation. So a scan made offline on Friday joins its trace when it is handed in on Monday:
below the presentation hang ``ingest`` and, in that, ``project``: the feed, the incidents. The request that brought it is a link.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cardcore.ids import Epoch
from central.errors import Kind
from central.ops.edge import ROUTE
from central.ops.system_clock import nanos
from central.ports.happenings import Arrival, HappeningsOf, SignOfLife, Watch
from central.ports.records import Device, Evidence, Gap, StoredEntry
from telemetry.operations import Facts
from telemetry.trace_context import (
    CURRENT,
    HEADER,
    PEOPLES_HEADER,
    TraceContext,
    parse_traceparent,
)
from telemetry.tracing import Tracing

_ERROR: Final = 500


@contextmanager
def tracing_to(url: str, share: float, folder: Path) -> Iterator[Tracing]:
    """The tracing of this process, until the context ends; what cannot be sent waits in ``folder``."""
    tracing = Tracing(service="gatepost-central", url=url, share=share, folder=folder, now=nanos)
    try:
        yield tracing
    finally:
        tracing.close()


class TraceRequests:
    """An ASGI layer: a span for each request, and its trace on the answer."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = parse_traceparent(Headers(scope=scope).get(HEADER))
        route: list[str] = []
        scope = {**scope, ROUTE: route}
        running = self._tracing.begin(scope["method"], parent=parent, kind=SpanKind.SERVER)

        async def send_with_trace(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[PEOPLES_HEADER] = running.context.trace_id
                running.note({"http.response.status_code": message["status"]})
                if message["status"] >= _ERROR:
                    running.failed(f"answered {message['status']}")
            await send(message)

        with running.under_way():
            await self._app(scope, receive, send_with_trace)
            if route:
                running.rename(f"{scope['method']} {route[0]}")
                running.note({"http.route": route[0], "gatepost.operation": "request"})


class TracedWatch:
    """The watch behind it, with a span for each entry that names a trace which is recorded."""

    def __init__(self, inner: Watch, tracing: Tracing) -> None:
        self._inner = inner
        self._tracing = tracing

    def arrived(self, tx: HappeningsOf, arrival: Arrival) -> None:
        """Entries were stored."""
        began = nanos()
        self._inner.arrived(tx, arrival)
        ended = nanos()
        request = CURRENT.get()
        for stored in arrival.entries:
            parent = _trace_of(stored)
            if parent is None or not parent.sampled:
                continue
            ingest = self._tracing.begin(
                "ingest",
                parent=parent,
                at=began,
                kind=SpanKind.CONSUMER,
                link=request,
                facts=_facts_of(arrival.device, stored),
            )
            project = self._tracing.begin("project", parent=ingest.context, at=began)
            project.end(ended)
            ingest.end()

    def contradicted(
        self, tx: HappeningsOf, device: Device, epoch: Epoch, kind: Kind, evidence: Evidence
    ) -> None:
        """As the one behind it."""
        self._inner.contradicted(tx, device, epoch, kind, evidence)

    def skipped(
        self, tx: HappeningsOf, device: Device, epoch: Epoch, *, held: int, believed: int
    ) -> None:
        """As the one behind it."""
        self._inner.skipped(tx, device, epoch, held=held, believed=believed)

    def lost(self, tx: HappeningsOf, device: Device, gap: Gap) -> None:
        """As the one behind it."""
        self._inner.lost(tx, device, gap)

    def beat(
        self, tx: HappeningsOf, device: Device, sign: SignOfLife, before: SignOfLife | None
    ) -> None:
        """As the one behind it."""
        self._inner.beat(tx, device, sign, before)


def _trace_of(stored: StoredEntry) -> TraceContext | None:
    return None if stored.entry is None else parse_traceparent(stored.entry.traceparent)


def _facts_of(device: Device, stored: StoredEntry) -> Facts:
    facts: dict[str, str | int | float | bool] = {
        "gatepost.operation": "ingest",
        "gatepost.door": device.door,
        "gatepost.device": device.device_id,
        "gatepost.seq": stored.seq,
    }
    entry = stored.entry
    if entry is not None:
        facts |= {"gatepost.decision": entry.decision.value, "gatepost.reason": entry.reason}
        if entry.card_id is not None:
            facts["gatepost.card_id"] = entry.card_id.hex()
    return facts
