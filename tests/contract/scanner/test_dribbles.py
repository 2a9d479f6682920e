"""An answer has an end to how long it may take in all, wherever it is dribbled: in its head, its body, or under TLS."""

import os
from collections.abc import Callable
from contextlib import closing
from typing import Final

import pytest

from cardcore import wire
from cardcore.ids import CardId, Micros
from scanner.adapters.breaker_pybreaker import LinkBreaker
from scanner.adapters.central_httpx import HttpCentral
from scanner.adapters.clock_system import SystemClock
from scanner.circuit import OPEN
from scanner.errors import LinkDownError
from scanner.status import LiveStatus
from scanner.sync.refresh import Refresher
from scanner.sync.upload import upload_all
from tests.fakes.card_material import NOW
from tests.fakes.dribbling import Dribbler
from tests.fakes.scanner_clock import FakeClock, moment_at
from tests.fakes.scanner_door import a_refusal
from tests.fakes.scanner_http import Told, answering
from tests.fakes.scanner_ledger import EPOCH, FakeLedger
from tests.fakes.scanner_parts import FakeKeyRing
from tests.fakes.scanner_standings import FakeStandings
from tests.fakes.scanner_trust import a_gate

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

CARD: Final = CardId(bytes(16))
HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TIMES: Final = 400  # the clock of these tests runs so much faster: five minutes are 0.8 s
PLACES: Final = {
    "the status line": (b"HTTP/1.1 200 O" + b"K" * 60_000, b""),
    "a header": (b"x", HEAD + b"X-Long: "),
    "headers": (b"X: 1\r\n", HEAD),
    "a body of a length": (b" ", HEAD + b"Content-Length: 60000\r\n\r\n"),
    "a body in chunks": (b"1\r\n \r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "a body without a length": (b" ", HEAD + b"Connection: close\r\n\r\n"),
}
QUESTIONS: Final[dict[str, Callable[[HttpCentral], object]]] = {
    "status": lambda link: link.card_status(CARD),
    "mark": lambda link: link.mark(EPOCH),
    "feed": lambda link: link.admissions(0, EPOCH),
    "time": lambda link: link.time(bytes(16)),
    "upload": lambda link: link.upload(wire.AuditBatch(epoch=EPOCH.hex(), first=1, entries=[b"x"])),
    "key set": lambda link: link.key_set(None),
    "snapshot": lambda link: link.snapshot(None),
}


def _fast() -> Micros:
    return Micros(SystemClock().mono() * TIMES)


def _link(port: int, scheme: str = "http") -> HttpCentral:
    return HttpCentral(f"{scheme}://127.0.0.1:{port}", "t", _fast)


@pytest.mark.parametrize("place", PLACES)
def test_wherever_it_dribbles_it_is_given_up(place: str) -> None:
    slowly, at_once = PLACES[place]
    with (
        Dribbler(slowly, at_once=at_once) as server,
        closing(_link(server.port)) as link,
        pytest.raises(LinkDownError, match="end of its answer"),
    ):
        link.card_status(CARD)


@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_was_asked_it_is_given_up(question: str) -> None:
    with (
        Dribbler(b"x", at_once=HEAD + b"X: ") as server,
        closing(_link(server.port)) as link,
        pytest.raises(LinkDownError, match="end of its answer"),
    ):
        QUESTIONS[question](link)


def test_whoever_takes_the_question_byte_by_byte_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scanner.adapters.central_httpx.link.UPLOAD_WITHIN", 0.3)
    entries = [os.urandom(16_000) for _ in range(500)]  # more than the machine's buffers hold
    batch = wire.AuditBatch(epoch=EPOCH.hex(), first=1, entries=entries)
    with (
        Dribbler(b"", reads=False) as server,
        closing(_link(server.port)) as link,
        pytest.raises(LinkDownError, match="central does not"),
    ):
        link.upload(batch)


def test_whoever_breaks_off_while_it_is_asked_is_away() -> None:
    batch = wire.AuditBatch(epoch=EPOCH.hex(), first=1, entries=[os.urandom(8_000_000)])
    with (
        answering(Told(reset=True)) as server,
        closing(HttpCentral(server.url, "t", _fast)) as link,
        pytest.raises(LinkDownError),
    ):
        link.upload(batch)


def test_a_greeting_under_tls_that_does_not_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scanner.adapters.central_httpx.link.CONNECT_WITHIN", 0.3)
    record = b"\x16\x03\x03\x40\x00"  # a handshake of 16 kB is announced
    with (
        Dribbler(b"\x00", at_once=record) as server,
        closing(_link(server.port, "https")) as link,
        pytest.raises(LinkDownError, match="does not answer"),
    ):
        link.card_status(CARD)


def test_a_sync_that_is_dribbled_at_marks_nothing_and_ends() -> None:
    ledger, keyring, standings = FakeLedger(), FakeKeyRing(), FakeStandings()
    ledger.commit(a_refusal())
    with Dribbler(b"x", at_once=HEAD + b"X: ") as server, closing(_link(server.port)) as link:
        refresher = Refresher(
            link=link,
            keyring=keyring,
            memory=standings,
            gate=a_gate(clock=FakeClock(), outbox=ledger),
        )
        for ask in (refresher.refresh, lambda: upload_all(link, ledger)):
            with pytest.raises(LinkDownError):
                ask()
    assert (ledger.backlog(), ledger.marks, keyring.replaced, standings.version) == (1, {}, [], 0)


def test_a_status_that_is_dribbled_at_opens_the_circuit_and_the_door_waits_no_more() -> None:
    clock = SystemClock()
    with Dribbler(b"x", at_once=HEAD + b"X: ") as server, closing(_link(server.port)) as link:
        breaker = LinkBreaker(mono=clock.mono, failures=2)
        live = LiveStatus(link=link, breaker=breaker, memory=FakeStandings(), mono=clock.mono)
        with closing(live):
            while live.circuit != OPEN:
                assert live.ask(CARD, moment_at(NOW)) is None
            assert live.ask(CARD, moment_at(NOW)) is None


def test_a_connection_that_is_kept_serves_the_next_question_with_a_time_of_its_own() -> None:
    clock = FakeClock()
    answer = wire.serialise(wire.MarkAnswer(epoch=EPOCH.hex(), mark=0, hash="00" * 32))
    with (
        answering(Told(body=answer)) as server,
        closing(HttpCentral(server.url, "t", clock.mono)) as link,
    ):
        for _ in range(3):
            clock.advance(3_600)
            assert link.mark(EPOCH).mark == 0
