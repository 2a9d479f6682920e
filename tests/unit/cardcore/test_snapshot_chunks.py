"""How a snapshot is cut, and what a manifest refuses of its chunks."""

from dataclasses import replace

import pytest

from cardcore.errors import UntrustedError
from cardcore.ids import CardId
from cardcore.snapshot_chunk import chunk_bytes, chunk_hash, chunk_of
from cardcore.snapshot_document import SnapshotRow
from cardcore.snapshot_manifest import BITS_MAX, SnapshotManifest, bits_for, chunk_no
from tests.fakes.card_material import NOW
from tests.fakes.scanner_standings import a_standing

LOW, HIGH = CardId(b"\x00" + bytes(15)), CardId(b"\xff" + bytes(15))


def chunk_with(*card_ids: CardId, name: str | None = None) -> bytes:
    standing = a_standing(name=name)
    rows = [SnapshotRow(card_id=card_id, standing=standing) for card_id in card_ids]
    return chunk_bytes(chunk_of(rows))


@pytest.mark.parametrize(
    ("cards", "before", "bits"),
    [
        (0, None, 0),
        (1_024, None, 0),
        (1_025, None, 1),
        (2_049, None, 2),
        (1_000_000, None, 10),
        (1 << 30, None, BITS_MAX),
        (0, 3, 0),
        (2_048, 0, 0),  # grown a little: not cut anew
        (3_072, 0, 2),
        (1_025, 2, 2),
        (1_023, 2, 0),
        (1 << 30, BITS_MAX, BITS_MAX),
    ],
)
def test_a_snapshot_is_cut_so_that_a_chunk_is_neither_large_nor_many(
    cards: int, before: int | None, bits: int
) -> None:
    assert bits_for(cards, before) == bits


def test_a_card_is_in_the_chunk_of_its_first_bits() -> None:
    assert [chunk_no(b"\xa5\xc3", bits) for bits in (0, 1, 4, 13)] == [0, 1, 0xA, 0xA5C3 >> 3]


def test_a_chunk_with_cards_of_another_is_refused_although_its_hash_is_right() -> None:
    for data in (chunk_with(LOW, HIGH), chunk_with(HIGH)):
        manifest = SnapshotManifest(cards=2, bits=1, hashes=(chunk_hash(data),) * 2)
        with pytest.raises(UntrustedError, match="chunk 0 of the snapshot has cards of another"):
            manifest.chunk(0, data)
    data = chunk_with(LOW)
    manifest = SnapshotManifest(cards=1, bits=1, hashes=(chunk_hash(data),) * 2)
    assert len(manifest.chunk(0, data)) == 1
    with pytest.raises(UntrustedError, match="chunk 1 of the snapshot has cards of another"):
        manifest.chunk(1, data)


def test_a_chunk_without_cards_fits_anywhere() -> None:
    data = chunk_with()
    manifest = SnapshotManifest(cards=0, bits=1, hashes=(chunk_hash(data),) * 2)
    assert [len(manifest.chunk(no, data)) for no in (0, 1)] == [0, 0]


def test_a_name_that_has_no_form_or_is_long_is_mended_where_it_is_written() -> None:
    data = chunk_with(LOW, name="n" * 63 + "\ud800and more")
    manifest = SnapshotManifest(cards=1, bits=0, hashes=(chunk_hash(data),))
    found = manifest.chunk(0, data).find(LOW, NOW)
    assert found == replace(a_standing(), display_name="n" * 63 + "?")
