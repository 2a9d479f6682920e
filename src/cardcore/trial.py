"""A card made only to be verified: what a program tries itself with. Its key is thrown away, and no door knows it."""

from dataclasses import dataclass, field
from typing import Final

from cardcore.card import CARD_ID_BYTES, Claims, Mode
from cardcore.ids import Audience, CardId, Kid, Nonce, UnixSeconds
from cardcore.keyset import SECRET_BYTES, Alg, Key, KeySet, KeyState, key_set_of
from cardcore.signing import mint_with_venue_key
from cardcore.token import KID_BYTES
from cardcore.verify import VerifiedCard, verify_token

NONCE_BYTES: Final = 8
RANDOM_BYTES: Final = SECRET_BYTES + CARD_ID_BYTES + NONCE_BYTES + KID_BYTES
LIFE_S: Final = 60
_VENUE: Final = Audience("self-test")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCard:
    """The text of a card, and the one key set that judges it."""

    text: str = field(repr=False)
    keys: KeySet
    card_id: CardId


def make_trial_card(random: bytes, now: UnixSeconds) -> TrialCard:
    """A card of an own venue under an own key; ``random`` is RANDOM_BYTES long, ``now`` in seconds since 1970."""
    secret, rest = random[:SECRET_BYTES], random[SECRET_BYTES:RANDOM_BYTES]
    card_id = CardId(rest[:CARD_ID_BYTES])
    nonce = Nonce(rest[CARD_ID_BYTES : CARD_ID_BYTES + NONCE_BYTES])
    kid = Kid(rest[CARD_ID_BYTES + NONCE_BYTES :])
    end = UnixSeconds(now + LIFE_S)
    key = Key(
        kid=kid,
        alg=Alg.HMAC_256_64,
        secret=secret,
        audience=_VENUE,
        not_before=now,
        signs_until=end,
        expires_at=end,
        state=KeyState.ACTIVE,
    )
    claims = Claims(
        audience=_VENUE,
        issued_at=now,
        expires_at=end,
        nonce=nonce,
        mode=Mode.ROTATING,
        card_id=card_id,
        generation=0,
    )
    text = mint_with_venue_key(claims, kid=kid, alg=key.alg, venue_key=secret)
    return TrialCard(text=text, keys=key_set_of([key]), card_id=card_id)


def is_judged_right(trial: TrialCard, text: str, now: UnixSeconds) -> bool:
    """Whether ``text``, which came by way of a code, is taken for that card, and a forgery of it is not."""
    judged = verify_token(text, trial.keys, {_VENUE}, now)
    forged = verify_token(_forged(text), trial.keys, {_VENUE}, now)
    is_taken = isinstance(judged, VerifiedCard) and judged.claims.card_id == trial.card_id
    return is_taken and not isinstance(forged, VerifiedCard)


def _forged(text: str) -> str:
    """The same with another last character, which belongs to the tag."""
    return text[:-1] + ("0" if text[-1:] != "0" else "1")
