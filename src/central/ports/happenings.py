"""What happened at the doors, as central sees it: movements for the feed, incidents for people, signs of life.

Instants are in microseconds since 1970 where a name or type says so, else in seconds.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from cardcore.audit import Direction
from cardcore.ids import Audience, CardId, DeviceId, Epoch, Micros, UnixSeconds
from central.errors import Kind
from central.ports.records import AuditLine, Card, Device, Evidence, Gap, StoredEntry
from central.ports.rollups import Rollups

Facts: TypeAlias = Mapping[str, str | int | None]
"""What an incident rests on, in words for programs."""


class IncidentKind(StrEnum):
    """What is wrong, in a stable word."""

    DOUBLE_ADMISSION = "double_admission"
    ADMITTED_AFTER_REVOCATION = "admitted_after_revocation"
    NEVER_ISSUED = "never_issued"
    OVERRIDE = "override"
    CLOCK_JUMP = "clock_jump"
    QUARANTINED = "quarantined_entry"
    MARK_WENT_BACK = "mark_went_back"
    FORK = "fork"
    BROKEN_CHAIN = "broken_chain"
    ENTRIES_LOST = "entries_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One fact that somebody should look at.

    The id is made from the fact itself (:func:`incident_id_of`): found again, it is the same incident. ``found_at`` is
    when central found it, ``happened_at`` what the door's clock said, where there is an entry.
    """

    incident_id: str
    audience: Audience
    kind: IncidentKind
    found_at: Micros
    device_id: DeviceId
    door: str
    happened_at: Micros | None = None
    epoch: bytes | None = None
    seq: int | None = None
    card_id: CardId | None = None
    facts: Facts = field(default_factory=dict)
    handled_at: UnixSeconds | None = None
    handled_by: str | None = None


def incident_id_of(kind: IncidentKind, *parts: bytes) -> str:
    """24 hex digits that name one fact: its kind, and the bytes that tell it from others of its kind."""
    digest = hashlib.sha256(kind.value.encode())
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()[:24]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Somebody came in or went out at a door; ``card_id`` None for one without a card.

    ``nonce`` is there where this admission burned it. An admission taken back is a movement out.
    """

    device_id: DeviceId
    epoch: bytes
    seq: int
    door: str
    card_id: CardId | None
    nonce: bytes | None
    direction: Direction
    moved_at: Micros
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """What a door's clocks said in one entry, and when that arrived."""

    wall: Micros
    mono: Micros
    boot_id: bytes
    arrived_at: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Entries of one epoch as they were stored by one batch."""

    device: Device
    epoch: Epoch
    entries: Sequence[StoredEntry]
    arrived_at: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOfLife:
    """A device's last heartbeat: when it came, what the device's clock said then, and all of it as JSON."""

    device_id: DeviceId
    received_at: Micros
    wall: Micros
    content: bytes


class Incidents(Protocol):
    """The incidents of every audience."""

    def add(self, incidents: Sequence[Incident]) -> None:
        """Keep those that are not kept yet; a handled one stays handled."""
        ...

    def find(self, incident_id: str) -> Incident | None:
        """One incident."""
        ...

    def of(
        self, audiences: Collection[Audience], *, handled: bool | None, most: int
    ) -> Sequence[Incident]:
        """The newest of these audiences; ``handled`` None for handled and open ones."""
        ...

    def handle(self, incident_id: str, *, at: UnixSeconds, by: str) -> None:
        """Mark one as handled, unless it is."""
        ...


class Feed(Protocol):
    """Movements of each audience, in an order that only grows."""

    def publish(self, audience: Audience, movements: Sequence[Movement]) -> int:
        """Put them at the end; the position behind which they are, 0 where there are none to put.

        Until this transaction ends no other publishes for this audience: no gaps.
        """
        ...

    def burned(self, audience: Audience, behind: int) -> Sequence[Movement]:
        """Every admission whose nonce another burned too, if one of those is ``behind`` this position; in order.

        Of whichever card, and wherever they are.
        """
        ...

    def after(
        self, audience: Audience, position: int, most: int, *, not_of: tuple[DeviceId, bytes | None]
    ) -> Sequence[Movement]:
        """At most ``most`` behind ``position``, in order; without those of this device (of this epoch, if one is given)."""
        ...

    def end(self, audience: Audience) -> int:
        """The last position, 0 for none."""
        ...

    def before(self, audience: Audience, moved_at: Micros) -> int:
        """The position just before the first movement at or after this instant; the end where there is none."""
        ...

    def inside(self, audience: Audience, since: Micros) -> int:
        """How many came in at or after this instant and have not come out."""
        ...

    def forget(self, before: Micros, most: int) -> int:
        """Drop movements before this instant, at most ``most`` of each audience; how many. Positions go on."""
        ...


class Reports(Protocol):
    """What staff and owners ask, over several tables."""

    def cards(self, card_ids: Collection[CardId]) -> Mapping[CardId, Card]:
        """Those of these cards that central issued."""
        ...

    def clock_before(self, device_id: DeviceId, epoch: Epoch, seq: int) -> ClockReading | None:
        """The last readable entry before this one."""
        ...

    def audit_lines(
        self, audiences: Collection[Audience], *, card_id: CardId | None, most: int
    ) -> Sequence[AuditLine]:
        """The entries of these audiences' devices that arrived last, in the order of their arrival."""
        ...

    def put_sign(self, sign: SignOfLife) -> None:
        """Keep a heartbeat in place of the one before."""
        ...

    def signs(self) -> Mapping[DeviceId, SignOfLife]:
        """The last heartbeat of every device that sent one."""
        ...


class HappeningsOf(Protocol):
    """The part of a transaction that this module is about."""

    @property
    def incidents(self) -> Incidents:
        """The incidents."""
        ...

    @property
    def feed(self) -> Feed:
        """The feed of admissions."""
        ...

    @property
    def reports(self) -> Reports:
        """Lists for people."""
        ...

    @property
    def rollups(self) -> Rollups:
        """How often what happened."""
        ...


class Watch(Protocol):
    """Looks at what the audit took in, inside the transaction that takes it."""

    def arrived(self, tx: HappeningsOf, arrival: Arrival) -> None:
        """Entries were stored."""
        ...

    def contradicted(
        self, tx: HappeningsOf, device: Device, epoch: Epoch, kind: Kind, evidence: Evidence
    ) -> None:
        """An entry contradicts the log."""
        ...

    def skipped(
        self, tx: HappeningsOf, device: Device, epoch: Epoch, *, held: int, believed: int
    ) -> None:
        """A device believes that central holds more of an epoch than it does."""
        ...

    def lost(self, tx: HappeningsOf, device: Device, gap: Gap) -> None:
        """Central goes on behind entries that nobody holds any more."""
        ...

    def beat(
        self, tx: HappeningsOf, device: Device, sign: SignOfLife, before: SignOfLife | None
    ) -> None:
        """A heartbeat came; ``before`` is the one it replaces."""
        ...
