"""Service levels and what is left of their error budgets. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from central.figures.latencies import slower_than
from central.figures.scans import Scans
from central.ports.rollups import Latency

WINDOW_DAYS: Final = 30
AVAILABILITY: Final = 0.999  # of those who show a card are judged
TOKEN_MS: Final = 200
TOKENS_IN_TIME: Final = 0.95
ANSWERS: Final = 0.99  # of the calls to central are answered without a fault of central's


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One service level over 30 days: ``bad`` of ``every`` fell short, where ``allowed`` may."""

    name: str
    title: str
    target: float
    every: int
    bad: int

    @property
    def reached(self) -> float | None:
        """Which part was good; None where there was nothing."""
        return (self.every - self.bad) / self.every if self.every else None

    @property
    def allowed(self) -> float:
        """How many may fall short."""
        return (1 - self.target) * self.every

    @property
    def budget_left(self) -> float | None:
        """Which part of the error budget is left; less than nothing where it is overdrawn."""
        return 1 - self.bad / self.allowed if self.every else None

    @property
    def is_met(self) -> bool:
        """Whether the level was reached; nothing at all reaches it."""
        return self.bad <= self.allowed


def objectives_of(
    scans: Scans, tokens: Mapping[int, Latency], answers: tuple[int, int]
) -> list[Objective]:
    """The three levels; ``answers`` are how many failed and how many there were."""
    slow, every = slower_than(tokens, TOKEN_MS)
    failed, answered = answers
    return [
        Objective(
            name="availability",
            title="Validation availability",
            target=AVAILABILITY,
            every=scans.judged + scans.quarantined,
            bad=scans.faults + scans.quarantined,
        ),
        Objective(
            name="tokens",
            title=f"Online tokens within {TOKEN_MS} ms",
            target=TOKENS_IN_TIME,
            every=every,
            bad=slow,
        ),
        Objective(
            name="answers",
            title="Calls that central answered without failing",
            target=ANSWERS,
            every=answered,
            bad=failed,
        ),
    ]
