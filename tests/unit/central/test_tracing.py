"""Central's part of a trace: requests, and what ingest makes of each entry."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from cardcore.audit import AuditEntry, entry_hash, parse_entry, serialise_entry
from cardcore.wire import BatchAnswer
from central.bootstrap import Central, wire_app, wire_central
from central.errors import ConflictError
from central.ops.traced import traced
from central.ops.tracing import TraceRequests
from telemetry.tracing import Tracing
from tests.fakes.central_material import World, batch, chain, device_of, enrol
from tests.fakes.collector import Collector, Seen, collecting

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
TRACE = "a" * 32
PARENT = f"00-{TRACE}-{'b' * 16}-01"
UNSAMPLED = f"00-{TRACE}-{'b' * 16}-00"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@pytest.fixture
def tracing(tmp_path: Path, collector: Collector) -> Iterator[Tracing]:
    made = Tracing(
        service="gatepost-central",
        url=collector.url,
        share=1.0,
        folder=tmp_path,
        now=time.time_ns,
        every_ms=50,
    )
    with closing(made):
        yield made


@pytest.fixture
def central(world: World, tracing: Tracing) -> Central:
    return wire_central(world.fake, clock=world.clock, randomness=world.randomness, tracing=tracing)


def client_of(app: Central) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(wire_app(app))
    return httpx.AsyncClient(transport=transport, base_url="http://central.test")


def ingested(central: Central, *traceparents: str | None) -> BatchAnswer:
    """A batch of one entry for each of these."""
    device = device_of(central, enrol(central))
    plain = parse_entry(chain(1, device.device_id)[0])
    entries: list[bytes] = []
    previous = plain.previous
    for number, traceparent in enumerate(traceparents, 1):
        entry: AuditEntry = replace(plain, seq=number, previous=previous, traceparent=traceparent)
        entries.append(serialise_entry(entry))
        previous = entry_hash(entries[-1])
    return central.audit.ingest(device, batch(entries))


def named(spans: list[Seen], name: str) -> Seen:
    (span,) = [one for one in spans if one.name == name]
    return span


async def test_a_request_joins_the_callers_trace(central: Central, collector: Collector) -> None:
    async with client_of(central) as client:
        answer = await client.get("/health/live", headers={"traceparent": PARENT})
    assert answer.headers["X-Trace-ID"] == TRACE
    (span,) = collector.wait_for(1)
    assert (span.name, span.trace_id, span.parent_id) == ("GET /health/live", TRACE, "b" * 16)
    assert span.facts["http.response.status_code"] == 200
    assert span.facts["http.route"] == "/health/live"
    assert not span.failed


@pytest.mark.parametrize(
    "header", ["", "nonsense", PARENT + "-more", f"00-{'0' * 32}-{'b' * 16}-01"]
)
async def test_a_header_that_is_no_traceparent_begins_a_trace(
    central: Central, collector: Collector, header: str
) -> None:
    async with client_of(central) as client:
        answer = await client.get("/health/live", headers={"traceparent": header})
    (span,) = collector.wait_for(1)
    assert span.parent_id == ""
    assert answer.headers["X-Trace-ID"] == span.trace_id != TRACE


async def test_a_caller_who_does_not_record_is_followed(
    central: Central, collector: Collector
) -> None:
    async with client_of(central) as client:
        answer = await client.get("/health/live", headers={"traceparent": UNSAMPLED})
        await client.get("/health/live", headers={"traceparent": PARENT})
    assert answer.headers["X-Trace-ID"] == TRACE
    assert len(collector.wait_for(1)) == 1


async def test_neither_what_was_asked_for_nor_a_token_is_in_a_span(
    central: Central, collector: Collector
) -> None:
    async with client_of(central) as client:
        header = {"Authorization": "Bearer secret-token"}
        await client.get("/api/v1.0/members/Ada%20Lovelace/status?who=Ada", headers=header)
    collector.wait_for(1)
    for body in collector.bodies:
        assert b"secret-token" not in body
        assert b"Ada" not in body


async def test_what_fails_is_an_error(tracing: Tracing, collector: Collector) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 -- ASGI
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(TraceRequests(app, tracing)), base_url="http://central.test"
    ) as client:
        await client.get("/")
    (span,) = collector.wait_for(1)
    assert span.failed
    assert span.name == "GET"


async def test_what_is_no_request_passes(tracing: Tracing, collector: Collector) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 -- ASGI
        seen.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_message: Message) -> None:
        return None

    await TraceRequests(app, tracing)({"type": "lifespan"}, receive, send)
    assert seen == ["lifespan"]
    assert collector.spans() == []


def test_an_entry_joins_its_own_trace(central: Central, collector: Collector) -> None:
    assert ingested(central, PARENT).accepted == 1
    spans = collector.wait_for(2)
    ingest, project = named(spans, "ingest"), named(spans, "project")
    assert (ingest.trace_id, ingest.parent_id) == (TRACE, "b" * 16)
    assert project.parent_id == ingest.span_id
    assert ingest.facts["gatepost.card_id"] == bytes(16).hex()
    assert ingest.facts["gatepost.decision"] == "admit"
    assert ingest.facts["gatepost.seq"] == 1


@pytest.mark.parametrize("other", [None, UNSAMPLED, "nonsense", "00-xyz"])
def test_an_entry_without_a_trace_that_is_recorded_has_no_span(
    central: Central, collector: Collector, other: str | None
) -> None:
    assert ingested(central, other, PARENT, other).accepted == 3
    spans = collector.wait_for(2)
    assert named(spans, "ingest").facts["gatepost.seq"] == 2


def test_what_is_wrong_with_a_log_is_found_as_without_tracing(
    central: Central, world: World
) -> None:
    device = device_of(central, enrol(central))
    entries = chain(3, device.device_id)
    with pytest.raises(ConflictError):
        central.audit.ingest(device, batch(entries[1:], first=2))
    central.audit.ingest(device, batch(entries))
    other = chain(1, device.device_id, first=3, previous=entry_hash(entries[0]))
    with pytest.raises(ConflictError):
        central.audit.ingest(device, batch(other, first=3))
    with world.fake.read() as tx:
        kinds = {
            incident.kind for incident in tx.incidents.of([device.audience], handled=None, most=9)
        }
    assert {"mark_went_back", "fork"} <= kinds


def test_what_central_cannot_read_has_no_span(central: Central, collector: Collector) -> None:
    device = device_of(central, enrol(central))
    assert central.audit.ingest(device, batch([b"no entry"])).quarantined == [1]
    assert collector.spans() == []


def test_where_no_collector_is_named_nothing_is_traced(tmp_path: Path) -> None:
    with traced("", 0.1, tmp_path) as tracing:
        assert tracing is None
    with traced("http://127.0.0.1:9", 0.1, tmp_path) as tracing:
        assert tracing is not None
