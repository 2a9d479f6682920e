"""What the dashboard looks up beside the rollups, and how the database fares."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from cardcore.ids import Audience, DeviceId, Micros
from cardcore.lifecycle import CardState
from central.ports.records import Card
from central.ports.rollups import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRow:
    """A device and its last heartbeat: when central heard it, and its JSON; None where it never sent one."""

    device_id: DeviceId
    door: str
    audience: Audience
    program: str
    heard_at: Micros | None
    heartbeat: bytes | None


class Queue(NamedTuple):
    """Events that wait to be published, and those that nobody could take."""

    waiting: int
    dead: int


class News(NamedTuple):
    """Changes when anything did that the dashboard shows."""

    arrived_us: int
    found_us: int
    alerted_us: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowQuery:
    """A statement that took long, without what it was given. ``at`` in seconds since 1970."""

    at: int
    took_ms: float
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """How the database fares, as this process sees it.

    ``free_bytes`` is None where the database is on another machine. ``slow`` are those of this process, the newest first.
    """

    kind: str
    connections: int
    connections_max: int
    size_bytes: int
    free_bytes: int | None
    total_bytes: int | None
    slow: Sequence[SlowQuery]
    slow_total: int


class Lookups(Protocol):
    """Lists and counts for the dashboard; none of them looks through the audit."""

    def audiences(self) -> Sequence[Audience]:
        """Every audience there is."""
        ...

    def cards_by_state(self, audiences: Collection[Audience]) -> Mapping[CardState, int]:
        """How many cards are in each state; a state that none is in may be missing."""
        ...

    def cards_issued(self, audiences: Collection[Audience], period: Period) -> int:
        """How many were issued in this period."""
        ...

    def cards(
        self,
        audiences: Collection[Audience],
        *,
        state: CardState | None,
        issued: Period | None,
        most: int,
    ) -> Sequence[Card]:
        """The cards behind such a number, the latest changed first."""
        ...

    def doors(self, audiences: Collection[Audience]) -> Sequence[DoorRow]:
        """The devices that are not shut out, by door."""
        ...

    def queue(self, audiences: Collection[Audience]) -> Queue:
        """The events of these audiences that are on their way."""
        ...

    def open_incidents(self, audiences: Collection[Audience]) -> Mapping[str, int]:
        """How many incidents nobody has seen to, by kind."""
        ...

    def news(self, audiences: Collection[Audience]) -> News:
        """Where everything stands."""
        ...
