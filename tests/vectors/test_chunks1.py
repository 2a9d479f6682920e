"""The vectors of a snapshot in chunks: what is in each, and what no door takes for one."""

import hashlib
from typing import Final

import pytest

from cardcore.documents import DocumentKind, open_document
from cardcore.errors import UntrustedError
from cardcore.ids import CardId, UnixSeconds
from cardcore.snapshot_chunk import check_chunk, chunk_bytes, chunk_in, chunk_of
from cardcore.snapshot_document import snapshot_body
from cardcore.snapshot_manifest import SnapshotManifest, chunk_no, manifest_in
from tests.fakes.plain_cbor import encoded, from_json
from tests.vectors.test_documents1 import ROOT, VECTORS, VENUE, Chunk, RefusedChunk

AS_OF: Final = UnixSeconds(1_790_000_000)


def manifest_of(bits: int) -> SnapshotManifest:
    """The first one that is cut by so many bits."""
    manifests = (
        manifest_in(
            open_document(
                bytes.fromhex(vector.bytes),
                root=ROOT,
                kind=DocumentKind.SNAPSHOT_MANIFEST,
                audience=VENUE,
            )
        )
        for vector in VECTORS.documents
        if vector.kind == "snapshot-manifest"
    )
    return next(manifest for manifest in manifests if manifest.bits == bits)


def by_hand(rows: list[object]) -> bytes:
    """The chunk's bytes from docs/reference/documents.md alone."""
    columns = [b""] * 5
    for row in rows:
        card = from_json(row)
        assert isinstance(card, tuple)
        card_id, generation, state, member, *name = card
        assert isinstance(card_id, bytes)
        assert isinstance(generation, int)
        assert isinstance(state, int)
        assert isinstance(member, int)
        shown = "".join(map(str, name)).encode()
        of_card = (
            card_id,
            generation.to_bytes(2, "big"),
            bytes((16 * state + member,)),
            len(shown).to_bytes(2, "big"),
            shown,
        )
        columns = [column + more for column, more in zip(columns, of_card, strict=True)]
    return encoded(tuple(columns))


@pytest.mark.parametrize("vector", VECTORS.chunks, ids=lambda vector: f"{vector.bits}-{vector.no}")
class TestChunks:
    def test_other_libraries_make_the_same_bytes(self, vector: Chunk) -> None:
        data = by_hand(vector.rows)
        assert data.hex() == vector.bytes
        assert hashlib.sha256(data).hexdigest() == vector.hash

    def test_the_manifest_names_it_and_it_is_read_back_as_it_was(self, vector: Chunk) -> None:
        data = bytes.fromhex(vector.bytes)
        chunk = manifest_of(vector.bits).chunk(vector.no, data)
        rows = list(chunk.rows(AS_OF))
        assert snapshot_body(rows) == from_json(vector.rows)
        assert chunk_bytes(chunk_of(rows)) == data
        assert len(chunk) == len(rows)

    def test_each_card_is_found_in_it_and_no_other(self, vector: Chunk) -> None:
        chunk = chunk_in(bytes.fromhex(vector.bytes))
        for row in chunk.rows(AS_OF):
            assert chunk.find(row.card_id, AS_OF) == row.standing
            assert chunk_no(row.card_id, vector.bits) == vector.no
        for stranger in (bytes(16), b"\xff" * 16, bytes(8) + b"\xff" * 8):
            assert chunk.find(CardId(stranger), AS_OF) is None

    def test_one_bit_off_it_is_another(self, vector: Chunk) -> None:
        manifest, data = manifest_of(vector.bits), bytes.fromhex(vector.bytes)
        for at in range(0, len(data), 7):
            changed = data[:at] + bytes((data[at] ^ 4,)) + data[at + 1 :]
            with pytest.raises(UntrustedError, match="not the one that its manifest names"):
                manifest.chunk(vector.no, changed)


@pytest.mark.parametrize("vector", VECTORS.refused_chunks, ids=lambda vector: vector.id)
def test_what_is_no_chunk_is_refused_and_says_why(vector: RefusedChunk) -> None:
    with pytest.raises(UntrustedError, match="no chunk of a snapshot") as caught:
        check_chunk(chunk_in(bytes.fromhex(vector.bytes)))
    assert vector.says in str(caught.value)
