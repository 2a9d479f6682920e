"""A venue's snapshot in chunks: a signed manifest of their hashes, and the chunks by hash.

1. A manifest is made anew like every document; its chunks only if something changed in the audience, and of those only
   what has another hash is written.
2. A chunk that is named no more is kept for KEPT_S: a door that began with an earlier manifest can end with it.
3. Cards come from the database in the order of their ids, a chunk at a time, and are cut while others may write: only
   what has changed is written then. Of a million cards that is 45 MB the first time, and a few chunks each time after it.
4. One at a time has chunks cut. Whoever asks meanwhile is handed the manifest before, which is a few seconds old.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
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
        self._cutting = threading.Lock()

    def manifest(self, audience: Audience) -> SignedDocument:
        """What the snapshot of an audience is made of, signed. While somebody else has it cut, the one before."""
        with self._storage.read() as tx:
            before = tx.documents.find(DocumentKind.SNAPSHOT_MANIFEST, audience)
            is_as_told = self._is_as_told(tx, audience)
        if is_as_told:
            return self._signed(audience, None)
        if not self._cutting.acquire(blocking=False):
            if before is not None and before.content:
                return before
            self._cutting.acquire()
        try:
            with self._storage.read() as tx:
                is_as_told = self._is_as_told(tx, audience)
                cut = None if is_as_told else self._cut(tx, audience, self._clock.now())
            return self._signed(audience, cut)
        finally:
            self._cutting.release()

    def _signed(self, audience: Audience, cut: "_Cut | None") -> SignedDocument:
        def body(tx: Transaction, now: UnixSeconds) -> CborValue:
            return manifest_body(self._manifest(tx, audience, now, cut))

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

    def _is_as_told(self, tx: Transaction, audience: Audience) -> bool:
        """Whether nothing has changed since the chunks that are kept."""
        before = tx.documents.find(DocumentKind.SNAPSHOT_MANIFEST, audience)
        if before is None or before.revision != self._chain.revision(tx, audience):
            return False
        return bool(tx.chunks.in_force(audience))

    def _manifest(
        self, tx: Transaction, audience: Audience, now: UnixSeconds, cut: "_Cut | None"
    ) -> SnapshotManifest:
        if not self._is_as_told(tx, audience):
            if cut is None or cut.revision != self._chain.revision(tx, audience):
                cut = self._cut(tx, audience, now)  # it has changed again
            for chunk in cut.new:
                tx.chunks.put(audience, chunk)
            tx.chunks.drop(audience, cut.gone, now)
        named = tx.chunks.in_force(audience)
        return SnapshotManifest(
            cards=sum(chunk.cards for chunk in named),
            bits=(len(named) - 1).bit_length(),
            hashes=tuple(chunk.hash for chunk in named),
        )

    def _cut(self, tx: Transaction, audience: Audience, now: UnixSeconds) -> "_Cut":
        before, reach = tx.chunks.in_force(audience), self._chain.reach(audience)
        bits_before = (len(before) - 1).bit_length() if before else None
        bits = bits_for(tx.cards.count(reach), bits_before)
        known = {(chunk.no, chunk.hash): chunk for chunk in before}
        new: list[KeptChunk] = []
        for no, rows in cut_by(bits, tx.cards.standings_in_order(reach, now)):
            content = chunk_bytes(chunk_of(rows))
            digest = chunk_hash(content)
            if known.pop((no, digest), None) is None:
                new.append(KeptChunk(no=no, hash=digest, cards=len(rows), content=content))
        revision = self._chain.revision(tx, audience)
        return _Cut(revision=revision, new=new, gone=tuple(known.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """What has to change for the chunks to be those of an audience at one revision."""

    revision: int
    new: Sequence[KeptChunk]
    gone: Sequence[NamedChunk]
