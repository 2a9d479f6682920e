"""A circuit breaker of pybreaker and one by hand keep the same promises."""

from collections.abc import Callable
from typing import Protocol

import pytest

from scanner.adapters.breaker_pybreaker import LinkBreaker
from scanner.circuit import Breaker
from scanner.errors import LinkDownError, LinkRefusedError
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_parts import FakeBreaker

OPEN_FOR = 60.0


class Circuit(Protocol):
    """A breaker that opens after two failures, and how its window passes."""

    breaker: Breaker
    wait: Callable[[], None]


class _Real:
    def __init__(self) -> None:
        clock = FakeClock()
        self.breaker: Breaker = LinkBreaker(
            mono=clock.mono, failures=2, open_for=OPEN_FOR, successes=1
        )
        self.wait: Callable[[], None] = lambda: clock.advance(OPEN_FOR)


class _Fake:
    def __init__(self) -> None:
        fake = FakeBreaker(failures=2)
        self.breaker: Breaker = fake
        self.wait: Callable[[], None] = fake.mend


@pytest.fixture(params=[_Fake, _Real])
def circuit(request: pytest.FixtureRequest) -> Circuit:
    made: Circuit = request.param()
    return made


def _down() -> str:
    msg = "nothing answers"
    raise LinkDownError(msg)


def _refused() -> str:
    raise LinkRefusedError(403, "urn:x", "no")


def _fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(LinkDownError):
            breaker.call(_down)


def test_an_answer_comes_through(circuit: Circuit) -> None:
    assert circuit.breaker.call(lambda: "yes") == "yes"
    assert circuit.breaker.state == "closed"


def test_failures_in_a_row_open_it_and_nothing_is_asked_then(circuit: Circuit) -> None:
    _fail(circuit.breaker, 2)
    assert circuit.breaker.state == "open"
    asked: list[str] = []
    with pytest.raises(LinkDownError, match="open"):
        circuit.breaker.call(lambda: asked.append("asked"))
    assert asked == []


def test_an_answer_in_between_begins_the_count_anew(circuit: Circuit) -> None:
    _fail(circuit.breaker, 1)
    circuit.breaker.call(lambda: "yes")
    _fail(circuit.breaker, 1)
    assert circuit.breaker.state == "closed"


def test_a_refusal_is_an_answer_and_opens_nothing(circuit: Circuit) -> None:
    for _ in range(5):
        with pytest.raises(LinkRefusedError):
            circuit.breaker.call(_refused)
    assert circuit.breaker.state == "closed"


def test_once_the_window_has_passed_a_success_closes_it(circuit: Circuit) -> None:
    _fail(circuit.breaker, 2)
    circuit.wait()
    assert circuit.breaker.state == "half-open"
    assert circuit.breaker.call(lambda: "back") == "back"
    assert circuit.breaker.state == "closed"


def test_once_the_window_has_passed_a_failure_opens_it_again(circuit: Circuit) -> None:
    _fail(circuit.breaker, 2)
    circuit.wait()
    _fail(circuit.breaker, 1)
    assert circuit.breaker.state == "open"
