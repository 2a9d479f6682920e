"""Messages between central and those who run it: cards and their trails, tokens, dead letters."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec

from cardcore.card import AUDIENCE_CHARS_MAX, Mode
from cardcore.lifecycle import CardState
from cardcore.wire import Hex, Name, Natural

Reasoning = Annotated[str, msgspec.Meta(max_length=256, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z")]
Venue = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=AUDIENCE_CHARS_MAX, pattern=r"\A[^\x00-\x1f\x7f-\x9f]+\Z"
    ),
]
Instant = Annotated[int, msgspec.Meta(ge=0, le=(1 << 53) - 1)]


class CardMode(StrEnum):
    """Where the card lives: on a phone, on paper, or on a screen that asks central."""

    ROTATING = "rotating"
    PRINT = "print"
    ONLINE = "online"

    @property
    def mode(self) -> Mode:
        """The same as tokens write it."""
        return next(mode for mode in Mode if mode.word == self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRequest:
    """POST /cards. ``audience`` may be left out by a caller who has one only; ``expires_at`` in seconds since 1970."""

    member_id: Name
    mode: CardMode = CardMode.ROTATING
    active: bool = True
    expires_at: Instant | None = None
    audience: Venue | None = None
    why: Reasoning = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRequest:
    """POST /cards/{card_id}/activate and its like. ``expires_at`` is for a reissue: when the card now ends."""

    why: Reasoning = ""
    expires_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """POST /cards/{card_id}/token: nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAnswer:
    """A card as it is now. Instants in seconds since 1970."""

    card_id: Hex
    member_id: Name
    audience: Venue
    mode: CardMode
    state: CardState
    generation: Natural
    issued_at: Natural
    changed_at: Natural
    expires_at: Natural | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """Something that happened to a card: who did it, when (in microseconds since 1970), and why."""

    event: Name
    at_us: Natural
    who: str
    why: str
    state: CardState | None = None
    generation: Natural | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHistory:
    """GET /cards/{card_id}: the card and its trail, the oldest line first."""

    card: CardAnswer
    trail: list[TrailLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """The text for a QR code that is good once. Instants in seconds since 1970."""

    card_id: Hex
    token: str
    kid: Hex
    issued_at: Natural
    expires_at: Natural


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that no subscriber could take, and what the last try failed with."""

    event_id: Hex
    event: Name
    card_id: Hex
    at_us: Natural
    tries: Natural
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """GET /events/dead, the oldest first."""

    dead: list[DeadLetter]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRequest:
    """POST /events/{event_id}/retry: nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryAnswer:
    """The event is on its way again."""

    event_id: Hex
