"""Keys: the product's derivation against HKDF (RFC 5869) written out."""

import hashlib
import hmac

from hypothesis import given, strategies as st

from cardcore.card import Mode
from cardcore.derivation import derive_card_key, derive_venue_key
from cardcore.ids import Audience, CardId
from tests.property.cardcore.strategies import PLAIN

KEYS = st.binary(min_size=32, max_size=32)
CARDS = st.tuples(
    st.sampled_from(Mode), st.binary(min_size=16, max_size=16), st.integers(0, 65_535)
)


def hkdf_32(key: bytes, info: bytes) -> bytes:
    """One block is 32 bytes: extract with an all-zero salt, expand once."""
    pseudo_random_key = hmac.new(bytes(32), key, hashlib.sha256).digest()
    return hmac.new(pseudo_random_key, info + b"\x01", hashlib.sha256).digest()


@given(KEYS, st.text(PLAIN, min_size=1, max_size=32))
def test_a_venue_key_is_hkdf_of_the_root_key(root: bytes, audience: str) -> None:
    expected = hkdf_32(root, b"MC1 venue\x00" + audience.encode("utf-8"))
    assert derive_venue_key(root, Audience(audience)) == expected


@given(KEYS, CARDS)
def test_a_card_key_is_hkdf_of_the_venue_key(venue: bytes, card: tuple[Mode, bytes, int]) -> None:
    mode, card_id, generation = card
    number = bytes((generation >> 8, generation & 0xFF))
    expected = hkdf_32(venue, b"MC1 card\x00" + bytes((mode.value,)) + card_id + number)
    assert derive_card_key(venue, mode, CardId(card_id), generation) == expected


@given(KEYS, CARDS, CARDS)
def test_two_cards_modes_or_generations_never_share_a_key(
    venue: bytes, one: tuple[Mode, bytes, int], other: tuple[Mode, bytes, int]
) -> None:
    keys = [
        derive_card_key(venue, mode, CardId(card_id), generation)
        for mode, card_id, generation in (one, other)
    ]
    assert (keys[0] == keys[1]) is (one == other)
