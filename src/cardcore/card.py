"""What a card claims, and the one byte form of the claims (token.md, Claims)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cardcore.cbor import CborValue, parse, serialise
from cardcore.errors import CborError, TokenError
from cardcore.ids import Audience, CardId, Nonce, UnixSeconds

CARD_ID_BYTES: Final = 16
NONCE_BYTES_MIN: Final = 8
NONCE_BYTES_MAX: Final = 16
AUDIENCE_CHARS_MAX: Final = 32
MEMBER_CHARS_MAX: Final = 24
GENERATION_MAX: Final = 65_535
INSTANT_LIMIT: Final = 1 << 33  # seconds since 1970; the year 2242

_AUDIENCE, _EXPIRES_AT, _ISSUED_AT, _NONCE, _CARD = 3, 4, 6, 7, -65_537
_CLAIM_KEYS: Final = frozenset((_AUDIENCE, _EXPIRES_AT, _ISSUED_AT, _NONCE, _CARD))
_JOINERS: Final = "\u200c\u200d"
_CARD_WITHOUT_MEMBER: Final = 3
_CARD_WITH_MEMBER: Final = 4


class Mode(Enum):
    """How a card lives; the number stands in the token, the name in answers."""

    ONLINE = 0
    ROTATING = 1
    PRINT = 2

    @property
    def word(self) -> str:
        """The mode as answers print it: ``online``, ``rotating`` or ``print``."""
        return self.name.lower()

    @property
    def longest_life(self) -> int:
        """The longest allowed ``expires_at - issued_at``, in seconds."""
        return _LONGEST_LIFE[self]

    @property
    def burns_nonce(self) -> bool:
        """Whether an admission uses the token up; a printed one is shown again tomorrow."""
        return self is not Mode.PRINT


# Python 3.11 cannot ask an Enum whether it has a value.
_MODES: Final = frozenset(mode.value for mode in Mode)
_LONGEST_LIFE: Final = {
    Mode.ONLINE: 120,
    Mode.ROTATING: 120,
    Mode.PRINT: 400 * 86_400,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says of a card.

    ``member`` is None on most cards: a stranger who photographs one then learns neither name nor number.
    """

    audience: Audience
    expires_at: UnixSeconds
    issued_at: UnixSeconds
    nonce: Nonce
    mode: Mode
    card_id: CardId
    generation: int
    member: str | None = None


def is_plain_text(text: str, most: int) -> bool:
    """Whether ``text`` has 1 to ``most`` characters and none of Unicode's category C.

    Controls and formats would rewrite the line of a terminal that shows them.
    """
    return 1 <= len(text) <= most and not any(
        unicodedata.category(char).startswith("C") for char in text
    )


def printable(text: str) -> str:
    """``text`` with each control and format character replaced: safe on one line of a terminal.

    The joiners that some scripts need (U+200C, U+200D) stay.
    """
    if text.isprintable():  # nearly every name: no such character is
        return text
    return "".join(
        char if char in _JOINERS or not unicodedata.category(char).startswith("C") else "\ufffd"
        for char in text
    )


def serialise_claims(claims: Claims) -> bytes:
    """The payload of a token.

    Raises:
        TokenError: a claim out of its bounds.
    """
    card: list[CborValue] = [claims.mode.value, claims.card_id, claims.generation]
    if claims.member is not None:
        card.append(claims.member)
    written: dict[int, CborValue] = {
        _AUDIENCE: claims.audience,
        _EXPIRES_AT: claims.expires_at,
        _ISSUED_AT: claims.issued_at,
        _NONCE: claims.nonce,
        _CARD: tuple(card),
    }
    try:
        payload = serialise(written)
    except CborError as error:
        msg = f"claims have no form: {error}"
        raise TokenError(msg) from error
    if parse_claims(payload) != claims:
        msg = "a claim is out of its bounds"
        raise TokenError(msg)
    return payload


def parse_claims(payload: bytes) -> Claims | None:
    """The claims in ``payload``, or None where they are not exactly as token.md has them. Total."""
    try:
        value = parse(payload)
    except CborError:
        return None
    if not isinstance(value, Mapping) or value.keys() != _CLAIM_KEYS:
        return None
    audience, nonce = value[_AUDIENCE], value[_NONCE]
    lifetime = _parse_lifetime(value[_ISSUED_AT], value[_EXPIRES_AT])
    card = _parse_card(value[_CARD])
    if lifetime is None or card is None:
        return None
    if not isinstance(audience, str) or not is_plain_text(audience, AUDIENCE_CHARS_MAX):
        return None
    if not isinstance(nonce, bytes) or not NONCE_BYTES_MIN <= len(nonce) <= NONCE_BYTES_MAX:
        return None
    issued_at, expires_at = lifetime
    return Claims(
        audience=Audience(audience),
        expires_at=expires_at,
        issued_at=issued_at,
        nonce=Nonce(nonce),
        mode=card.mode,
        card_id=card.card_id,
        generation=card.generation,
        member=card.member,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Card:
    mode: Mode
    card_id: CardId
    generation: int
    member: str | None


def _parse_lifetime(
    issued_at: CborValue, expires_at: CborValue
) -> tuple[UnixSeconds, UnixSeconds] | None:
    if not isinstance(issued_at, int) or not isinstance(expires_at, int):
        return None
    if not 0 <= issued_at < expires_at < INSTANT_LIMIT:
        return None
    return UnixSeconds(issued_at), UnixSeconds(expires_at)


def _parse_card(value: CborValue) -> _Card | None:
    if not isinstance(value, tuple):
        return None
    if len(value) not in {_CARD_WITHOUT_MEMBER, _CARD_WITH_MEMBER}:
        return None
    mode, card_id, generation = value[:_CARD_WITHOUT_MEMBER]
    member = value[_CARD_WITHOUT_MEMBER] if len(value) == _CARD_WITH_MEMBER else None
    if not isinstance(mode, int) or mode not in _MODES:
        return None
    if not isinstance(card_id, bytes) or len(card_id) != CARD_ID_BYTES:
        return None
    if not isinstance(generation, int) or not 0 <= generation <= GENERATION_MAX:
        return None
    if member is not None and not (
        isinstance(member, str) and is_plain_text(member, MEMBER_CHARS_MAX)
    ):
        return None
    return _Card(mode=Mode(mode), card_id=CardId(card_id), generation=generation, member=member)
