"""Lists of cards: what is on them, what leads from one to the next, and what is no list."""

from dataclasses import replace

import pytest

from cardcore.documents import Document, DocumentKind
from cardcore.errors import UntrustedError
from cardcore.ids import CardId, UnixSeconds
from cardcore.list_document import delta_body, delta_in, list_body, list_in
from cardcore.lists import (
    LIST_KEY_BYTES,
    CardList,
    are_sorted,
    delta_between,
    hash_of,
    list_of,
    patched,
    split_hashes,
)
from tests.fakes.card_material import NOW, VENUE, fixed_bytes

KEY = fixed_bytes("a list", LIST_KEY_BYTES)
CARDS = [CardId(fixed_bytes(f"card {number}", 16)) for number in range(20)]
STRANGER = CardId(fixed_bytes("a stranger", 16))
FEW = list_of(KEY, CARDS[:5])


def document(body: object, kind: DocumentKind = DocumentKind.REVOKED, version: int = 9) -> Document:
    return Document(
        kind=kind,
        audience=VENUE,
        version=version,
        issued_at=NOW,
        expires_at=UnixSeconds(NOW + 60),
        body=body,  # type: ignore[arg-type] # any body may come
    )


def test_a_list_has_its_cards_and_no_others() -> None:
    cards = list_of(KEY, CARDS)
    assert len(cards) == len(CARDS)
    assert all(cards.has(hash_of(KEY, card)) for card in CARDS)
    assert not cards.has(hash_of(KEY, STRANGER))


def test_a_hash_beyond_either_end_is_not_on_it() -> None:
    assert not FEW.has(bytes(8))
    assert not FEW.has(b"\xff" * 8)


def test_an_empty_list_has_nobody() -> None:
    nobody = list_of(KEY, [])
    assert (len(nobody), nobody.has(hash_of(KEY, STRANGER))) == (0, False)


def test_a_card_twice_stands_on_it_once() -> None:
    assert list_of(KEY, [*CARDS[:5], CARDS[0]]) == FEW


def test_the_hash_depends_on_the_key_of_the_list() -> None:
    assert hash_of(KEY, STRANGER) != hash_of(fixed_bytes("another", LIST_KEY_BYTES), STRANGER)


@pytest.mark.parametrize(
    ("hashes", "good"),
    [
        (b"", True),
        (bytes(8), True),
        (bytes(7) + b"\x01" + bytes(6) + b"\x01\x00", True),
        (bytes(16), False),
        (b"\x02" + bytes(7) + b"\x01" + bytes(7), False),
        (bytes(9), False),
    ],
)
def test_what_is_in_order(hashes: bytes, good: bool) -> None:  # noqa: FBT001 -- a table
    assert are_sorted(hashes) is good


def test_a_delta_leads_from_one_list_to_the_next() -> None:
    after = list_of(KEY, CARDS[2:8])
    delta = delta_between(3, FEW, after)
    assert (len(delta.added), len(delta.removed)) == (3, 2)
    assert delta.applied_to(FEW) == after


def test_a_list_with_a_delta_on_it_answers_as_the_next_one_does() -> None:
    after = list_of(KEY, CARDS[2:8])
    both = patched(FEW, delta_between(3, FEW, after))
    assert len(both) == len(after)
    for card in (*CARDS, STRANGER):
        assert (card in both) is after.has(hash_of(KEY, card))


def test_a_list_without_a_delta_is_itself() -> None:
    both = patched(FEW, None)
    assert (both.whole, len(both)) == (FEW, len(FEW))
    assert CARDS[0] in both
    assert STRANGER not in both


def test_what_a_delta_names_in_vain_changes_nothing() -> None:
    delta = delta_between(3, FEW, FEW)
    vain = replace(delta, added=split_hashes(FEW.hashes), removed=(hash_of(KEY, STRANGER),))
    assert len(patched(FEW, vain)) == len(FEW)
    assert vain.applied_to(FEW) == FEW


def test_a_delta_for_another_list_is_refused() -> None:
    delta = delta_between(3, list_of(KEY, CARDS[:4]), FEW)
    with pytest.raises(UntrustedError, match="another list"):
        delta.applied_to(FEW)


def test_a_delta_that_leads_elsewhere_than_it_says_is_refused() -> None:
    delta = delta_between(3, FEW, list_of(KEY, CARDS))
    with pytest.raises(UntrustedError, match="does not lead"):
        replace(delta, added=delta.added[1:]).applied_to(FEW)


def test_bodies_are_read_back_as_they_were() -> None:
    assert list_in(document(list_body(FEW))) == FEW
    delta = delta_between(3, FEW, list_of(KEY, CARDS))
    assert delta_in(document(delta_body(delta), DocumentKind.REVOKED_DELTA)) == delta


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no list of hashes"),
        ((KEY,), "no list of hashes"),
        ((KEY, b"", b""), "no list of hashes"),
        ((KEY[:-1], b""), "16 bytes"),
        ((1, b""), "16 bytes"),
        ((KEY, 1), "not in order"),
        ((KEY, bytes(9)), "not in order"),
        ((KEY, bytes(16)), "not in order"),
    ],
)
def test_what_is_no_list_is_refused(body: object, why: str) -> None:
    with pytest.raises(UntrustedError, match=why):
        list_in(document(body))


DIGEST = bytes(32)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no delta"),
        ((1, DIGEST, DIGEST, b""), "no delta"),
        ((0, DIGEST, DIGEST, b"", b""), "from version 0"),
        ((10, DIGEST, DIGEST, b"", b""), "from version 10 to 9"),
        ((b"1", DIGEST, DIGEST, b"", b""), "from version"),
        ((1, DIGEST[1:], DIGEST, b"", b""), "a digest has 32"),
        ((1, DIGEST, 1, b"", b""), "a digest has 32"),
        ((1, DIGEST, DIGEST, bytes(16), b""), "not in order"),
        ((1, DIGEST, DIGEST, b"", bytes(7)), "not in order"),
    ],
)
def test_what_is_no_delta_is_refused(body: object, why: str) -> None:
    with pytest.raises(UntrustedError, match=why):
        delta_in(document(body, DocumentKind.REVOKED_DELTA))


def test_a_list_says_little_when_it_is_printed() -> None:
    assert "hashes" not in repr(CardList(key=KEY, hashes=FEW.hashes))
