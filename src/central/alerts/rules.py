"""The rules: what is wrong now, and what is nearly right. Pure.

Each rule fires beyond its threshold and is over only well within it; what lies between leaves things as they are. What a rule does not
mention is well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardcore.audit import ClockTrust
from cardcore.ids import Audience
from central.figures.doors import DoorFigures
from central.figures.scans import FORGED, Scans
from central.ports.happenings import IncidentKind
from central.ports.lookups import DatabaseState
from central.ports.outlook import Thresholds
from central.ports.watching import EVERYWHERE, Severity

EASED: Final = 0.8  # of a threshold: below that it is over
RELIEF_PERCENT: Final = 1.0  # a share has to be better by so much
CLOCK_OFF_S: Final = 120
CENTRAL: Final = "central"
EVENTS: Final = "events"
BROKEN: Final = (IncidentKind.FORK, IncidentKind.BROKEN_CHAIN, IncidentKind.MARK_WENT_BACK)
_MINUTE: Final = 60
_HOUR: Final = 3_600
_MB: Final = 1_000_000


class Rule(StrEnum):
    """The rules by name."""

    SUCCESS_RATE = "success_rate"
    ERROR_RATE = "error_rate"
    BACKLOG = "backlog"
    DOOR_SILENT = "door_silent"
    KEYSET_STALE = "keyset_stale"
    LIST_STALE = "list_stale"
    CIRCUIT_OPEN = "circuit_open"
    CLOCK_UNTRUSTED = "clock_untrusted"
    DISK = "disk"
    CHAIN_BROKEN = "chain_broken"
    FORGED_CARD = "forged_card"


SEVERITIES: Final = {
    Rule.SUCCESS_RATE: Severity.WARNING,
    Rule.ERROR_RATE: Severity.WARNING,
    Rule.BACKLOG: Severity.CRITICAL,
    Rule.DOOR_SILENT: Severity.CRITICAL,
    Rule.KEYSET_STALE: Severity.WARNING,
    Rule.LIST_STALE: Severity.WARNING,
    Rule.CIRCUIT_OPEN: Severity.WARNING,
    Rule.CLOCK_UNTRUSTED: Severity.WARNING,
    Rule.DISK: Severity.CRITICAL,
    Rule.CHAIN_BROKEN: Severity.CRITICAL,
    Rule.FORGED_CARD: Severity.CRITICAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a rule has to say. ``wrong`` beyond its threshold, else only not yet well within it.

    It fires after it has been wrong for ``hold_s``.
    """

    rule: Rule
    audience: Audience
    subject: str
    value: float
    text: str
    wrong: bool
    hold_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What central knows of one audience: scans of this hour and the one before, doors, open incidents, events that wait."""

    audience: Audience
    scans: Scans
    doors: Sequence[DoorFigures]
    incidents: Mapping[str, int]
    waiting: int


def findings_of(known: Known, at: Thresholds) -> Iterator[Finding]:
    """What is to be said of one audience."""
    yield from _rates(known, at)
    yield from _evidence(known, at)
    if known.waiting > at.backlog * EASED:
        text = f"{known.waiting:,} events wait to be published."
        yield Finding(
            rule=Rule.BACKLOG,
            audience=known.audience,
            subject=EVENTS,
            value=known.waiting,
            text=text,
            wrong=known.waiting > at.backlog,
        )
    for door in known.doors:
        yield from _door(door, at)


def findings_of_central(
    vitals: DatabaseState, answers: tuple[int, int], at: Thresholds
) -> Iterator[Finding]:
    """What is to be said of central itself; ``answers`` are how many failed and how many there were."""
    if vitals.free_bytes is not None and vitals.total_bytes:
        free = vitals.free_bytes / vitals.total_bytes * 100
        if free < at.disk_percent + RELIEF_PERCENT:
            yield Finding(
                rule=Rule.DISK,
                audience=EVERYWHERE,
                subject=CENTRAL,
                value=free,
                text=f"Central's disk has {free:.1f} % free.",
                wrong=free < at.disk_percent,
            )
    failed, every = answers
    share = failed / every * 100 if every else 0.0
    if every >= at.scans_min and share > at.error_percent * EASED:
        yield Finding(
            rule=Rule.ERROR_RATE,
            audience=EVERYWHERE,
            subject=CENTRAL,
            value=share,
            text=f"{share:.1f} % of {every:,} calls to central failed.",
            wrong=share > at.error_percent,
        )


def _rates(known: Known, at: Thresholds) -> Iterator[Finding]:
    scans = known.scans
    success, error = scans.success, scans.error
    if success is not None and scans.judged >= at.scans_min:
        percent = success * 100
        if percent < at.success_percent + RELIEF_PERCENT:
            yield Finding(
                rule=Rule.SUCCESS_RATE,
                audience=known.audience,
                subject="",
                value=percent,
                text=f"Of {scans.judged:,} scans at {known.audience} only {percent:.1f} % let somebody through.",
                wrong=percent < at.success_percent,
            )
    if error is not None and scans.judged + scans.quarantined >= at.scans_min:
        percent = error * 100
        if percent > at.error_percent * EASED:
            yield Finding(
                rule=Rule.ERROR_RATE,
                audience=known.audience,
                subject="",
                value=percent,
                text=f"{percent:.1f} % of the scans at {known.audience} failed for a fault of ours.",
                wrong=percent > at.error_percent,
            )


def _evidence(known: Known, at: Thresholds) -> Iterator[Finding]:
    broken = sum(known.incidents.get(kind.value, 0) for kind in BROKEN)
    if broken:
        yield Finding(
            rule=Rule.CHAIN_BROKEN,
            audience=known.audience,
            subject="",
            value=broken,
            text=f"The log of a door at {known.audience} contradicts what central holds.",
            wrong=True,
        )
    forged = known.scans.reasons.get(FORGED, 0)
    foreign = known.incidents.get(IncidentKind.NEVER_ISSUED.value, 0)
    if forged >= at.forged_cards or foreign:
        yield Finding(
            rule=Rule.FORGED_CARD,
            audience=known.audience,
            subject="",
            value=forged + foreign,
            text=f"A forged card was shown at {known.audience}.",
            wrong=True,
        )


def _door(door: DoorFigures, at: Thresholds) -> Iterator[Finding]:
    for rule, value, limit, what, hold_s in _measures(door, at):
        if value > limit * EASED:
            yield Finding(
                rule=rule,
                audience=door.audience,
                subject=door.device_id,
                value=value,
                text=f"The door “{door.door}” {what}.",
                wrong=value > limit,
                hold_s=hold_s,
            )


def _measures(door: DoorFigures, at: Thresholds) -> Iterator[tuple[Rule, float, float, str, int]]:
    """Each rule with the value, the limit that it may not pass, what to say, and for how long it has to be so."""
    beat = door.heartbeat
    if door.silent_s is not None:
        limit = at.silent_minutes * _MINUTE
        text = f"has not been heard for more than {at.silent_minutes} minutes"
        yield Rule.DOOR_SILENT, door.silent_s, limit, text, 0
    if beat is None:
        return
    text = f"has more than {at.backlog:,} entries that it did not hand in"
    yield Rule.BACKLOG, beat.outbox, at.backlog, text, 0
    yield (
        Rule.CIRCUIT_OPEN,
        _OPEN.get(beat.circuit, 0),
        1,
        "does not reach central",
        at.circuit_minutes * _MINUTE,
    )
    off = abs(door.clock_off_s or 0)
    wrong = 2 * CLOCK_OFF_S if beat.clock is ClockTrust.UNTRUSTED else off
    yield Rule.CLOCK_UNTRUSTED, wrong, CLOCK_OFF_S, "has a clock that nobody can trust", 0
    if beat.free_bytes is not None:
        limit = at.door_free_mb * _MB
        short = limit / max(1, beat.free_bytes)  # above 1 it is too little
        yield Rule.DISK, short, 1, f"has less than {at.door_free_mb} MB free", 0
    yield from _ages(door, at)


_OPEN: Final = {"open": 2.0, "half_open": 1.0, "half-open": 1.0}


def _ages(door: DoorFigures, at: Thresholds) -> Iterator[tuple[Rule, float, float, str, int]]:
    """How old what it decides by is: as it said, and as much older as that is ago."""
    beat, since = door.heartbeat, door.silent_s or 0
    if beat is None:
        return
    if beat.keyset_age_s is not None:
        text = f"has a key set older than {at.keyset_hours} hours"
        yield Rule.KEYSET_STALE, beat.keyset_age_s + since, at.keyset_hours * _HOUR, text, 0
    if beat.snapshot_age_s is not None:
        text = f"has a list older than {at.list_hours} hours"
        yield Rule.LIST_STALE, beat.snapshot_age_s + since, at.list_hours * _HOUR, text, 0
