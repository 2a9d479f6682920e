"""Mint a card under the fixed test keys, whichever algorithm it takes."""

from cardcore.card import Claims
from cardcore.keyset import Alg
from cardcore.signing import mint_with_private_key, mint_with_venue_key
from tests.fakes.card_material import KIDS, SECRETS


def mint(claims: Claims, alg: Alg) -> str:
    if alg is Alg.EDDSA:
        return mint_with_private_key(claims, kid=KIDS[alg], private_key=SECRETS[alg])
    return mint_with_venue_key(claims, kid=KIDS[alg], alg=alg, venue_key=SECRETS[alg])
