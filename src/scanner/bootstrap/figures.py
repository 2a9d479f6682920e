"""What a door counts while it runs, and how it is, for Prometheus on the machine's own loopback."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from cardcore.audit import ClockTrust
from cardcore.reasons import Reason
from scanner.circuit import CLOSED, HALF_OPEN, OPEN
from scanner.door.answer import Answer
from scanner.door.decision import outcome_of
from scanner.door.moment import MICROS
from telemetry.counters import OTHER, Counters, Family, Metric, MetricKind, family_of
from telemetry.health import Examiner, Figures, HealthReport, Level


def _gauge(name: str, words: str, *labels: str) -> Metric:
    return Metric(name=name, kind=MetricKind.GAUGE, words=words, labels=labels)


SCANS: Final = Metric(
    name="gatepost_scans_total",
    kind=MetricKind.COUNTER,
    words="Verdicts of this door since it began to run.",
    labels=("decision", "reason"),
)
STAGES: Final = Metric(
    name="gatepost_stage_seconds",
    kind=MetricKind.HISTOGRAM,
    words="How long each step of the path took.",
    labels=("stage",),
)
CIRCUIT: Final = _gauge("gatepost_circuit_state", "0 closed, 0.5 half-open, 1 open.", "circuit")
OUTBOX: Final = _gauge("gatepost_outbox_entries", "Entries to hand over to central.")
KEY_SET_AGE: Final = _gauge("gatepost_key_set_age_seconds", "Since central made the key set.")
LIST_AGE: Final = _gauge("gatepost_list_age_seconds", "Since central made the list of cards.")
CLOCK: Final = _gauge("gatepost_clock_trust", "1 trusted, 0.5 in holdover, 0 untrusted.")
CAMERA: Final = _gauge("gatepost_camera_fps", "Frames a second of late.")
HERE: Final = _gauge("gatepost_here", "Who is inside, by this door.")
DISK: Final = _gauge("gatepost_disk_free_bytes", "Free where the ledger is.")
HEALTH: Final = _gauge("gatepost_health", "1 where the check is well.", "check")
RATIO: Final = _gauge("gatepost_health_ratio", "The share of checks that are well.")
ALL: Final = (
    SCANS,
    STAGES,
    CIRCUIT,
    OUTBOX,
    KEY_SET_AGE,
    LIST_AGE,
    CLOCK,
    CAMERA,
    HERE,
    DISK,
    HEALTH,
    RATIO,
)
_STATES: Final = {CLOSED: 0.0, HALF_OPEN: 0.5, OPEN: 1.0}
_TRUST: Final = {ClockTrust.TRUSTED: 1.0, ClockTrust.HOLDOVER: 0.5, ClockTrust.UNTRUSTED: 0.0}
_KNOWN: Final = frozenset(reason.value for reason in Reason)
# what a check or the figures found, by the name under which they tell it
_FOUND: Final = (
    (OUTBOX, "outbox", "entries"),
    (KEY_SET_AGE, "key_set", "age_s"),
    (LIST_AGE, "cache", "age_s"),
    (DISK, "disk", "free_bytes"),
)


class DoorFigures:
    """Counts answers; gives all figures when asked. ``camera_fps`` is None where there is no camera."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.camera_fps: Callable[[], float | None] = lambda: None

    def heard(self, answer: Answer) -> None:
        """A card was judged."""
        reason = answer.decision.reason.value
        known = reason if reason in _KNOWN else OTHER
        self.counters.count(SCANS, outcome_of(answer.decision).value, known)
        for stage, took in answer.stages.items():
            self.counters.observe(STAGES, took / MICROS, stage)

    def families(self, examiner: Examiner) -> Iterator[Family]:
        """As things are now."""
        yield from self.counters.families()
        report = examiner.report(Level.FULL)
        yield family_of(HEALTH, {(check.name,): float(check.healthy) for check in report.checks})
        yield _single(RATIO, report.ratio)
        yield from _of_report(report)
        fps = self.camera_fps()
        if fps is not None:
            yield _single(CAMERA, fps)


def _of_report(report: HealthReport) -> Iterator[Family]:
    found: dict[str, Figures] = {check.name: check.figures for check in report.checks}
    for metric, name, figure in _FOUND:
        value = found.get(name, {}).get(figure)
        if isinstance(value, int | float):
            yield _single(metric, value)
    circuits = {
        (name,): _STATES[state]
        for name, state in found.get("circuit", {}).items()
        if isinstance(state, str)
    }
    yield family_of(CIRCUIT, circuits)
    here = report.figures.get("here")
    if isinstance(here, int):
        yield _single(HERE, here)
    with suppress(ValueError):  # no ledger, so nothing is known of the clock
        yield _single(CLOCK, _TRUST[ClockTrust(str(report.figures.get("clock")))])


def _single(metric: Metric, value: float) -> Family:
    return family_of(metric, {(): value})
