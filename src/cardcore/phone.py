"""The messages between a member's phone and central: how a rotating card gets onto the phone.

The member opens a single-use link; the phone claims it once and from then on makes its tokens offline from the
card key (:func:`cardcore.signing.mint_with_card_key`). The key is that of mode 1, one card and one generation.
"""

from dataclasses import dataclass, field
from typing import Final

from cardcore.wire import Hex, Name, Natural

PHONE_ROOT: Final = "/mapi/v1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkClaim:
    """POST /links/claim: the secret of a link."""

    link: Name = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAnswer:
    """What a phone needs to show its card; ``signs_until`` in seconds since 1970, ``alg`` a COSE number."""

    card_id: Hex
    generation: Natural
    audience: Name
    kid: Hex
    alg: int
    card_key: Hex = field(repr=False)
    signs_until: Natural
