"""One trace across door and central, as a real collector gets it over HTTP."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cardcore.verify import SKEW
from scanner.bootstrap.door import open_door
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.step import open_sync
from scanner.config import Settings
from scanner.door.answer import Answer
from scanner.door.frame import Presentation
from telemetry.trace_context import parse_traceparent
from telemetry.tracing import Tracing
from tests.fakes.central_here import Here, serving_here
from tests.fakes.central_process import LOOPBACK, row
from tests.fakes.collector import Collector, Seen, below, collecting
from tools import phone

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]
STAGES = {"decode", "verify", "replay", "status", "decide", "commit"}
ROUTE = "GET /api/v1.0/cards/{card_id}/status"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as found:
        monkeypatch.setenv("GATEPOST_CENTRAL_TRACE_ENDPOINT", found.url)
        monkeypatch.setenv("GATEPOST_CENTRAL_TRACE_SHARE", "1")
        yield found


@pytest.fixture
def traced(data: Path, collector: Collector) -> Iterator[Here]:
    assert collector.url
    with serving_here(data) as server:
        yield server


def enrolled(data: Path, server: Here) -> Settings:
    settings = Settings(data=str(data.parent / "door"), ask_after_s=0, ask_within_s=5)
    enrol_device(settings, server.url, str(row(data, "device", "code", "North")["code"]))
    return settings


def a_token(data: Path, server: Here) -> str:
    card = str(row(data, "card", "issue", "M-1")["card_id"])
    member = phone.claim(server.url, str(row(data, "card", "link", card)["link"]))
    return member.token(int(time.time()) + SKEW, life_s=60)


def present(settings: Settings, tracing: Tracing, text: str) -> Answer:
    with open_door(settings, tracing=tracing) as door:
        shown = Presentation(text=text, at=door.clock.now(), source="picture")
        return door.pipeline.answer(shown)


def tracing_to(settings: Settings, url: str) -> closing[Tracing]:
    return closing(
        Tracing(
            service="gatepost-door",
            url=url,
            share=1.0,
            folder=settings.folder,
            now=time.time_ns,
            every_ms=50,
        )
    )


def all_of(collector: Collector, *names: str) -> dict[str, Seen]:
    """The spans of the trace of the one presentation, once each of these is there."""
    count = 1
    while True:
        spans = collector.wait_for(count)
        roots = [span for span in spans if span.name == "presentation"]
        if roots:
            found = {one.name: one for one in spans if one.trace_id == roots[0].trace_id}
            if found.keys() >= set(names):
                return found
        count = len(spans) + 1


def test_a_scan_is_one_trace_from_the_frame_to_the_projection(
    data: Path, traced: Here, collector: Collector
) -> None:
    settings = enrolled(data, traced)
    with tracing_to(settings, collector.url) as tracing:
        answer = present(settings, tracing, a_token(data, traced))
        with open_sync(settings) as room:
            room.sync()
        found = all_of(collector, "presentation", *STAGES, ROUTE, "ingest", "project")
    spans = list(found.values())
    root = found["presentation"]
    assert root.service == "gatepost-door"
    assert below(spans, root) == STAGES | {"ingest"}
    assert below(spans, found["status"]) == {ROUTE}
    assert below(spans, found["ingest"]) == {"project"}
    assert {found[name].service for name in (ROUTE, "ingest", "project")} == {"gatepost-central"}
    assert root.facts["gatepost.card_id"] == found["ingest"].facts["gatepost.card_id"]
    assert root.facts["gatepost.reason"] == answer.decision.reason.value == "ok"
    assert not any(span.failed for span in spans)


def test_a_scan_of_friday_joins_its_trace_on_monday(
    data: Path, traced: Here, collector: Collector
) -> None:
    settings = replace(enrolled(data, traced), live_status=False)
    token = a_token(data, traced)
    with tracing_to(settings, "http://127.0.0.1:9") as friday:
        present(settings, friday, token)
    assert [span for span in collector.spans() if span.name == "presentation"] == []
    assert list((settings.folder / "traces").glob("*.otlp"))
    with tracing_to(settings, collector.url) as monday:
        with open_sync(settings) as room, monday.operation("sync"):
            room.sync()
        found = all_of(collector, "presentation", *STAGES, "ingest", "project")
    assert found["ingest"].parent_id == found["presentation"].span_id
    assert found["ingest"].began > found["presentation"].ended
    (sync,) = [span for span in all_spans(collector, "sync") if span.name == "sync"]
    assert sync.trace_id in found["ingest"].links
    assert list((settings.folder / "traces").glob("*.otlp")) == []


def all_spans(collector: Collector, name: str) -> list[Seen]:
    """All spans, once there is one of this name."""
    count = 1
    while True:
        spans = collector.wait_for(count)
        if name in {span.name for span in spans}:
            return spans
        count = len(spans) + 1


def test_people_find_the_trace_on_the_answer(traced: Here, collector: Collector) -> None:
    given = f"00-{'a' * 32}-{'b' * 16}-01"
    url = f"{traced.url}/health/live"
    answer = httpx.get(url, headers={"traceparent": given}, trust_env=False)
    assert answer.headers["X-Trace-ID"] == "a" * 32
    own = httpx.get(url, headers={"traceparent": "nonsense"}, trust_env=False)
    assert parse_traceparent(f"00-{own.headers['X-Trace-ID']}-{'b' * 16}-01") is not None
    assert own.headers["X-Trace-ID"] != "a" * 32
    spans = collector.wait_for(2)
    assert {span.name for span in spans} == {"GET /health/live"}
    assert "b" * 16 in {span.parent_id for span in spans}
