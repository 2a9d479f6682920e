"""Take the snapshot in chunks: the manifest, then what is not here yet of what it names.

1. The manifest passes every check of a document (:mod:`scanner.sync.trust`) before a chunk is asked for.
2. Each chunk is checked, by its hash and its content, and kept at once: a download that is cut goes on where it was, also
   under a later manifest. Nothing counts by that yet.
3. When all are here, one short transaction puts them in force; until then the snapshot before is.
4. Between two chunks the sync pauses. It shares a processor, a file and central's allowance with those who wait at the door.

A central of an earlier program has no manifest, and is asked for the snapshot in one piece.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cardcore.documents import DocumentKind
from cardcore.errors import UntrustedError
from cardcore.ids import UnixSeconds
from cardcore.snapshot_chunk import SnapshotChunk
from cardcore.snapshot_manifest import SnapshotManifest, manifest_in
from scanner.errors import LinkDownError, LinkRefusedError, OddAnswerError
from scanner.ports import Fetched
from scanner.sync.trust import Gatekeeper

# 40 a second, of the 50 that central allows a device without end: a million cards take half a minute.
BREATH_S: Final = 0.025
_PATH: Final = "/devices/me/snapshot/manifest"
_NOT_FOUND: Final = 404
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A snapshot that is being fetched: its version, of how many chunks it is, and how many of them are here."""

    version: int
    chunks: int
    have: int


class SnapshotLink(Protocol):
    """Central over the network. All faults are LinkError."""

    def document(self, path: str, etag: str | None, asked: Mapping[str, str]) -> Fetched | None:
        """A signed document; None where central has none other than the caller's."""
        ...

    def chunk(self, digest: bytes) -> bytes:
        """The chunk of this SHA-256, as it came.

        Raises:
            OddAnswerError: longer than a chunk can be, or packed.
        """
        ...


class ChunkStore(Protocol):
    """Where snapshots are kept. All faults are LedgerError."""

    @property
    def snapshot_version(self) -> int:
        """The version in force, 0 for none."""
        ...

    def expect(self, version: int, manifest: SnapshotManifest) -> Sequence[int]:
        """Begin to take in this snapshot, or go on with it; the numbers of the chunks that are not here yet."""
        ...

    def put_chunk(self, digest: bytes, data: bytes, chunk: SnapshotChunk) -> None:
        """Keep a chunk that was checked; it counts when its snapshot is in force."""
        ...

    def put_in_force(
        self, version: int, issued_at: UnixSeconds, manifest: SnapshotManifest
    ) -> None:
        """Put a snapshot in force whose chunks are all here.

        Raises:
            UntrustedError: it has not as many cards as it says.
        """
        ...

    def sweep(self) -> bool:
        """Drop a few chunks that are in force no more; whether there may be more of them."""
        ...


class SnapshotTaker:
    """Takes it. ``pause`` waits so many seconds, and says whether the program ends meanwhile."""

    def __init__(
        self,
        *,
        link: SnapshotLink,
        gate: Gatekeeper,
        store: ChunkStore,
        pause: Callable[[float], bool],
    ) -> None:
        self._link = link
        self._gate = gate
        self._store = store
        self._pause = pause
        self._etag: str | None = None

    def take(self) -> bool:
        """Fetch what is new, and put it in force if it passes; False where this central knows no manifests.

        Raises:
            DocumentError: something was refused; the snapshot before stays in force.
            LinkError: central was lost or said no.
        """
        try:
            fetched = self._link.document(_PATH, self._etag, {})
        except LinkRefusedError as error:
            if error.status != _NOT_FOUND:
                raise
            return False
        if fetched is not None:
            self._take(fetched)
        return True

    def _take(self, fetched: Fetched) -> None:
        kind, store = DocumentKind.SNAPSHOT, self._store  # one ratchet for both forms
        also = DocumentKind.SNAPSHOT_MANIFEST
        document = self._gate.check(fetched.data, kind, store.snapshot_version, also)
        manifest = manifest_in(document)
        missing = store.expect(document.version, manifest)
        for no in missing:
            self._fetch(no, manifest)
            self._breathe()
        if missing:
            _log.info("%d of %d chunks came", len(missing), len(manifest.hashes))
        self._gate.let_in(
            document,
            kind,
            lambda: store.put_in_force(document.version, document.issued_at, manifest),
        )
        self._etag = fetched.etag
        while store.sweep():
            self._breathe()

    def _fetch(self, no: int, manifest: SnapshotManifest) -> None:
        digest = manifest.hashes[no]
        try:
            data = self._link.chunk(digest)
        except OddAnswerError as error:
            msg = f"chunk {no} of the snapshot: {error}"
            raise UntrustedError(msg) from error
        except LinkRefusedError as error:
            if error.status != _NOT_FOUND:
                raise
            msg = f"central does not have chunk {no} of the snapshot that it signed"
            raise UntrustedError(msg) from error
        self._store.put_chunk(digest, data, manifest.chunk(no, data))

    def _breathe(self) -> None:
        if self._pause(BREATH_S):
            msg = "the program ends; the rest of the snapshot is fetched when it runs again"
            raise LinkDownError(msg)
