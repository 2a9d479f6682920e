"""What every storage promises of snapshots: cards in order, and chunks until they are forgotten."""

from dataclasses import replace

import pytest

from cardcore.card import Mode
from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from central.ports.records import Card
from central.ports.snapshots import KeptChunk, NamedChunk
from central.ports.storage import Storage
from tests.fakes.central_material import ADA, MAIN, POOL
from tests.fakes.central_world import NOON

CHUNK = KeptChunk(no=0, hash=b"h" * 32, cards=2, content=b"cards")
SAME_ELSEWHERE = replace(CHUNK, no=1)
LATER = replace(CHUNK, no=1, hash=b"l" * 32, cards=3, content=b"later")


def named(chunk: KeptChunk) -> NamedChunk:
    return NamedChunk(no=chunk.no, hash=chunk.hash, cards=chunk.cards)


@pytest.fixture
def known(storage: Storage) -> Storage:
    with storage.write() as tx:
        tx.documents.touch(MAIN)
        tx.documents.touch(POOL)
    return storage


def test_a_chunk_is_in_force_until_it_is_dropped_and_found_until_it_is_forgotten(
    known: Storage,
) -> None:
    with known.write() as tx:
        assert tx.chunks.in_force(MAIN) == []
        for chunk in (SAME_ELSEWHERE, CHUNK):
            tx.chunks.put(MAIN, chunk)
        assert tx.chunks.in_force(MAIN) == [named(CHUNK), named(SAME_ELSEWHERE)]
    with known.write() as tx:
        tx.chunks.drop(MAIN, [named(SAME_ELSEWHERE)], UnixSeconds(NOON))
        tx.chunks.drop(MAIN, [], UnixSeconds(NOON))
        tx.chunks.put(MAIN, LATER)
        assert tx.chunks.in_force(MAIN) == [named(CHUNK), named(LATER)]
    with known.read() as tx:
        assert tx.chunks.find(MAIN, CHUNK.hash) == b"cards"
        assert tx.chunks.find(MAIN, LATER.hash) == b"later"
        assert tx.chunks.find(POOL, CHUNK.hash) is None
        assert tx.chunks.find(MAIN, bytes(32)) is None
    with known.write() as tx:
        tx.chunks.drop(MAIN, [named(LATER)], UnixSeconds(NOON + 1))
        assert tx.chunks.forget(UnixSeconds(NOON + 1)) == 1
        assert tx.chunks.find(MAIN, LATER.hash) == b"later"
        assert tx.chunks.forget(UnixSeconds(NOON + 2)) == 1
        assert tx.chunks.find(MAIN, LATER.hash) is None
        assert tx.chunks.in_force(MAIN) == [named(CHUNK)]


def test_a_chunk_that_is_named_again_is_in_force_again(known: Storage) -> None:
    with known.write() as tx:
        tx.chunks.put(MAIN, CHUNK)
        tx.chunks.put(POOL, CHUNK)
        tx.chunks.drop(MAIN, [named(CHUNK)], UnixSeconds(NOON))
        tx.chunks.put(MAIN, CHUNK)
        assert tx.chunks.in_force(MAIN) == tx.chunks.in_force(POOL) == [named(CHUNK)]
        assert tx.chunks.forget(UnixSeconds(NOON + 9)) == 0


def test_the_cards_of_several_audiences_come_in_one_order(known: Storage) -> None:
    with known.write() as tx:
        tx.members.put([ADA, replace(ADA, audience=POOL, display_name=None)])
        for first, audience in ((3, MAIN), (1, POOL), (2, MAIN)):
            card = Card(
                card_id=CardId(bytes((first,)) * 16),
                audience=audience,
                member_id=ADA.member_id,
                mode=Mode.ROTATING,
                state=CardState.ACTIVE,
                generation=first,
                issued_at=UnixSeconds(NOON),
                changed_at=UnixSeconds(NOON),
            )
            tx.cards.add(card)
    with known.read() as tx:
        rows = list(tx.cards.standings_in_order((MAIN, POOL), UnixSeconds(NOON)))
        assert [(row.standing.generation, row.standing.display_name) for row in rows] == [
            (1, None),
            (2, ADA.display_name),
            (3, ADA.display_name),
        ]
        assert rows[1:] == sorted(
            tx.cards.standings(MAIN, UnixSeconds(NOON)), key=lambda row: row.card_id
        )
        assert (tx.cards.count((MAIN, POOL)), tx.cards.count((POOL,))) == (3, 1)
        assert list(tx.cards.standings_in_order((), UnixSeconds(NOON))) == []
