"""Lists of a million cards at a door: how long one takes to apply, to look a card up in, and what a revocation weighs."""

import os
import time
from pathlib import Path
from statistics import median
from typing import Final

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.figures import FIGURES, Figure
from cardcore.documents import DocumentKind
from cardcore.ids import CardId
from cardcore.list_document import DELTA_OF, delta_body, list_body
from cardcore.lists import HASH_BYTES, LIST_KEY_BYTES, CardList, ListDelta, hash_of
from scanner.adapters.lists_file import ListFiles
from scanner.sync.parts import ListPart, Offers
from tests.fakes.card_material import VENUE
from tests.fakes.scanner_trust import Repository, a_gate, a_signer, signed_by

CARDS: Final = 1_000_000
ACTIVE: Final = DocumentKind.ACTIVE
PATH: Final = "/devices/me/lists/active"
SIGNER: Final = a_signer("bench")
KEY: Final = bytes(LIST_KEY_BYTES)
CARD: Final = CardId(bytes(16))
APPLIED_WITHIN_S: Final = 1.0
LOOKED_UP_WITHIN_US: Final = 20.0
DELTA_BYTES: Final = 500
DELTA: Final = Figure(name="a delta after one revocation", limit=DELTA_BYTES, unit="B")


@pytest.fixture(scope="module")
def million() -> CardList:
    """A million random hashes, one of them a card's."""
    raw = os.urandom(CARDS * HASH_BYTES)
    hashes = {raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)}
    hashes.add(hash_of(KEY, CARD))
    return CardList(key=KEY, hashes=b"".join(sorted(hashes)))


@pytest.fixture
def door(tmp_path: Path, million: CardList) -> tuple[ListPart, ListFiles, Repository]:
    """It is about to take the list."""
    repository = Repository(SIGNER)
    repository.offer(PATH, signed_by(SIGNER, ACTIVE, list_body(million)))
    lists = ListFiles(tmp_path, audience=VENUE, roots=lambda: (SIGNER.root,))
    gate = a_gate(root=SIGNER.root)
    return ListPart(ACTIVE, offers=Offers(repository), gate=gate, store=lists), lists, repository


def test_a_list_of_a_million_is_applied(
    benchmark: BenchmarkFixture, door: tuple[ListPart, ListFiles, Repository]
) -> None:
    part, lists, _ = door
    took: list[float] = []

    def apply() -> None:
        lists.forget()
        began = time.perf_counter()
        part.take()
        assert lists.word_on(CARD).active is not None
        took.append(time.perf_counter() - began)

    benchmark(apply)
    assert median(took) < APPLIED_WITHIN_S


def test_a_card_is_looked_up_among_a_million(
    benchmark: BenchmarkFixture, door: tuple[ListPart, ListFiles, Repository]
) -> None:
    part, lists, _ = door
    part.take()
    held = lists.in_force(ACTIVE)
    assert held is not None
    cards = [CardId(os.urandom(16)) for _ in range(1_000)]
    took: list[float] = []

    def look_up() -> int:
        began = time.perf_counter()
        found = sum(card in held.cards for card in cards)
        took.append((time.perf_counter() - began) / len(cards))
        return found

    assert benchmark(look_up) == 0
    assert median(took) * 1e6 < LOOKED_UP_WITHIN_US


def test_the_word_on_a_card_by_both_lists(
    benchmark: BenchmarkFixture, door: tuple[ListPart, ListFiles, Repository]
) -> None:
    """With a look at the files, whether another process has newer ones."""
    part, lists, _ = door
    part.take()
    assert benchmark(lists.word_on, CARD).active is not None


def test_a_delta_after_one_revocation(
    benchmark: BenchmarkFixture,
    door: tuple[ListPart, ListFiles, Repository],
    million: CardList,
) -> None:
    part, lists, repository = door
    part.take()
    gone = hash_of(KEY, CARD)
    after = million.changed((), (gone,))
    delta = ListDelta(base=1, before=million.digest(), after=after.digest(), removed=(gone,))
    data = signed_by(SIGNER, DELTA_OF[ACTIVE], delta_body(delta), version=2)
    assert len(data) < DELTA_BYTES
    FIGURES[DELTA] = {"ours": len(data)}
    repository.offer(PATH, data)
    benchmark(part.take)
    word = lists.word_on(CARD).active
    assert word is not None
    assert not word.on_it
