"""Judge a token: text, keys and an instant in, a verified card or the first reason against it out.

The rows of token.md ("Judging a token"), in their order; the first that fails wins:

     1 token_too_long       5 unknown_key          9 malformed_claims   13 not_yet_valid
     2 not_a_card           6 revoked_key         10 mode_not_allowed   14 expired
     3 malformed_encoding   7 algorithm_mismatch  11 bad_signature      15 wrong_audience
     4 malformed_envelope   8 key_not_valid_now   12 lifetime_too_long

Total: any text and any instant give a value, never an exception. Nothing is judged on the text itself,
since two texts can carry the same claims.
"""

import hmac
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cardcore.card import Claims, Mode, parse_claims
from cardcore.derivation import derive_card_key
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.keyset import Alg, Key, KeySet, KeyState
from cardcore.reasons import Reason
from cardcore.token import UnverifiedToken, parse_token

SKEW: Final = 30  # seconds by which the clocks of phone, central and door may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCard:
    """A token that passed every row: its claims are true as far as its key goes."""

    claims: Claims
    kid: Kid
    alg: Alg


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedCard:
    """A token that failed a row.

    ``kid`` is what the token named, where it could be read. ``claims`` are there only where the signature
    was right (rows 12 to 15): a forged card names nobody in the log.
    """

    reason: Reason
    kid: Kid | None = None
    claims: Claims | None = None


def verify_token(
    text: str, keys: KeySet, audiences: AbstractSet[Audience], now: UnixSeconds
) -> VerifiedCard | RejectedCard:
    """Judge ``text`` at ``now`` for a scanner of these ``audiences``. Total."""
    token = parse_token(text)  # rows 1 to 4
    if isinstance(token, Reason):
        return RejectedCard(reason=token)
    key = keys.keys.get(token.kid)
    if key is None:
        return RejectedCard(reason=Reason.UNKNOWN_KEY, kid=token.kid)
    against_key = _judge_key(token, key, now)  # rows 6 to 8
    if against_key is not None:
        return RejectedCard(reason=against_key, kid=token.kid)
    claims = parse_claims(token.payload)  # row 9
    if claims is None:
        return RejectedCard(reason=Reason.MALFORMED_CLAIMS, kid=token.kid)
    if not _mode_allowed(claims.mode, key.alg):  # row 10
        return RejectedCard(reason=Reason.MODE_NOT_ALLOWED, kid=token.kid)
    if not _signature_right(token, key, claims):  # row 11
        return RejectedCard(reason=Reason.BAD_SIGNATURE, kid=token.kid)
    against_claims = _judge_claims(claims, key, audiences, now)  # rows 12 to 15
    if against_claims is not None:
        return RejectedCard(reason=against_claims, kid=token.kid, claims=claims)
    return VerifiedCard(claims=claims, kid=token.kid, alg=key.alg)


def _judge_key(token: UnverifiedToken, key: Key, now: UnixSeconds) -> Reason | None:
    if key.state is KeyState.REVOKED:
        return Reason.REVOKED_KEY
    if token.alg != key.alg.value or token.envelope is not key.alg.envelope:
        return Reason.ALGORITHM_MISMATCH
    if not key.not_before - SKEW <= now < key.expires_at + SKEW:
        return Reason.KEY_NOT_VALID_NOW
    return None


def _mode_allowed(mode: Mode, alg: Alg) -> bool:
    """A phone holds no issuer key, and months are too long for an 8-byte tag."""
    return (mode, alg) not in {(Mode.ROTATING, Alg.EDDSA), (Mode.PRINT, Alg.HMAC_256_64)}


def _signature_right(token: UnverifiedToken, key: Key, claims: Claims) -> bool:
    if key.alg is Alg.EDDSA:
        return verify_ed25519(key.secret, token.tag, token.signed_bytes())
    if len(token.tag) != key.alg.tag_bytes:
        return False
    card_key = derive_card_key(key.secret, claims.mode, claims.card_id, claims.generation)
    mac = hmac.digest(card_key, token.signed_bytes(), "sha256")[: key.alg.tag_bytes]
    return hmac.compare_digest(mac, token.tag)


def verify_ed25519(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` (64 bytes) was made over ``message`` by the owner of ``public_key``. Total."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _judge_claims(
    claims: Claims, key: Key, audiences: AbstractSet[Audience], now: UnixSeconds
) -> Reason | None:
    if claims.expires_at - claims.issued_at > claims.mode.longest_life:
        return Reason.LIFETIME_TOO_LONG
    if claims.issued_at > now + SKEW:
        return Reason.NOT_YET_VALID
    if now >= claims.expires_at + SKEW:
        return Reason.EXPIRED
    if claims.audience not in audiences or claims.audience != key.audience:
        return Reason.WRONG_AUDIENCE
    return None
