"""A presentation as a trace: its steps, what is known of it, and what it hands on."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from cardcore.audit import AuditEntry
from cardcore.ids import CardId
from cardcore.keyset import Alg
from cardcore.membership import Status, UnknownStatus
from scanner.door.moment import Moment
from scanner.errors import LedgerError
from scanner.ports import Attempt, Committed, StatusSource
from scanner.traced import STAGES, TracedPipeline
from telemetry.operations import trace_headers
from telemetry.trace_context import CURRENT, parse_traceparent
from telemetry.tracing import Tracing
from tests.fakes.card_material import KIDS, some_claims
from tests.fakes.collector import Collector, Seen, below, collecting
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_door import DOOR, a_card, a_presentation, an_identity, by_the_floor
from tests.fakes.scanner_ledger import FakeLedger
from tests.fakes.scanner_parts import FakeDecoder, FakeKeyRing, FakeStatus

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


class Asking:
    """A status that tells which headers a request would have had."""

    circuit = "closed"

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []

    def status_of(self, card_id: CardId, at: Moment) -> Status:  # noqa: ARG002 -- the port's signature
        self.headers.append(trace_headers())
        return UnknownStatus()


class Recording(FakeLedger):
    """A ledger that shows what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[AuditEntry] = []

    def commit(self, attempt: Attempt) -> Committed:
        self.given.append(attempt.entry)
        return super().commit(attempt)


class Broken(FakeLedger):
    """A ledger with a fault of its own."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def commit(self, attempt: Attempt) -> Committed:  # noqa: ARG002 -- the port
        raise self._error


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def a_tracing(folder: Path, url: str, share: float = 1.0) -> Tracing:
    return Tracing(
        service="gatepost-door", url=url, share=share, folder=folder, now=time.time_ns, every_ms=50
    )


def traced(
    tracing: Tracing, *, ledger: FakeLedger | None = None, status: StatusSource | None = None
) -> TracedPipeline:
    ledger = ledger or FakeLedger()
    return TracedPipeline(
        tracing=tracing,
        identity=an_identity(),
        clock=FakeClock(),
        decoder=FakeDecoder(),
        keys=FakeKeyRing(),
        status=status or FakeStatus(),
        ledger=ledger,
        trust=by_the_floor(ledger),
    )


def root_of(spans: list[Seen]) -> Seen:
    (root,) = [span for span in spans if span.name == "presentation"]
    return root


def test_a_presentation_has_a_span_for_each_step(tmp_path: Path, collector: Collector) -> None:
    with closing(a_tracing(tmp_path, collector.url)) as tracing:
        traced(tracing).answer(a_presentation(a_card()))
        spans = collector.wait_for(7)
    root = root_of(spans)
    assert (root.service, root.parent_id) == ("gatepost-door", "")
    assert below(spans, root) == set(STAGES)
    steps = {span.name: span for span in spans}
    assert all(span.ended >= span.began for span in spans)
    made = [steps[stage] for stage in STAGES if stage != "status"]
    assert [span.began for span in made] == sorted(span.began for span in made)


EXPECTED: Final = {
    "gatepost.operation": "presentation",
    "gatepost.door": DOOR,
    "gatepost.decision": "admit",
    "gatepost.reason": "ok_fallback",
    "gatepost.card_id": some_claims().card_id.hex(),
    "gatepost.key_id": KIDS[Alg.HMAC_256_256].hex(),
    "gatepost.seq": 1,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_presentation_says_what_is_known_of_it(
    tmp_path: Path, collector: Collector, name: str
) -> None:
    with closing(a_tracing(tmp_path, collector.url)) as tracing:
        traced(tracing).answer(a_presentation(a_card()))
        root = root_of(collector.wait_for(7))
    assert root.facts[name] == EXPECTED[name]
    assert root.facts["gatepost.circuit"] in {"closed", "open"}


def test_no_name_and_no_text_of_a_card_is_in_a_span(tmp_path: Path, collector: Collector) -> None:
    card = a_card()
    with closing(a_tracing(tmp_path, collector.url)) as tracing:
        traced(tracing).answer(a_presentation(card))
        collector.wait_for(7)
    for body in collector.bodies:
        assert card.encode() not in body
        assert b"MC1:" not in body


def test_what_is_no_card_names_none_and_asks_nobody(tmp_path: Path, collector: Collector) -> None:
    with closing(a_tracing(tmp_path, collector.url)) as tracing:
        traced(tracing).answer(a_presentation("no card"))
        spans = collector.wait_for(7)
    root = root_of(spans)
    assert below(spans, root) == set(STAGES)
    assert "gatepost.card_id" not in root.facts
    assert root.facts["gatepost.reason"] == "not_a_card"


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_entry_names_the_trace(tmp_path: Path, share: float) -> None:
    ledger = Recording()
    with closing(a_tracing(tmp_path, "http://127.0.0.1:9", share)) as tracing:
        pipeline = traced(tracing, ledger=ledger)
        pipeline.answer(a_presentation(a_card()))
        pipeline.answer(a_presentation("no card"))
    first, second = (parse_traceparent(entry.traceparent) for entry in ledger.given)
    assert first is not None
    assert second is not None
    assert first.trace_id != second.trace_id
    assert first.sampled is bool(share)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_is_asked_of_central_names_the_trace(tmp_path: Path, share: float) -> None:
    asked, ledger = Asking(), Recording()
    with closing(a_tracing(tmp_path, "http://127.0.0.1:9", share)) as tracing:
        traced(tracing, status=asked, ledger=ledger).answer(a_presentation(a_card()))
    (headers,) = asked.headers
    written = parse_traceparent(ledger.given[0].traceparent)
    assert written is not None
    assert headers["X-Trace-ID"] == written.trace_id
    found = parse_traceparent(headers["traceparent"])
    assert found is not None
    # where it is recorded, the request stands below the status; else below what is not recorded either
    assert (found.span_id == written.span_id) is not bool(share)
    assert CURRENT.get() is None


def test_a_ledger_that_cannot_be_written_is_recorded(tmp_path: Path, collector: Collector) -> None:
    broken = Broken(LedgerError("disk full"))
    with closing(a_tracing(tmp_path, collector.url)) as tracing:
        answer = traced(tracing, ledger=broken).answer(a_presentation(a_card()))
        assert answer.seq is None
        root = root_of(collector.wait_for(2))
    assert root.failed
    assert root.events == ("exception",)


def test_what_nobody_foresaw_is_recorded_and_raised(tmp_path: Path, collector: Collector) -> None:
    with closing(a_tracing(tmp_path, collector.url)) as tracing:
        with pytest.raises(RuntimeError, match="nobody"):
            traced(tracing, ledger=Broken(RuntimeError("nobody"))).answer(a_presentation(a_card()))
        assert CURRENT.get() is None
        root = root_of(collector.wait_for(2))
    assert root.failed


def test_a_traced_door_decides_as_any_other(tmp_path: Path) -> None:
    with closing(a_tracing(tmp_path, "http://127.0.0.1:9")) as tracing:
        pipeline = traced(tracing)
        first = pipeline.answer(a_presentation(a_card()))
        again = pipeline.answer(a_presentation(a_card()))
    assert first.seq == 1
    assert again.decision.reason.value == "replayed"
