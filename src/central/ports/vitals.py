"""What says how central fares: a few counts, each by an index or over a small table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from cardcore.ids import Audience, DeviceId, Micros, UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Events on their way: how many wait, since when the oldest does, and how many no subscriber could take."""

    waiting: int
    dead: int
    oldest: Micros | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDocuments:
    """The signed documents that are kept: how many, and when the oldest was made."""

    count: int
    oldest: UnixSeconds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Connections to the database: how many there may be, and how many are in use now."""

    size: int
    in_use: int


class DoorSign(NamedTuple):
    """An enrolled device with its last heartbeat as it came; None for one that sent none."""

    device_id: DeviceId
    door: str
    audience: Audience
    received_at: Micros | None
    content: bytes | None


class Vitals(Protocol):
    """The counts."""

    def doors(self) -> Sequence[DoorSign]:
        """Every device, by door."""
        ...

    def document_ages(self) -> Mapping[tuple[Audience, str], UnixSeconds]:
        """When each document in force was made, by audience and kind."""
        ...

    def audiences(self) -> Sequence[Audience]:
        """Every audience that is known, by name."""
        ...

    def queue(self) -> Queue:
        """The outbox."""
        ...

    def documents(self) -> KeptDocuments:
        """The documents in force."""
        ...

    def cards(self) -> Mapping[tuple[Audience, str], int]:
        """How many cards, by audience and state."""
        ...

    def open_incidents(self) -> Mapping[tuple[Audience, str], int]:
        """How many incidents nobody has handled, by audience and kind."""
        ...

    def scans_since(self, arrived_at: Micros) -> Mapping[tuple[Audience, str], int]:
        """How many readable entries arrived since then, by audience and decision."""
        ...
