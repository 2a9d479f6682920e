"""A circuit to central, what is known of it, and where a running door leaves word of it.

All instants are monotonic: a wall clock that is set changes neither a window nor what is told of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from cardcore.ids import Micros

Result = TypeVar("Result")
CLOSED: Final = "closed"
OPEN: Final = "open"
HALF_OPEN: Final = "half-open"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitFacts:
    """``failures`` in a row so far; since when it has not been closed, and from when on it tries again (µs since boot)."""

    state: str
    failures: int = 0
    opened_since: Micros | None = None
    next_try: Micros | None = None

    def state_at(self, mono: Micros) -> str:
        """closed, open or half-open; an open circuit whose window has passed is half-open."""
        if self.state == OPEN and (self.next_try is None or mono >= self.next_try):
            return HALF_OPEN
        return self.state


class CircuitNotes(Protocol):
    """Where a circuit tells how it is, and hears that somebody wants it closed. Total: notes are no reason to fail."""

    def tell(self, facts: CircuitFacts) -> None:
        """It has changed."""
        ...

    def reset_is_wanted(self) -> bool:
        """Whether somebody has asked for it since it was last done."""
        ...

    def reset_done(self) -> None:
        """What was asked for up to now is being done."""
        ...


class NoNotes:
    """The notes of a circuit that nobody looks at."""

    def tell(self, facts: CircuitFacts) -> None:
        """Nobody listens."""

    def reset_is_wanted(self) -> bool:
        """Nobody asks."""
        return False

    def reset_done(self) -> None:
        """Nothing was asked for."""


class Breaker(Protocol):
    """A circuit breaker; one thread makes the guarded calls."""

    def call(self, ask: Callable[[], Result]) -> Result:
        """``ask()``, unless the circuit is open.

        Raises:
            LinkDownError: open, or the question failed.
            LinkRefusedError: central said no: an answer, and so a success to the circuit.
        """
        ...

    @property
    def state(self) -> str:
        """closed, open or half-open."""
        ...
