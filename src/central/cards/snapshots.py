"""A venue's snapshot in chunks: a signed manifest of their hashes, and the chunks by hash.

1. A manifest is made anew like every document; its chunks only if something changed in the audience, and of those only
   what has another hash is written.
2. A chunk that is named no more is kept for KEPT_S: a door that began with an earlier manifest can end with it.
3. Cards come from the database in the order of their ids, a chunk at a time: a million are never in memory.
"""

from collections.abc import Sequence
from typing import Final

from cardcore.cbor import CborValue
from cardcore.documents import DocumentKind
from cardcore.ids import Audience, UnixSeconds
from cardcore.snapshot_chunk import chunk_bytes, chunk_hash, chunk_of
from cardcore.snapshot_manifest import SnapshotManifest, bits_for, cut_by, manifest_body
from central.cards.service import SNAPSHOT_LIFE_S
from central.errors import Kind, NotFoundError
from central.ports.chain import NO_CHAIN, Chain
from central.ports.records import SignedDocument
from central.ports.snapshots import KeptChunk, NamedChunk
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, DocumentSigner

KEPT_S: Final = 3_600  # seconds; a million cards over a line of 200 kB/s take four minutes


class SnapshotService:
    """Tells doors how all cards stand, as far as they do not know."""

    def __init__(
        self, *, storage: Storage, signer: DocumentSigner, clock: Clock, chain: Chain = NO_CHAIN
    ) -> None:
        self._storage = storage
        self._signer = signer
        self._clock = clock
        self._chain = chain

    def manifest(self, audience: Audience) -> SignedDocument:
        """What the snapshot of an audience is made of, signed."""

        def body(tx: Transaction, now: UnixSeconds) -> CborValue:
            return manifest_body(self._manifest(tx, audience, now))

        return self._signer.signed(
            DocumentKind.SNAPSHOT_MANIFEST, audience, life_s=SNAPSHOT_LIFE_S, body=body
        )

    def chunk(self, audience: Audience, chunk_hash: bytes) -> bytes:
        """The chunk of this hash.

        Raises:
            NotFoundError: no manifest names it, nor did one within the last hour.
        """
        with self._storage.glance() as tx:
            content = tx.chunks.find(audience, chunk_hash)
        if content is None:
            raise NotFoundError(Kind.NOT_FOUND, "no such chunk; ask for the manifest again")
        return content

    def clean_up(self) -> int:
        """Forget chunks that no door asks for any more; how many."""
        with self._storage.write() as tx:
            return tx.chunks.forget(UnixSeconds(self._clock.now() - KEPT_S))

    def _manifest(self, tx: Transaction, audience: Audience, now: UnixSeconds) -> SnapshotManifest:
        named = tx.chunks.in_force(audience)
        before = tx.documents.find(DocumentKind.SNAPSHOT_MANIFEST, audience)
        same = before is not None and before.revision == self._chain.revision(tx, audience)
        if not same or not named:
            self._cut(tx, audience, now, named)
            named = tx.chunks.in_force(audience)
        return SnapshotManifest(
            cards=sum(chunk.cards for chunk in named),
            bits=(len(named) - 1).bit_length(),
            hashes=tuple(chunk.hash for chunk in named),
        )

    def _cut(
        self, tx: Transaction, audience: Audience, now: UnixSeconds, before: Sequence[NamedChunk]
    ) -> None:
        reach = self._chain.reach(audience)
        bits_before = (len(before) - 1).bit_length() if before else None
        bits = bits_for(tx.cards.count(reach), bits_before)
        known = {(chunk.no, chunk.hash): chunk for chunk in before}
        for no, rows in cut_by(bits, tx.cards.standings_in_order(reach, now)):
            content = chunk_bytes(chunk_of(rows))
            digest = chunk_hash(content)
            if known.pop((no, digest), None) is None:
                tx.chunks.put(
                    audience, KeptChunk(no=no, hash=digest, cards=len(rows), content=content)
                )
        tx.chunks.drop(audience, known.values(), now)
