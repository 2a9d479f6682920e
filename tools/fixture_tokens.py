"""Tokens for the fixtures: good ones, and those that somebody made who should not have."""

import hmac
from dataclasses import dataclass, replace
from typing import Final

import base45

from cardcore.card import Claims, Mode, serialise_claims
from cardcore.cbor import CborValue, serialise
from cardcore.derivation import derive_card_key
from cardcore.ids import Audience, Nonce, UnixSeconds
from cardcore.keyset import Alg
from cardcore.signing import mint_with_private_key, mint_with_venue_key
from cardcore.token import (
    PREFIX,
    Envelope,
    UnverifiedToken,
    parse_token,
    protected_header,
    serialise_token,
    signed_bytes,
)
from tools.fixture_keys import VENUE, FixtureCard, FixtureKey, fixed_bytes

DAY: Final = 86_400
_NONCE_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """When a token was issued and how long it lives, both in seconds; ``age`` is how long ago."""

    age: int = 5
    life: int = 30


NOW: Final = Life()
PRINTED: Final = Life(age=40 * DAY, life=365 * DAY)


def claims_of(
    card: FixtureCard, mode: Mode, at: int, life: Life, audience: Audience = VENUE
) -> Claims:
    """What a token of ``card`` says when it is shown at ``at``; its nonce follows from card and instant."""
    issued_at = at - life.age
    name = f"nonce {card.name} {mode.word} {issued_at}"
    return Claims(
        audience=audience,
        expires_at=UnixSeconds(issued_at + life.life),
        issued_at=UnixSeconds(issued_at),
        nonce=Nonce(fixed_bytes(name, _NONCE_BYTES)),
        mode=mode,
        card_id=card.card_id,
        generation=card.generation,
    )


def mint(claims: Claims, key: FixtureKey, venue: Audience = VENUE) -> str:
    """The token of ``claims`` under ``key``, made by somebody at ``venue`` who has it."""
    if key.alg is Alg.EDDSA:
        return mint_with_private_key(claims, kid=key.kid, private_key=key.secret)
    return mint_with_venue_key(claims, kid=key.kid, alg=key.alg, venue_key=key.at_door(venue))


def _parts(text: str) -> UnverifiedToken:
    token = parse_token(text)
    if not isinstance(token, UnverifiedToken):
        raise TypeError(token)
    return token


def with_tag(text: str, tag: bytes) -> str:
    """The same token with another tag."""
    return serialise_token(replace(_parts(text), tag=tag))


def with_tag_bit_flipped(text: str) -> str:
    """The same token, one bit of its tag changed."""
    tag = _parts(text).tag
    return with_tag(text, tag[:-1] + bytes((tag[-1] ^ 1,)))


def with_short_tag(text: str, size: int) -> str:
    """The same token, its tag cut to ``size`` bytes: as if the weaker algorithm would do."""
    return with_tag(text, _parts(text).tag[:size])


def with_payload_of(text: str, other: Claims) -> str:
    """The token's header and tag around somebody else's claims."""
    return serialise_token(replace(_parts(text), payload=serialise_claims(other)))


def relabelled(text: str, alg: int, envelope: Envelope) -> str:
    """The same token under another algorithm's name and in another envelope, its tag as it was."""
    token = _parts(text)
    protected = protected_header(alg, token.kid)
    return serialise_token(replace(token, alg=alg, protected=protected, envelope=envelope))


def under_public_key(claims: Claims, key: FixtureKey) -> str:
    """A MAC keyed with the issuer's public key, which every door and its thief have."""
    return _mac(serialise_claims(claims), key, 5, key.at_door())


def forbidden_mode(claims: Claims, key: FixtureKey) -> str:
    """A token that is right in all but its mode, which ``key`` may not carry; the minting code makes none."""
    payload = serialise_claims(claims)
    if key.alg is not Alg.EDDSA:
        card_key = derive_card_key(key.at_door(), claims.mode, claims.card_id, claims.generation)
        return _mac(payload, key, key.alg.value, card_key)
    as_printed = mint_with_private_key(
        replace(claims, mode=Mode.PRINT), kid=key.kid, private_key=key.secret
    )
    return serialise_token(replace(_parts(as_printed), payload=payload))


def odd_claims(claims: Claims, key: FixtureKey, *, nonce: bytes, member: str | None) -> str:
    """A token signed over claims that no card may have: a short nonce, a name that moves the cursor."""
    card: list[CborValue] = [claims.mode.value, claims.card_id, claims.generation]
    if member is not None:
        card.append(member)
    payload = serialise(
        {3: claims.audience, 4: claims.expires_at, 6: claims.issued_at, 7: nonce, -65_537: card}
    )
    card_key = derive_card_key(key.at_door(), claims.mode, claims.card_id, claims.generation)
    return _mac(payload, key, key.alg.value, card_key)


def _mac(payload: bytes, key: FixtureKey, alg: int, mac_key: bytes) -> str:
    protected = protected_header(alg, key.kid)
    message = signed_bytes(Envelope.MAC0, protected, payload)
    size = Alg(alg).tag_bytes
    return serialise_token(
        UnverifiedToken(
            envelope=Envelope.MAC0,
            protected=protected,
            alg=alg,
            kid=key.kid,
            payload=payload,
            tag=hmac.digest(mac_key, message, "sha256")[:size],
        )
    )


def encoded(message: bytes) -> str:
    """Any bytes in the clothes of a card."""
    text: str = PREFIX + base45.b45encode(message).decode("ascii")
    return text
