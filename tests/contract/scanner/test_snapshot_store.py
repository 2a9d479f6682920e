"""A snapshot that comes in chunks, kept in SQLite and in memory: nothing counts until all of it is here."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from cardcore.errors import UntrustedError
from cardcore.ids import CardId, UnixSeconds
from cardcore.snapshot_chunk import chunk_bytes, chunk_hash, chunk_of
from cardcore.snapshot_document import SnapshotRow
from cardcore.snapshot_manifest import SnapshotManifest, cut_by
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.errors import LedgerError
from scanner.sync.snapshot import Coming
from tests.fakes.card_material import NOW
from tests.fakes.scanner_standings import FakeStandings, a_standing
from tests.fakes.vault import VAULT

Store: TypeAlias = "SqliteStandings | FakeStandings"
LOW, HIGH, LATE = CardId(b"\x00" * 16), CardId(b"\xf0" * 16), CardId(b"\xff" * 16)
BITS: Final = 2  # two chunks of the four have no cards, and so one hash


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield FakeStandings()
        return
    with closing(SqliteStandings(tmp_path / "standings.sqlite3", VAULT)) as standings:
        yield standings


def cut(*cards: CardId, generation: int = 1) -> tuple[SnapshotManifest, dict[bytes, bytes]]:
    standing = a_standing(generation=generation, name="Ada")
    rows = [SnapshotRow(card_id=card_id, standing=standing) for card_id in cards]
    pieces = [chunk_bytes(chunk_of(some)) for _, some in cut_by(BITS, rows)]
    hashes = tuple(map(chunk_hash, pieces))
    manifest = SnapshotManifest(cards=len(cards), bits=BITS, hashes=hashes)
    return manifest, dict(zip(hashes, pieces, strict=True))


def take(store: Store, version: int, *cards: CardId, generation: int = 1) -> SnapshotManifest:
    manifest, pieces = cut(*cards, generation=generation)
    for no in store.expect(version, manifest):
        put(store, manifest, no, pieces)
    store.put_in_force(version, UnixSeconds(NOW + version), manifest)
    while store.sweep():
        pass
    return manifest


def put(store: Store, manifest: SnapshotManifest, no: int, pieces: dict[bytes, bytes]) -> None:
    data = pieces[manifest.hashes[no]]
    store.put_chunk(manifest.hashes[no], data, manifest.chunk(no, data))


def test_a_snapshot_in_chunks_is_in_force_when_all_of_it_is_here(store: Store) -> None:
    take(store, 1, LOW, HIGH)
    assert (store.snapshot_version, store.snapshot_cards) == (1, 2)
    assert store.snapshot_issued_at == NOW + 1
    standing = a_standing(name="Ada", as_of=NOW + 1)
    assert (store.in_snapshot(LOW), store.in_snapshot(HIGH)) == (standing, standing)
    assert store.in_snapshot(LATE) is None
    assert store.in_snapshot(CardId(b"\x80" * 16)) is None


def test_until_then_the_one_before_counts_and_it_is_told_how_far_it_is(store: Store) -> None:
    take(store, 1, LOW)
    manifest, pieces = cut(HIGH, LATE, generation=2)
    missing = store.expect(2, manifest)
    assert list(missing) == [3]  # the others have no cards, and one such chunk is here
    assert store.snapshot_coming == Coming(version=2, chunks=4, have=3)
    put(store, manifest, 3, pieces)
    assert store.snapshot_coming == Coming(version=2, chunks=4, have=4)
    assert (store.snapshot_version, store.in_snapshot(HIGH)) == (1, None)
    assert store.in_snapshot(LOW) is not None
    store.put_in_force(2, UnixSeconds(NOW + 2), manifest)
    assert (store.snapshot_version, store.in_snapshot(LOW)) == (2, None)
    assert store.in_snapshot(LATE) == a_standing(generation=2, name="Ada", as_of=NOW + 2)
    assert store.snapshot_coming is None


def test_what_came_before_a_cut_is_not_asked_for_again(store: Store) -> None:
    manifest, pieces = cut(LOW, HIGH)
    assert list(store.expect(1, manifest)) == [0, 1, 2, 3]
    put(store, manifest, 0, pieces)
    assert list(store.expect(1, manifest)) == [1, 2, 3]
    later, _ = cut(LOW, HIGH, LATE)
    assert list(store.expect(2, later)) == [1, 2, 3]  # a newer one has the same first chunk
    assert store.snapshot_coming == Coming(version=2, chunks=4, have=1)


def test_only_what_changed_is_missing(store: Store) -> None:
    take(store, 1, LOW, HIGH)
    later, _ = cut(LOW, HIGH, LATE)
    assert list(store.expect(2, later)) == [3]
    same, _ = cut(LOW, HIGH)
    assert list(store.expect(3, same)) == []
    store.put_in_force(3, UnixSeconds(NOW + 3), same)
    assert store.in_snapshot(LOW) == a_standing(name="Ada", as_of=NOW + 3)


def test_with_a_chunk_missing_nothing_is_put_in_force(store: Store) -> None:
    take(store, 1, LOW)
    manifest, _ = cut(HIGH)
    with pytest.raises(LedgerError, match="swept away"):
        store.put_in_force(2, UnixSeconds(NOW + 2), manifest)
    assert store.snapshot_version == 1
    assert store.in_snapshot(LOW) is not None


def test_with_more_or_fewer_cards_than_it_says_nothing_is_put_in_force(store: Store) -> None:
    take(store, 1, LOW)
    whole, pieces = cut(LOW, HIGH)
    for cards in (1, 3):
        manifest = SnapshotManifest(cards=cards, bits=whole.bits, hashes=whole.hashes)
        for no in store.expect(2, manifest):
            put(store, manifest, no, pieces)
        with pytest.raises(UntrustedError, match="the chunks of the snapshot have 2 cards"):
            store.put_in_force(2, UnixSeconds(NOW + 2), manifest)
    assert (store.snapshot_version, store.in_snapshot(HIGH)) == (1, None)
    assert store.in_snapshot(LOW) is not None


def test_chunks_that_are_in_force_no_more_are_swept(store: Store) -> None:
    first = take(store, 1, LOW, HIGH)
    take(store, 2, LATE)
    assert list(store.expect(3, first)) == [0, 3]
