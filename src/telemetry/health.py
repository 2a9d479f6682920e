"""Health: checks, each with what was found in a plain sentence and how long that took, and what follows from them.

A critical check that fails makes the whole DOWN. Else the share of healthy checks decides: under WELL it is DEGRADED, under
HALF it is DOWN. A check that raises has failed; its fault is the sentence.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

WELL: Final = 0.9
HALF: Final = 0.5
KEPT_FOR: Final = 1_000_000  # µs; whoever asks more often is told the same again, and costs nothing
SENTENCE_CHARS_MAX: Final = 300
OK, UNAVAILABLE = 200, 503

Figures: TypeAlias = Mapping[str, int | float | str | None]
"""Figures by name, for programs."""


class Condition(StrEnum):
    """How the whole is."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"


class Level(StrEnum):
    """How much is asked: whether it lives, whether it can work, or all that is known."""

    LIVE = "live"
    READY = "ready"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a look found: a plain sentence, and figures for programs.

    ``bearable``: not as it should be, yet the program does its work: no reason to call the whole DOWN.
    """

    healthy: bool
    words: str
    figures: Figures = field(default_factory=dict)
    bearable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing to look at. What takes its time is looked at ``every`` so many µs, and its last check told meanwhile."""

    name: str
    look: Callable[[], Finding]
    critical: bool = False
    every: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A probe that was made; ``ms`` is how long it took."""

    name: str
    healthy: bool
    critical: bool
    ms: float
    words: str
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """All checks, and what follows; ``ratio`` is the share of healthy ones. ``figures`` are those of the business."""

    status: Condition
    ratio: float
    checks: Sequence[Check]
    figures: Figures = field(default_factory=dict)

    @property
    def http_status(self) -> int:
        """200 while it works, be it badly; 503 where it does not."""
        return UNAVAILABLE if self.status is Condition.DOWN else OK

    @property
    def line(self) -> str:
        """In one line: the word, how many checks are well, and which are not."""
        failed = [check.name for check in self.checks if not check.healthy]
        well = f"{self.status.value}, {len(self.checks) - len(failed)} of {len(self.checks)} checks well"
        return f"{well}; not: {', '.join(failed)}" if failed else well


def condition_of(checks: Sequence[Check]) -> tuple[Condition, float]:
    """What follows from ``checks``, and the share of healthy ones; of nothing, all is well."""
    ratio = sum(check.healthy for check in checks) / len(checks) if checks else 1.0
    if ratio < HALF or any(check.critical and not check.healthy for check in checks):
        return Condition.DOWN, ratio
    return (Condition.DEGRADED if ratio < WELL else Condition.UP), ratio


Explain = Callable[[str, Exception], str]
"""The sentence of a check, by name, that could not be made."""


def said(_name: str, error: Exception) -> str:
    """The fault itself is the sentence: for whoever may know it."""
    return f"cannot be looked at: {str(error) or type(error).__name__}"


def examine(
    probes: Sequence[Probe], mono: Callable[[], int], explain: Explain = said
) -> tuple[Check, ...]:
    """Make ``probes``, in order; ``mono`` gives µs."""
    return tuple(_made(probe, mono, explain) for probe in probes)


def report_of(checks: Sequence[Check], figures: Figures | None = None) -> HealthReport:
    """The report of ``checks``."""
    status, ratio = condition_of(checks)
    return HealthReport(
        status=status, ratio=round(ratio, 3), checks=tuple(checks), figures=figures or {}
    )


class Examiner:
    """Makes the probes of a level, not more often than every KEPT_FOR; for any thread.

    ``figures`` are asked for the full report alone.
    """

    def __init__(
        self,
        *,
        live: Sequence[Probe],
        ready: Sequence[Probe],
        mono: Callable[[], int],
        figures: Callable[[], Figures] | None = None,
        explain: Explain = said,
    ) -> None:
        self._probes = {Level.LIVE: (*live,), Level.READY: (*ready,), Level.FULL: (*live, *ready)}
        self._figures = figures
        self._mono = mono
        self._explain = explain
        self._lock = threading.Lock()
        self._kept: dict[Level, tuple[int, HealthReport]] = {}
        self._slow: dict[str, tuple[int, Check]] = {}

    def report(self, level: Level) -> HealthReport:
        """Health at this level; while another looks, that of the look before."""
        if not self._lock.acquire(blocking=level not in self._kept):
            return self._kept[level][1]
        try:
            kept = self._kept.get(level)
            if kept is not None and self._mono() - kept[0] < KEPT_FOR:
                return kept[1]
            report = self._look(level)
            self._kept[level] = (self._mono(), report)
            return report
        finally:
            self._lock.release()

    def newest(self, level: Level) -> HealthReport | None:
        """The last report, however old; None before the first. Waits for nothing."""
        kept = self._kept.get(level)
        return None if kept is None else kept[1]

    def _look(self, level: Level) -> HealthReport:
        checks = [self._check(probe) for probe in self._probes[level]]
        if level is Level.FULL and self._figures is not None:
            with suppress(Exception):  # what keeps them from being counted is told by a check
                return report_of(checks, self._figures())
        return report_of(checks)

    def _check(self, probe: Probe) -> Check:
        made = self._slow.get(probe.name)
        if made is not None and self._mono() - made[0] < probe.every:
            return made[1]
        (check,) = examine([probe], self._mono, self._explain)
        if probe.every and check.healthy:  # what failed is looked at again at once
            self._slow[probe.name] = (self._mono(), check)
        return check


def _made(probe: Probe, mono: Callable[[], int], explain: Explain) -> Check:
    began = mono()
    try:
        found = probe.look()
    except Exception as error:  # noqa: BLE001 -- a check that cannot be made has failed, whatever the reason
        found = Finding(healthy=False, words=explain(probe.name, error))
    return Check(
        name=probe.name,
        healthy=found.healthy,
        critical=probe.critical and not found.bearable,
        ms=round((mono() - began) / 1_000, 3),
        words=found.words[:SENTENCE_CHARS_MAX],
        figures=found.figures,
    )
