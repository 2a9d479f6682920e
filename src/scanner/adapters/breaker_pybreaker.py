"""The circuit breaker: pybreaker, with its window on the monotonic clock.

pybreaker reads the wall clock and holds its lock while the guarded call runs. So the storage below answers "opened at"
from monotonic time, and one thread alone makes guarded calls; others only read the state.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

import pybreaker

from cardcore.ids import Micros
from scanner.circuit import CircuitFacts, CircuitNotes, NoNotes
from scanner.errors import DeviceRevokedError, LinkDownError, LinkRefusedError

Result = TypeVar("Result")

FAILURES: Final = 5  # in a row open the circuit
OPEN_FOR: Final = 60.0  # seconds until a trial
SUCCESSES: Final = 3  # trials in a row close it
_MICROS: Final = 1_000_000
_log = logging.getLogger(__name__)
# What pybreaker compares with the wall clock: never reached, so its own window never ends too early.
_NOT_YET: Final = datetime(9000, 1, 1, tzinfo=UTC)


class _MonotonicStorage(pybreaker.CircuitMemoryStorage):
    """State in memory; whether the window has passed is told by a monotonic clock."""

    def __init__(self, mono: Callable[[], Micros], open_for: float) -> None:
        super().__init__(pybreaker.STATE_CLOSED)
        self._mono = mono
        self._open_for = Micros(int(open_for * _MICROS))
        self.opened_mono: Micros | None = None
        self.since: Micros | None = None  # when it was last closed, also through trials that failed

    @property
    def opened_at(self) -> datetime | None:
        """None once the window has passed: pybreaker then makes a trial."""
        return None if self.is_due else _NOT_YET

    @opened_at.setter
    def opened_at(self, _wall: datetime) -> None:
        self.opened_mono = self._mono()
        if self.state == pybreaker.STATE_CLOSED:
            self.since = self.opened_mono

    @property
    def is_due(self) -> bool:
        return self.opened_mono is None or self._mono() - self.opened_mono >= self._open_for

    @property
    def facts(self) -> CircuitFacts:
        """How it is; where it is closed, of an earlier opening nothing is told."""
        opened = self.opened_mono
        if self.state == pybreaker.STATE_CLOSED or opened is None:
            return CircuitFacts(state=str(self.state), failures=self.counter)
        return CircuitFacts(
            state=str(self.state),
            failures=self.counter,
            opened_since=self.since,
            next_try=Micros(opened + self._open_for),
        )


class LinkBreaker:
    """Guards questions to central. A refusal (4xx) is an answer and counts as none of the failures."""

    def __init__(
        self,
        *,
        mono: Callable[[], Micros],
        failures: int = FAILURES,
        open_for: float = OPEN_FOR,
        successes: int = SUCCESSES,
        name: str = "link",
        notes: CircuitNotes | None = None,
    ) -> None:
        self._name = name
        self._mono = mono
        self._notes: CircuitNotes = NoNotes() if notes is None else notes
        self._storage = _MonotonicStorage(mono, open_for)
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=failures,
            reset_timeout=open_for,
            success_threshold=successes,
            exclude=[LinkRefusedError, DeviceRevokedError],
            state_storage=self._storage,
            throw_new_error_on_trip=False,
        )
        self._told = self._storage.facts
        self._notes.tell(self._told)

    def call(self, ask: Callable[[], Result]) -> Result:
        """``ask()``, unless the circuit is open.

        Raises:
            LinkDownError: open, or the question failed.
            LinkRefusedError: central said no.
        """
        if self._notes.reset_is_wanted():
            self._notes.reset_done()
            self._breaker.close()  # in the calling thread: from another it would wait for a call under way
            _log.warning("circuit %s: closed by hand", self._name)
        try:
            return self._breaker.call(ask)
        except pybreaker.CircuitBreakerError as error:
            msg = "the circuit is open"
            raise LinkDownError(msg) from error
        finally:
            self._tell()

    @property
    def state(self) -> str:
        """closed, open or half-open; an open circuit whose window has passed is half-open."""
        if self._notes.reset_is_wanted():
            return str(pybreaker.STATE_CLOSED)  # so that the next question is asked
        state = str(self._storage.state)
        if state == pybreaker.STATE_OPEN and self._storage.is_due:
            return str(pybreaker.STATE_HALF_OPEN)
        return state

    @property
    def reset_is_wanted(self) -> bool:
        """Whether somebody has asked for it since the last call."""
        return self._notes.reset_is_wanted()

    @property
    def facts(self) -> CircuitFacts:
        """State, failures in a row, since when, and the next try."""
        return self._storage.facts

    def _times(self, facts: CircuitFacts) -> str:
        """Since when it has not been closed, and when it tries again, in words for the log."""
        if facts.opened_since is None or facts.next_try is None:
            return ""
        now = self._mono()
        away, wait = (now - facts.opened_since) // _MICROS, (facts.next_try - now) // _MICROS
        return f"; opened {away} s ago, next try in {max(0, wait)} s"

    def _tell(self) -> None:
        facts = self._storage.facts
        if facts == self._told:
            return
        if facts.state != self._told.state:
            _log.warning(
                "circuit %s: %s, was %s; failures in a row: %d%s",
                self._name,
                facts.state,
                self._told.state,
                facts.failures,
                self._times(facts),
            )
        self._told = facts
        self._notes.tell(facts)
