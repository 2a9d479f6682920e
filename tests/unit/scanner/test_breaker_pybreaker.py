"""What pybreaker alone would get wrong."""

import pytest

from scanner.adapters.breaker_pybreaker import LinkBreaker
from scanner.errors import LinkDownError
from tests.fakes.scanner_clock import FakeClock


def _down() -> None:
    msg = "nothing answers"
    raise LinkDownError(msg)


def _opened(clock: FakeClock, *, successes: int = 1) -> LinkBreaker:
    breaker = LinkBreaker(mono=clock.mono, failures=1, open_for=60.0, successes=successes)
    with pytest.raises(LinkDownError, match="nothing answers"):
        breaker.call(_down)
    return breaker


def test_a_wall_clock_set_forward_does_not_end_the_window() -> None:
    clock = FakeClock()
    breaker = _opened(clock)
    clock.step(86_400)
    assert breaker.state == "open"
    clock.advance(59.9)
    assert breaker.state == "open"


def test_a_wall_clock_set_back_does_not_prolong_the_window() -> None:
    clock = FakeClock()
    breaker = _opened(clock)
    clock.step(-86_400)
    clock.advance(60)
    assert breaker.state == "half-open"
    assert breaker.call(lambda: "back") == "back"


def test_it_closes_only_after_as_many_successes_as_were_asked_for() -> None:
    clock = FakeClock()
    breaker = _opened(clock, successes=3)
    clock.advance(60)
    for state in ("half-open", "half-open", "closed"):
        breaker.call(lambda: "yes")
        assert breaker.state == state


def test_the_failure_that_opens_it_is_the_one_that_is_seen() -> None:
    clock = FakeClock()
    _opened(clock)
