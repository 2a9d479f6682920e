"""Events as central keeps them: what happened to cards, what was processed, what was answered.

An instant is in microseconds since 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cardcore.ids import Audience, CardId, DeviceId, Micros
from cardcore.lifecycle import CardState


class EventKind(StrEnum):
    """What happened to a card. An ingested audit entry is the seventh kind, ``CardValidated``, in a log of its own."""

    ISSUED = "CardIssued"
    ACTIVATED = "CardActivated"
    SUSPENDED = "CardSuspended"
    REVOKED = "CardRevoked"
    REISSUED = "CardReissued"
    EXPIRED = "CardExpired"


VALIDATED = "CardValidated"


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does something, and why: what the trail keeps. ``actor`` names an operator, the command line or the schedule."""

    actor: str
    why: str = ""


COMMAND_LINE = By(actor="command line")
SCHEDULE = By(actor="schedule", why="its time has come")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEvent:
    """One step in the life of a card: who took it, when and why, and how the card stood after it.

    ``sequence`` counts the events of one card from 1.
    """

    event_id: str
    kind: EventKind
    audience: Audience
    card_id: CardId
    sequence: int
    occurred_at: Micros
    state: CardState
    generation: int
    actor: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """An event on its way to the subscribers. ``error`` is what the last try failed with."""

    position: int
    event: CardEvent
    tries: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """A card shown at a door, by that door's audit entry. ``wall`` is the door's time."""

    device_id: DeviceId
    door: str
    attendant: str | None
    wall: Micros
    arrived_at: Micros
    decision: str
    reason: str


class Outcome(StrEnum):
    """What became of an event from outside."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an event stands among those of its aggregate: by its sequence, where both have one, else by its time."""

    sequence: int | None
    occurred_at: Micros

    def is_before(self, other: "Place") -> bool:
        """Whether this one is older than ``other``."""
        if self.sequence is not None and other.sequence is not None:
            return self.sequence < other.sequence
        return self.occurred_at < other.occurred_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event from outside, as far as processing it once needs to know it.

    ``event_id`` is the sender's own, where there is one. ``context`` is whatever else tells two events apart.
    """

    source: str
    event_id: str | None
    kind: str
    aggregate: str
    place: Place
    version: int
    context: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """That an event was processed, and what became of it."""

    key: bytes
    source: str
    kind: str
    aggregate: str
    occurred_at: Micros
    processed_at: Micros
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The first answer under an Idempotency-Key; ``request`` is the hash of what was asked."""

    caller: str
    key: str
    request: bytes
    status: int
    media_type: str
    body: bytes = field(repr=False)
    made_at: Micros


class Outbox(Protocol):
    """Events that were committed with the change they tell of, until every subscriber has them."""

    def next_sequence(self, card_id: CardId) -> int:
        """The number of the next event of this card."""
        ...

    def add(self, event: CardEvent) -> None:
        """An event, to be published once this transaction is committed."""
        ...

    def claim(self, now: Micros) -> OutboxItem | None:
        """The oldest event that is due, held until this transaction ends; one held by another is passed over.

        No event is due while an older one of the same card waits.
        """
        ...

    def has_due(self, now: Micros) -> bool:
        """Whether there is anything to claim."""
        ...

    def done(self, position: int) -> None:
        """Every subscriber has it."""
        ...

    def failed(self, position: int, *, tries: int, error: str, due_at: Micros | None) -> None:
        """A try failed; the next is due at that instant, or there is none: a dead letter."""
        ...

    def dead(self) -> Sequence[OutboxItem]:
        """The dead letters, the oldest first."""
        ...

    def revive(self, event_id: str, now: Micros) -> bool:
        """Make a dead letter due again; whether there was such a one."""
        ...

    def forget(self, before: Micros) -> int:
        """Drop what was published and is older; how many."""
        ...


class Trail(Protocol):
    """The audit trail of each card, projected from its events."""

    def put(self, event: CardEvent) -> None:
        """A line; once, however often it is put."""
        ...

    def of(self, card_id: CardId) -> Sequence[CardEvent]:
        """The lines of one card, by sequence."""
        ...

    def validations(self, card_id: CardId, most: int) -> Sequence[Validation]:
        """When the card was shown, the latest arrivals first."""
        ...


class ProcessedEvents(Protocol):
    """Which events from outside were processed, and how far each aggregate has come."""

    def find(self, key: bytes) -> Processed | None:
        """The record under this key."""
        ...

    def add(self, record: Processed) -> None:
        """A new record."""
        ...

    def head(self, source: str, aggregate: str) -> Place | None:
        """Where the newest event of this aggregate stands that was applied."""
        ...

    def put_head(self, source: str, aggregate: str, place: Place) -> None:
        """A newer one was applied."""
        ...

    def forget(self, before: Micros) -> int:
        """Drop records that are older; how many. Heads stay."""
        ...


class Replies(Protocol):
    """First answers, by caller and Idempotency-Key."""

    def find(self, caller: str, key: str) -> Reply | None:
        """The first answer under this key."""
        ...

    def add(self, reply: Reply) -> None:
        """A first answer."""
        ...

    def forget(self, before: Micros) -> int:
        """Drop answers that are older; how many."""
        ...
