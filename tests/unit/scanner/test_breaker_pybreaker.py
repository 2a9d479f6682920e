"""What pybreaker alone would get wrong."""

import pytest

from cardcore.ids import Micros
from scanner.adapters.breaker_pybreaker import LinkBreaker
from scanner.circuit import CircuitFacts
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


class _Notes:
    """CircuitNotes in memory."""

    def __init__(self) -> None:
        self.told: list[CircuitFacts] = []
        self.wanted = False

    def tell(self, facts: CircuitFacts) -> None:
        self.told.append(facts)

    def reset_is_wanted(self) -> bool:
        return self.wanted

    def reset_done(self) -> None:
        self.wanted = False


def _watched(notes: _Notes, clock: FakeClock) -> LinkBreaker:
    return LinkBreaker(mono=clock.mono, failures=2, open_for=60.0, successes=1, notes=notes)


def _fail(breaker: LinkBreaker) -> None:
    with pytest.raises(LinkDownError):
        breaker.call(_down)


def test_each_change_is_told_once_and_the_opening_counts_from_the_first() -> None:
    notes, clock = _Notes(), FakeClock()
    breaker = _watched(notes, clock)
    breaker.call(lambda: "yes")
    _fail(breaker)
    _fail(breaker)
    _fail(breaker)  # open: nobody is asked, nothing changes
    clock.advance(60)
    clock.step(-3_600)
    _fail(breaker)  # the trial
    assert [(facts.state, facts.failures) for facts in notes.told] == [
        ("closed", 0),
        ("closed", 1),
        ("open", 2),
        ("open", 3),
    ]
    first, again = notes.told[2:]
    assert first.opened_since == again.opened_since
    assert first.opened_since is not None
    assert first.next_try == first.opened_since + 60_000_000
    assert again.next_try is not None
    assert again.next_try > first.next_try
    assert breaker.facts == again
    assert again.state_at(Micros(again.next_try - 1)) == "open"
    assert again.state_at(again.next_try) == "half-open"


def test_a_circuit_closed_again_tells_of_no_opening() -> None:
    notes, clock = _Notes(), FakeClock()
    breaker = _watched(notes, clock)
    _fail(breaker)
    _fail(breaker)
    clock.advance(60)
    breaker.call(lambda: "back")
    assert notes.told[-1] == CircuitFacts(state="closed")


def test_a_reset_by_hand_is_acted_on_at_the_next_call_and_once() -> None:
    notes, clock = _Notes(), FakeClock()
    breaker = _watched(notes, clock)
    _fail(breaker)
    _fail(breaker)
    notes.wanted = True
    assert breaker.state == "closed"  # or nobody would ask
    assert breaker.call(lambda: "back") == "back"
    assert notes.told[-1] == CircuitFacts(state="closed")
    _fail(breaker)
    assert breaker.state == "closed"  # the count began anew
    _fail(breaker)
    assert breaker.state == "open"


def test_the_log_tells_each_change_with_failures_since_when_and_the_next_try(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = FakeClock()
    breaker = LinkBreaker(mono=clock.mono, failures=2, open_for=60.0, successes=1, name="sync")
    _fail(breaker)
    assert caplog.messages == []
    _fail(breaker)
    assert caplog.messages == [
        "circuit sync: open, was closed; failures in a row: 2; opened 0 s ago, next try in 59 s"
    ]
    clock.advance(60)
    breaker.call(lambda: "yes")
    assert caplog.messages[-1] == "circuit sync: closed, was open; failures in a row: 0"
