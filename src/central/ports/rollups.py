"""Rollups: how often what happened, by hour and by day, kept in the transaction that takes the entries.

A bucket belongs to the instant an entry happened at (:func:`happened_at`). Every part of a :class:`Tally` can be added
to what is kept in any order, and gives the same: a rebuild from the audit equals what ingest kept.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from cardcore.ids import Audience, CardId, DeviceId, Epoch, MemberId, Micros
from central.ports.records import StoredEntry

HOUR: Final = 3_600  # seconds; the length of a bucket is also its name in the tables
DAY: Final = 86_400
MICROS: Final = 1_000_000
AHEAD_US: Final = 120 * MICROS  # what is later than that was written by a clock that is wrong
BEHIND_US: Final = 90 * DAY * MICROS  # no door lies in a drawer longer than the feed remembers
NO_MODE: Final = -1
QUARANTINED: Final = (
    "quarantined"  # the decision under which what central could not take is counted
)
PATH: Final = "path"  # from the code in view to the decision, at a door
TOKEN: Final = "token"  # noqa: S105 -- a kind of latency: what an online token takes at central
_FINENESS: Final = 8  # buckets a doubling: an estimate is off by 5 % at most


def happened_at(wall: int | None, arrived_at: int) -> Micros:
    """When an entry counts as having happened: by the door's clock, unless that cannot be; then when it arrived."""
    if wall is None or not -BEHIND_US <= wall - arrived_at <= AHEAD_US:
        return Micros(arrived_at)
    return Micros(wall)


def latency_bucket(took_us: int) -> int:
    """The number of the bucket for so many µs."""
    return 0 if took_us <= 1 else int(math.log2(took_us) * _FINENESS)


def bucket_middle(bucket: int) -> float:
    """About how many µs an entry of this bucket took."""
    return float(2 ** ((bucket + 0.5) / _FINENESS))


class CountKey(NamedTuple):
    """What is counted together. ``start`` in seconds since 1970, ``span`` is HOUR or DAY."""

    audience: Audience
    span: int
    start: int
    decision: str
    reason: str
    direction: str
    mode: int


class LatencyKey(NamedTuple):
    """Latencies of one hour that are about the same."""

    audience: Audience
    kind: str
    start: int
    bucket: int


class Latency(NamedTuple):
    """So many entries, what they took together and the longest, in µs."""

    entries: int
    sum_us: int
    max_us: int


class LogKey(NamedTuple):
    """Entries of one log, hour, decision and reason: by it, the rows behind a number are found."""

    audience: Audience
    device_id: DeviceId
    epoch: Epoch
    start: int
    decision: str
    reason: str


class LogSpan(NamedTuple):
    """How many entries, between which numbers, and when the last of them happened."""

    entries: int
    first_seq: int
    last_seq: int
    last_us: int


class MemberKey(NamedTuple):
    """A member."""

    audience: Audience
    member_id: MemberId


class Visits(NamedTuple):
    """A member's admissions: the first, the last, and how many."""

    first_us: int
    last_us: int
    visits: int


@dataclass(slots=True)
class Tally:
    """What is to be added to the rollups."""

    counts: dict[CountKey, int] = field(default_factory=dict)
    latencies: dict[LatencyKey, Latency] = field(default_factory=dict)
    logs: dict[LogKey, LogSpan] = field(default_factory=dict)
    members: dict[MemberKey, Visits] = field(default_factory=dict)


class KeptEntry(NamedTuple):
    """One entry as it is kept, with what a rollup needs of its surroundings."""

    audience: Audience
    device_id: DeviceId
    epoch: Epoch
    arrived_at: Micros
    stored: StoredEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Members by when they came, for a period and the one before it.

    ``new`` came in the period for the first time; ``returning`` before it, too; ``lapsed`` in the one before it and
    not since. ``visits`` of all time.
    """

    new: int
    returning: int
    lapsed: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``since`` (included) to ``until`` (not), in seconds since 1970."""

    since: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are wanted; an empty word stands for any."""

    period: Period
    decision: str = ""
    reason: str = ""
    direction: str = ""
    device_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberVisits:
    """A member and when they came."""

    key: MemberKey
    visits: Visits


class Rollups(Protocol):
    """The tables of rollups."""

    def add(self, tally: Tally) -> None:
        """Add to what is kept."""
        ...

    def counts(
        self, audiences: Collection[Audience], span: int, period: Period
    ) -> Mapping[CountKey, int]:
        """The counts of the buckets that begin in this period."""
        ...

    def admissions_by_hour(
        self, audiences: Collection[Audience], period: Period
    ) -> Mapping[int, int]:
        """How many came in within this period, by the hour of the day (UTC)."""
        ...

    def latencies(
        self, audiences: Collection[Audience], kind: str, period: Period
    ) -> Mapping[int, Latency]:
        """The latencies of the hours that begin in this period, by bucket."""
        ...

    def entries(self) -> int:
        """How many entries were counted, of all audiences together."""
        ...

    def spans(
        self, audiences: Collection[Audience], wanted: Wanted
    ) -> Sequence[tuple[LogKey, LogSpan]]:
        """Where the entries of the hours that begin in this period are, the newest hour first."""
        ...

    def entries_in(self, key: LogKey, span: LogSpan, most: int) -> Sequence[KeptEntry]:
        """The entries that ``key`` counts, found between the numbers of ``span``; the newest first."""
        ...

    def last_scans(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, Micros]:
        """When each of these devices wrote the last of its entries."""
        ...

    def engagement(
        self, audiences: Collection[Audience], now: Micros, length_us: int
    ) -> Engagement:
        """The members of these audiences, for the period of this length that ends now."""
        ...

    def visitors(
        self, audiences: Collection[Audience], now: Micros, length_us: int, which: str, most: int
    ) -> Sequence[MemberVisits]:
        """The members behind a number of :meth:`engagement`, by its name; who came last first."""
        ...

    def clear(self) -> None:
        """Forget everything but what central counted of itself; until this transaction ends nobody adds anything."""
        ...

    def holders(self, card_ids: Collection[CardId]) -> Mapping[CardId, MemberKey]:
        """Whose these cards are; without those that central never issued."""
        ...

    def kept_after(
        self, place: tuple[DeviceId, Epoch, int] | None, most: int
    ) -> Sequence[KeptEntry]:
        """The audit's entries behind this one, by device, epoch and number."""
        ...


class Tallying(Protocol):
    """Counts what a batch brought."""

    def __call__(self, entries: Sequence[KeptEntry], holders: Mapping[CardId, MemberKey]) -> Tally:
        """The tally of these entries; ``holders`` says whose the cards in them are."""
        ...
