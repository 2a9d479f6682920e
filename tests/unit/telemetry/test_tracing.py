"""Spans: what is recorded, what is kept while nobody takes it, and what is sent."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from telemetry import otlp, spool as spool_module
from telemetry.counters import Family
from telemetry.operations import TracingOff, trace_headers
from telemetry.otlp import Sender
from telemetry.span_figures import SpanFigures
from telemetry.spool import Spool
from telemetry.trace_context import CURRENT, TraceContext, parse_traceparent
from telemetry.tracing import Tracing
from tests.fakes.collector import Collector, collecting

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def a_tracing(folder: Path, url: str, share: float = 1.0) -> Tracing:
    return Tracing(
        service="test", url=url, share=share, folder=folder, now=time.time_ns, every_ms=50
    )


def figures_of(tracing: Tracing) -> dict[str, dict[tuple[str, ...], float]]:
    return {family.metric.name: dict(family.values) for family in tracing.families()}


def test_a_span_reaches_the_collector(tmp_path: Path, collector: Collector) -> None:
    with closing(a_tracing(tmp_path, collector.url)) as tracing:
        with tracing.operation("sync", {"gatepost.door": "North"}) as running:
            running.note({"gatepost.seq": 7})
        (span,) = collector.wait_for(1)
    assert (span.service, span.name, span.parent_id) == ("test", "sync", "")
    assert span.facts == {"gatepost.door": "North", "gatepost.seq": 7}
    assert collector.paths == ["/v1/traces"]
    assert span.ended >= span.began


def test_operations_stand_inside_each_other(tmp_path: Path, collector: Collector) -> None:
    with closing(a_tracing(tmp_path, collector.url)) as tracing:
        with tracing.operation("outer") as outer, tracing.operation("inner") as inner:
            assert CURRENT.get() == inner.context
        assert CURRENT.get() is None
        spans = {span.name: span for span in collector.wait_for(2)}
    assert spans["inner"].parent_id == outer.context.span_id == spans["outer"].span_id
    assert spans["inner"].trace_id == spans["outer"].trace_id


def test_what_an_operation_raises_is_recorded(tmp_path: Path, collector: Collector) -> None:
    with closing(a_tracing(tmp_path, collector.url)) as tracing:
        with pytest.raises(KeyError), tracing.operation("sync"):
            raise KeyError
        (span,) = collector.wait_for(1)
        assert figures_of(tracing)["gatepost_span_errors_total"] == {("sync",): 1}
    assert span.failed
    assert span.events == ("exception",)


def test_figures_of_spans(tmp_path: Path) -> None:
    with closing(a_tracing(tmp_path, NOWHERE)) as tracing:
        began = tracing.begin("slow", parent=None, at=1_000_000_000)
        assert figures_of(tracing)["gatepost_spans_active"] == {(): 1}
        began.end(3_500_000_000)
        tracing.begin("slow", parent=None, at=0).end(1)
        found = figures_of(tracing)
    assert found["gatepost_spans_active"] == {(): 0}
    assert found["gatepost_spans_created_total"] == {("slow",): 2}
    assert found["gatepost_span_longest_seconds"] == {("slow",): 2.5}
    assert found["gatepost_span_batches_dropped_total"] == {(): 0}


def test_nobody_fills_the_memory_by_inventing_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telemetry.span_figures.MOST_SERIES", 2)
    figures = SpanFigures()
    for number in range(5):
        figures.began()
        figures.ended(f"o-{number}", 0.1, failed=False)
    created = next(family for family in figures.families(0, 0) if "created" in family.metric.name)
    assert isinstance(created, Family)
    assert created.values == {("o-0",): 1, ("o-1",): 1, ("other",): 3}


@pytest.mark.parametrize(("share", "recorded"), [(0.0, False), (1.0, True)])
def test_a_trace_is_sampled_or_not(tmp_path: Path, *, share: float, recorded: bool) -> None:
    with closing(a_tracing(tmp_path, NOWHERE, share)) as tracing:
        span = tracing.begin("presentation", parent=None)
        assert (span.is_recorded, span.context.sampled) == (recorded, recorded)
        assert parse_traceparent(span.context.traceparent) == span.context


def test_a_span_follows_the_sampling_of_its_trace(tmp_path: Path) -> None:
    with closing(a_tracing(tmp_path, NOWHERE, 0.0)) as tracing:
        for sampled in (True, False):
            parent = TraceContext(trace_id="a" * 32, span_id="b" * 16, sampled=sampled)
            span = tracing.begin("ingest", parent=parent)
            assert span.context.trace_id == parent.trace_id
            assert span.is_recorded is sampled


def test_headers_name_the_operation_under_way(tmp_path: Path) -> None:
    assert trace_headers() == {}
    with closing(a_tracing(tmp_path, NOWHERE)) as tracing, tracing.operation("sync") as running:
        assert trace_headers() == {
            "traceparent": running.context.traceparent,
            "X-Trace-ID": running.context.trace_id,
        }


def test_tracing_that_is_off_does_nothing() -> None:
    with TracingOff().operation("sync", {"a": 1}) as running:
        running.note({"b": 2})
        assert trace_headers() == {}


# ── while nobody takes them ─────────────────────────────────────────────────


def test_spans_made_offline_are_sent_later(tmp_path: Path) -> None:
    with closing(a_tracing(tmp_path, NOWHERE)) as tracing, tracing.operation("friday"):
        pass
    assert len(list((tmp_path / "traces").glob("*.otlp"))) == 1
    with collecting() as collector:
        with closing(a_tracing(tmp_path, collector.url)):
            (span,) = collector.wait_for(1)
        assert span.name == "friday"
    assert list((tmp_path / "traces").iterdir()) == []


@pytest.mark.parametrize("status", [429, 408, 500, 503])
def test_a_collector_that_says_later_gets_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(otlp, "CAP", 0.01)
    with (
        collecting(status, status, 200) as collector,
        closing(a_tracing(tmp_path, collector.url)) as tracing,
    ):
        with tracing.operation("sync"):
            pass
        collector.wait_for(1)
        assert len(collector.paths) == 3


def test_what_a_collector_refuses_for_good_does_not_block_the_rest(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    spool.put(b"bad")
    spool.put(b"")
    with collecting(400, 200) as collector:
        assert Sender(spool, collector.url).drain()
        assert len(collector.bodies) == 1
    assert (spool.size(), spool.dropped) == (0, 1)


def test_a_collector_that_speaks_no_http_gets_it_later(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    spool.put(b"x")
    assert not Sender(spool, NOWHERE).drain()
    assert not Sender(spool, "https://127.0.0.1:9/below").drain()
    assert spool.size() == 1


# ── the spool ───────────────────────────────────────────────────────────────


def ticking() -> Callable[[], int]:
    ticks = iter(range(1_000_000))
    return lambda: next(ticks)


def a_spool(folder: Path, most: int = spool_module.MOST_BYTES) -> Spool:
    return Spool(folder / "traces", ticking(), most)


def test_a_full_spool_drops_the_oldest(tmp_path: Path) -> None:
    spool = a_spool(tmp_path, most=25)
    for letter in b"abcd":
        spool.put(bytes([letter]) * 10)
    assert spool.size() == 20
    assert spool.dropped == 2
    oldest = spool.oldest()
    assert oldest is not None
    assert spool.read(oldest) == b"c" * 10


def test_a_disk_without_room_drops_the_batch(tmp_path: Path) -> None:
    (tmp_path / "traces").touch()  # a file where the folder should be
    spool = a_spool(tmp_path)
    spool.put(b"x")
    assert spool.dropped == 1
    assert spool.oldest() is None


def test_what_another_process_took_is_gone(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    spool.put(b"x")
    oldest = spool.oldest()
    assert oldest is not None
    oldest.unlink()
    assert spool.read(oldest) is None
    spool.remove(oldest)


def test_only_its_owner_reads_the_spool(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    spool.put(b"x")
    assert (tmp_path / "traces").stat().st_mode & 0o077 == 0
