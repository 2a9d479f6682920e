"""Make tokens and signed documents: the only code that does.

Central makes online and printed cards; a member's phone makes rotating ones from its card key.
"""

import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.card import Claims, Mode, serialise_claims
from cardcore.derivation import derive_card_key
from cardcore.errors import TokenError
from cardcore.ids import Kid
from cardcore.keyset import Alg
from cardcore.token import (
    Envelope,
    UnverifiedToken,
    protected_header,
    serialise_message,
    serialise_token,
    signed_bytes,
)


def mint_with_venue_key(claims: Claims, *, kid: Kid, alg: Alg, venue_key: bytes) -> str:
    """The text of a card under a venue's 32-byte HMAC key.

    Raises:
        TokenError: claims out of bounds, or a mode this algorithm may not carry.
    """
    serialise_claims(claims)  # a generation out of bounds has no card key
    card_key = derive_card_key(venue_key, claims.mode, claims.card_id, claims.generation)
    return mint_with_card_key(claims, kid=kid, alg=alg, card_key=card_key)


def mint_with_card_key(claims: Claims, *, kid: Kid, alg: Alg, card_key: bytes) -> str:
    """The text of a card under its own 32-byte key: what a phone does, offline.

    Raises:
        TokenError: claims out of bounds, or a mode this algorithm may not carry.
    """
    if alg is Alg.EDDSA or (claims.mode is Mode.PRINT and alg is Alg.HMAC_256_64):
        msg = f"{alg.name} makes no {claims.mode.word} card with a shared key"
        raise TokenError(msg)
    payload = serialise_claims(claims)
    protected = protected_header(alg.value, kid)
    message = signed_bytes(Envelope.MAC0, protected, payload)
    tag = hmac.digest(card_key, message, "sha256")[: alg.tag_bytes]
    return serialise_token(
        UnverifiedToken(
            envelope=Envelope.MAC0,
            protected=protected,
            alg=alg.value,
            kid=kid,
            payload=payload,
            tag=tag,
        )
    )


def mint_with_private_key(claims: Claims, *, kid: Kid, private_key: bytes) -> str:
    """The text of a card under a raw 32-byte Ed25519 private key.

    Raises:
        TokenError: claims out of bounds, or a rotating card: a phone holds no issuer key.
    """
    if claims.mode is Mode.ROTATING:
        msg = "a rotating card is made by a phone, which holds no issuer key"
        raise TokenError(msg)
    return serialise_token(_sign1(serialise_claims(claims), kid, private_key))


def sign_message(payload: bytes, *, kid: Kid, private_key: bytes) -> bytes:
    """A COSE_Sign1 message over ``payload``: the envelope of signed documents."""
    return serialise_message(_sign1(payload, kid, private_key))


def _sign1(payload: bytes, kid: Kid, private_key: bytes) -> UnverifiedToken:
    protected = protected_header(Alg.EDDSA.value, kid)
    message = signed_bytes(Envelope.SIGN1, protected, payload)
    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(message)
    return UnverifiedToken(
        envelope=Envelope.SIGN1,
        protected=protected,
        alg=Alg.EDDSA.value,
        kid=kid,
        payload=payload,
        tag=signature,
    )
