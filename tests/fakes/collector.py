"""An OpenTelemetry collector: takes spans over OTLP/HTTP as any would, and shows them as a tree."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A span as it arrived."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    began: int
    ended: int
    facts: Mapping[str, str | int | float | bool]
    events: tuple[str, ...]
    links: tuple[str, ...]
    failed: bool


@dataclass(slots=True)
class Collector:
    """``answers`` are the statuses to give, the last of them for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def take(self, path: str, body: bytes) -> int:
        with self.arrived:
            status = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
            self.paths.append(path)
            if status == 200:
                self.bodies.append(body)
            self.arrived.notify_all()
        return status

    def spans(self) -> list[Seen]:
        with self.arrived:
            bodies = list(self.bodies)
        return [span for body in bodies for span in _spans_in(body)]

    def wait_for(self, count: int, within: float = 30.0) -> list[Seen]:
        """At least so many spans."""
        with self.arrived:
            self.arrived.wait_for(
                lambda: sum(len(_spans_in(body)) for body in self.bodies) >= count, within
            )
        found = self.spans()
        assert len(found) >= count, [span.name for span in found]
        return found


def below(spans: list[Seen], parent: Seen) -> set[str]:
    """The names of the spans right below this one."""
    return {span.name for span in spans if span.parent_id == parent.span_id}


def _spans_in(body: bytes) -> list[Seen]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        Seen(
            service=_facts(resource.resource.attributes).get("service.name", ""),  # type: ignore[arg-type] # a text
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            began=span.start_time_unix_nano,
            ended=span.end_time_unix_nano,
            facts=_facts(span.attributes),
            events=tuple(event.name for event in span.events),
            links=tuple(link.trace_id.hex() for link in span.links),
            failed=span.status.code == 2,
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _facts(attributes: object) -> dict[str, str | int | float | bool]:
    return {
        one.key: getattr(one.value, one.value.WhichOneof("value"))
        for one in attributes  # type: ignore[attr-defined] # a repeated field
    }


@contextmanager
def collecting(*answers: int, port: int = 0) -> Iterator[Collector]:
    """A collector that listens."""
    collector = Collector(answers=list(answers) or [200])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/x-protobuf"
            self.send_response(collector.take(self.path, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its signature
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
