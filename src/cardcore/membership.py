"""What is known of a card's member when it is shown, from where, and how old that is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from cardcore.ids import UnixSeconds
from cardcore.lifecycle import CardState


class MemberStatus(StrEnum):
    """A member's standing, in the membership system's plain words."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Origin(StrEnum):
    """Where a status came from."""

    LIVE = "live"
    CACHE = "cache"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStanding:
    """One card as central knew it at ``as_of`` (seconds since 1970)."""

    state: CardState
    generation: int
    member: MemberStatus
    display_name: str | None
    as_of: UnixSeconds

    @property
    def value(self) -> str:
        """The one word for the log: what is wrong with the card, else the member's status."""
        return self.member.value if self.state is CardState.ACTIVE else f"card_{self.state.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStatus:
    """Central's word on this card, maybe an old one."""

    standing: CardStanding
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentStatus:
    """Central's word at ``as_of`` that it has no such card."""

    as_of: UnixSeconds
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownStatus:
    """Nobody could say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """The card was refused before its status mattered."""


Status: TypeAlias = KnownStatus | AbsentStatus | UnknownStatus | NotAsked
