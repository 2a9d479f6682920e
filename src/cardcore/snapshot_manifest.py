"""What a snapshot in chunks is made of, as a signed document's body: so a door fetches only what it has not got.

``[cards, bits, hashes]``: the number of cards, and the SHA-256 of each of the ``2 ** bits`` chunks one behind the other. A
card is in the chunk whose number its id's first ``bits`` bits are: one card that changes changes one chunk, and a cut
download goes on with the chunks that are missing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from cardcore.cbor import CborValue
from cardcore.documents import Document
from cardcore.errors import UntrustedError
from cardcore.ids import CardId
from cardcore.snapshot_chunk import (
    CHUNK_HASH_BYTES,
    SnapshotChunk,
    check_chunk,
    chunk_hash,
    chunk_in,
)
from cardcore.snapshot_document import SnapshotRow

BITS_MAX: Final = 13  # 8 million cards in chunks of 1,000; the manifest has 256 kB then
MAX_MANIFEST_BYTES: Final = 512 * 1024
CHUNK_CARDS: Final = (
    1_024  # on the average, at most, when a snapshot is cut anew; some 40 kB with names
)
_CARDS_LIMIT: Final = 1 << 32
_ITEMS: Final = 3
_ID_BITS: Final = 16  # of a card's id that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotManifest:
    """The chunks of a snapshot; ``hashes`` has one for each number from 0 on."""

    cards: int
    bits: int
    hashes: tuple[bytes, ...] = field(repr=False)

    def chunk(self, no: int, data: bytes) -> SnapshotChunk:
        """The chunk of this number in ``data``.

        Raises:
            UntrustedError: it is not the one that the manifest names, or holds what no chunk may.
        """
        if chunk_hash(data) != self.hashes[no]:
            msg = f"chunk {no} of the snapshot is not the one that its manifest names"
            raise UntrustedError(msg)
        chunk = check_chunk(chunk_in(data))
        first, last = chunk.card_ids[:2], chunk.card_ids[-16:][:2]
        if len(chunk) and not chunk_no(first, self.bits) == no == chunk_no(last, self.bits):
            msg = f"chunk {no} of the snapshot has cards of another"
            raise UntrustedError(msg)
        return chunk


def manifest_body(manifest: SnapshotManifest) -> CborValue:
    """The body for a manifest."""
    return (manifest.cards, manifest.bits, b"".join(manifest.hashes))


def manifest_in(document: Document) -> SnapshotManifest:
    """The manifest of an opened document.

    Raises:
        UntrustedError: another shape.
    """
    body = document.body
    if not isinstance(body, tuple) or len(body) != _ITEMS:
        msg = "the body is no manifest of a snapshot"
        raise UntrustedError(msg)
    cards, bits, hashes = body
    if not isinstance(cards, int) or not 0 <= cards < _CARDS_LIMIT:
        msg = f"{cards!r} is no number of cards"
        raise UntrustedError(msg)
    if not isinstance(bits, int) or not 0 <= bits <= BITS_MAX:
        msg = f"a snapshot is cut by 0 to {BITS_MAX} bits, not {bits!r}"
        raise UntrustedError(msg)
    if not isinstance(hashes, bytes) or len(hashes) != CHUNK_HASH_BYTES << bits:
        msg = f"a manifest of {bits} bits has {1 << bits} hashes of {CHUNK_HASH_BYTES} bytes"
        raise UntrustedError(msg)
    return SnapshotManifest(
        cards=cards,
        bits=bits,
        hashes=tuple(
            hashes[at : at + CHUNK_HASH_BYTES] for at in range(0, len(hashes), CHUNK_HASH_BYTES)
        ),
    )


def chunk_no(card_id: CardId | bytes, bits: int) -> int:
    """The number of the chunk that a card is in; the first two bytes of its id are enough."""
    return int.from_bytes(card_id[:2], "big") >> (_ID_BITS - bits)


def bits_for(cards: int, before: int | None = None) -> int:
    """By how many bits to cut a snapshot of so many cards.

    ``before`` is what the last one was cut by: it stays while its chunks hold a quarter to twice of what they should, or
    a venue that grows back and forth over a limit would be fetched whole each time.
    """
    if before is not None:
        mean = cards >> before
        too_many = mean > 2 * CHUNK_CARDS and before < BITS_MAX
        too_few = mean < CHUNK_CARDS // 4 and before > 0
        if not too_many and not too_few:
            return before
    return min(BITS_MAX, max(0, (cards - 1) // CHUNK_CARDS).bit_length())


def cut_by(bits: int, rows: Iterable[SnapshotRow]) -> Iterator[tuple[int, Sequence[SnapshotRow]]]:
    """The cards of every chunk with its number, from ``rows`` sorted by card id; there may be none in it."""
    due = 0
    for no, some in groupby(rows, key=lambda row: chunk_no(row.card_id, bits)):
        yield from ((empty, ()) for empty in range(due, no))
        yield no, tuple(some)
        due = no + 1
    yield from ((empty, ()) for empty in range(due, 1 << bits))
