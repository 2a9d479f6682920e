"""What the counts of scans say. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cardcore.audit import Direction, Outcome
from cardcore.ids import Audience
from cardcore.reasons import Reason
from central.ports.rollups import QUARANTINED, CountKey, Period

# Nobody was judged: the door, not the card, was at fault.
FAULTS: Final = frozenset(
    reason.value
    for reason in (
        Reason.CLOCK_UNTRUSTED,
        Reason.STATUS_UNKNOWN,
        Reason.STATUS_STALE,
        Reason.LEDGER_UNWRITABLE,
        Reason.DEVICE_REVOKED,
    )
)
_JUDGED: Final = frozenset((Outcome.ADMIT.value, Outcome.REFUSE.value, Outcome.REVIEW.value))
FORGED: Final = Reason.BAD_SIGNATURE.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Scans:
    """Scans of some period. ``judged`` are admissions either way, refusals and reviews; ``faults`` are among the last two.

    ``reasons`` has refusals and reviews by reason, ``admitted_modes`` and ``refused_modes`` count by the kind of card.
    """

    judged: int = 0
    admitted: int = 0
    refused: int = 0
    reviewed: int = 0
    faults: int = 0
    quarantined: int = 0
    entries: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    admitted_modes: Mapping[int, int] = field(default_factory=dict)
    refused_modes: Mapping[int, int] = field(default_factory=dict)

    @property
    def success(self) -> float | None:
        """Which part of those who were judged came in or out; None where nobody was."""
        let_through = self.judged - self.refused - self.reviewed
        return let_through / self.judged if self.judged else None

    @property
    def error(self) -> float | None:
        """Which part failed for a fault of ours: doors that could not judge, entries that could not be taken."""
        every = self.judged + self.quarantined
        return (self.faults + self.quarantined) / every if every else None


def scans_in(counts: Iterable[tuple[CountKey, int]]) -> Scans:
    """The scans in these counts, which are all of one span."""
    total: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    admitted: Counter[int] = Counter()
    refused: Counter[int] = Counter()
    for key, count in counts:
        total["entries"] += count
        if key.decision == QUARANTINED:
            total["quarantined"] += count
        if key.decision not in _JUDGED:
            continue
        total["judged"] += count
        if key.decision == Outcome.ADMIT.value:
            if key.direction == Direction.ENTRY.value:
                total["admitted"] += count
                admitted[key.mode] += count
            continue
        total["refused" if key.decision == Outcome.REFUSE.value else "reviewed"] += count
        reasons[key.reason] += count
        refused[key.mode] += count
        if key.reason in FAULTS:
            total["faults"] += count
    return Scans(
        judged=total["judged"],
        admitted=total["admitted"],
        refused=total["refused"],
        reviewed=total["reviewed"],
        faults=total["faults"],
        quarantined=total["quarantined"],
        entries=total["entries"],
        reasons=dict(reasons.most_common()),
        admitted_modes=admitted,
        refused_modes=refused,
    )


def within(counts: Mapping[CountKey, int], period: Period) -> list[tuple[CountKey, int]]:
    """Those whose bucket begins in this period."""
    return [each for each in counts.items() if period.since <= each[0].start < period.until]


def by_start(counts: Mapping[CountKey, int]) -> dict[int, Scans]:
    """The scans of each bucket."""
    parts: dict[int, list[tuple[CountKey, int]]] = {}
    for each in counts.items():
        parts.setdefault(each[0].start, []).append(each)
    return {start: scans_in(parts[start]) for start in sorted(parts)}


def by_audience(counts: Iterable[tuple[CountKey, int]]) -> dict[Audience, Scans]:
    """The scans of each venue."""
    parts: dict[Audience, list[tuple[CountKey, int]]] = {}
    for each in counts:
        parts.setdefault(each[0].audience, []).append(each)
    return {audience: scans_in(parts[audience]) for audience in sorted(parts)}
