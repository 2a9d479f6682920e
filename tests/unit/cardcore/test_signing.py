from dataclasses import replace

import pytest

from cardcore.card import Mode
from cardcore.derivation import derive_card_key
from cardcore.errors import TokenError
from cardcore.ids import CardId, Kid
from cardcore.keyset import Alg
from cardcore.signing import mint_with_card_key, mint_with_private_key, mint_with_venue_key
from tests.fakes.card_material import ALLOWED, KIDS, SECRETS, some_claims
from tests.fakes.minting import mint

FORBIDDEN = [(mode, alg) for mode in Mode for alg in Alg if (mode, alg) not in ALLOWED]


def test_a_phone_with_the_card_key_makes_what_the_venue_key_makes() -> None:
    claims, alg = some_claims(), Alg.HMAC_256_64
    card_key = derive_card_key(SECRETS[alg], claims.mode, claims.card_id, claims.generation)
    by_phone = mint_with_card_key(claims, kid=KIDS[alg], alg=alg, card_key=card_key)
    assert by_phone == mint(claims, alg)


@pytest.mark.parametrize(("mode", "alg"), FORBIDDEN)
def test_a_mode_that_an_algorithm_may_not_carry_is_not_made(mode: Mode, alg: Alg) -> None:
    with pytest.raises(TokenError):
        mint(some_claims(mode=mode), alg)


def test_a_shared_key_signs_nothing() -> None:
    with pytest.raises(TokenError, match="shared key"):
        mint_with_venue_key(
            some_claims(mode=Mode.ONLINE), kid=KIDS[Alg.EDDSA], alg=Alg.EDDSA, venue_key=bytes(32)
        )


@pytest.mark.parametrize("generation", [-1, 65_536])
def test_a_generation_out_of_bounds_is_a_token_error_not_an_overflow(generation: int) -> None:
    with pytest.raises(TokenError):
        mint(some_claims(generation=generation), Alg.HMAC_256_64)


def test_a_card_id_of_another_length_is_not_made() -> None:
    with pytest.raises(TokenError):
        mint(replace(some_claims(), card_id=CardId(bytes(15))), Alg.HMAC_256_64)


def test_a_key_id_of_another_length_is_not_made() -> None:
    claims = some_claims(mode=Mode.ONLINE)
    with pytest.raises(TokenError, match="key id"):
        mint_with_private_key(claims, kid=Kid(b"12345"), private_key=SECRETS[Alg.EDDSA])
