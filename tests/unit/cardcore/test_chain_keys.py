"""A chain's keys in a venue's key set: public halves alone, whatever a document says."""

from dataclasses import replace

import pytest

from cardcore.cbor import CborValue
from cardcore.documents import Document, DocumentKind
from cardcore.errors import KeySetError
from cardcore.ids import Audience, UnixSeconds
from cardcore.keyset import Alg, Key, key_set_of
from cardcore.keyset_document import key_set_body, key_set_in
from tests.fakes.card_material import VENUE, a_key

CHAIN = Audience("chain")
OWN = a_key(Alg.HMAC_256_64)
PUBLIC = replace(a_key(Alg.EDDSA), audience=CHAIN)


def document(body: CborValue) -> Document:
    return Document(
        kind=DocumentKind.KEY_SET,
        audience=VENUE,
        version=3,
        issued_at=UnixSeconds(5),
        expires_at=UnixSeconds(50),
        body=body,
    )


def test_a_chains_key_comes_back_with_its_audience() -> None:
    keys = key_set_of([OWN, PUBLIC], version=3)
    found = key_set_in(document(key_set_body(keys, VENUE)))
    assert found == keys
    assert found.audiences == {VENUE, CHAIN}


def test_a_venues_own_keys_are_written_as_they_always_were() -> None:
    keys = key_set_of([OWN])
    assert key_set_body(keys, VENUE) == key_set_body(keys)


@pytest.mark.parametrize(
    ("key", "named", "says"),
    [
        (OWN, CHAIN, "Ed25519 alone"),
        (a_key(Alg.HMAC_256_256), CHAIN, "Ed25519 alone"),
        (PUBLIC, VENUE, "no other audience"),
        (PUBLIC, "", "no other audience"),
        (PUBLIC, "A" * 33, "no other audience"),
        (PUBLIC, "a\nb", "no other audience"),
        (PUBLIC, 7, "no other audience"),
    ],
)
def test_a_key_that_would_make_the_chains_cards_refuses_the_whole_set(
    key: Key, named: CborValue, says: str
) -> None:
    body = key_set_body(key_set_of([replace(key, audience=VENUE)]))
    assert isinstance(body, tuple)
    (row,) = body
    assert isinstance(row, tuple)
    with pytest.raises(KeySetError, match=says):
        key_set_in(document(((*row, named),)))
    with pytest.raises(KeySetError, match="7 items"):
        key_set_in(document(((*row, named, 1),)))
