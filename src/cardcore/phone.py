"""The messages between a member's phone and central: how a rotating card gets onto the phone.

The member opens a single-use link; the phone claims it once. A rotating card's phone makes its tokens offline from then
on, from the card key (:func:`cardcore.signing.mint_with_card_key`): that of mode 1, one card and one generation. An online
card's phone gets no key; it asks central for each token (mode 0) with its phone token, as a rotating card's may.
"""

from dataclasses import dataclass, field
from typing import Final

from cardcore.office import CardMode
from cardcore.wire import Hex, Name, Natural

PHONE_ROOT: Final = "/mapi/v1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkClaim:
    """POST /links/claim: the secret of a link."""

    link: Name = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAnswer:
    """What a phone needs to show its card; ``signs_until`` in seconds since 1970, ``alg`` a COSE number.

    ``card_key`` is None where the card's ``mode`` is online. ``phone_token`` is what the phone says to central, until the
    card is reissued.
    """

    card_id: Hex
    generation: Natural
    audience: Name
    kid: Hex
    alg: int
    signs_until: Natural
    card_key: Hex | None = field(default=None, repr=False)
    mode: CardMode = CardMode.ROTATING
    phone_token: str | None = field(default=None, repr=False)
