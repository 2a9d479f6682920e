"""A central that hands out a snapshot in chunks, with knobs for what goes wrong."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, CardId
from cardcore.membership import CardStanding
from cardcore.snapshot_chunk import chunk_bytes, chunk_hash, chunk_of
from cardcore.snapshot_document import SnapshotRow
from cardcore.snapshot_manifest import SnapshotManifest, cut_by, manifest_body
from scanner.errors import LinkDownError, LinkRefusedError
from scanner.ports import Fetched
from tests.fakes.card_material import NOW, VENUE
from tests.fakes.scanner_central import signed

NOT_FOUND = "urn:gatepost:problem:not_found"


@dataclass(slots=True)
class FakeSnapshots:
    """A SnapshotLink.

    ``manifest`` is the document it offers, None for a central of an earlier program; ``chunks`` are its pieces by hash.
    ``gone`` chunks are answered with that status. After ``cut_after`` chunks the line is cut, and whole again for whoever
    asks next. ``refusal`` is its answer to who asks for the manifest. ``spoil`` changes a chunk on its way.
    """

    manifest: bytes | None = None
    etag: str | None = '"m"'
    chunks: dict[bytes, bytes] = field(default_factory=dict)
    gone: dict[bytes, int] = field(default_factory=dict)
    cut_after: int | None = None
    refusal: LinkRefusedError | None = None
    spoil: Callable[[bytes], bytes] = bytes
    asked: list[bytes] = field(default_factory=list)

    def offer(
        self,
        cards: Iterable[tuple[CardId, CardStanding]],
        *,
        bits: int = 2,
        version: int = 1,
        issued_at: int = NOW,
        audience: Audience = VENUE,
        count: int | None = None,
    ) -> SnapshotManifest:
        """Sign a manifest of these cards; ``count`` is how many it says they are."""
        rows = [SnapshotRow(card_id=card_id, standing=standing) for card_id, standing in cards]
        pieces = [
            chunk_bytes(chunk_of(some))
            for _, some in cut_by(bits, sorted(rows, key=lambda row: row.card_id))
        ]
        hashes = tuple(map(chunk_hash, pieces))
        self.chunks |= dict(zip(hashes, pieces, strict=True))
        manifest = SnapshotManifest(
            cards=len(rows) if count is None else count, bits=bits, hashes=hashes
        )
        self.manifest = signed(
            DocumentKind.SNAPSHOT_MANIFEST,
            manifest_body(manifest),
            version=version,
            issued_at=issued_at,
            audience=audience,
        )
        self.etag = f'"m{version}"'
        return manifest

    def document(self, path: str, etag: str | None, asked: Mapping[str, str]) -> Fetched | None:
        assert (path, asked) == ("/devices/me/snapshot/manifest", {})
        if self.refusal is not None:
            raise self.refusal
        if self.manifest is None:
            raise LinkRefusedError(404, NOT_FOUND, "no such path")
        if etag is not None and etag == self.etag:
            return None
        return Fetched(data=self.manifest, etag=self.etag)

    def chunk(self, digest: bytes) -> bytes:
        if self.cut_after is not None and len(self.asked) >= self.cut_after:
            self.cut_after = None
            msg = "the line was cut"
            raise LinkDownError(msg)
        self.asked.append(digest)
        if digest in self.gone:
            raise LinkRefusedError(self.gone[digest], NOT_FOUND, "no such chunk")
        return self.spoil(self.chunks[digest])
