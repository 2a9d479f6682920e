"""Standings kept in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cardcore.errors import UntrustedError
from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_chunk import SnapshotChunk, chunk_hash
from cardcore.snapshot_document import SnapshotRow
from cardcore.snapshot_manifest import SnapshotManifest
from scanner.errors import LedgerError
from scanner.sync.snapshot import Coming
from tests.fakes.card_material import NOW


def a_standing(
    *,
    state: CardState = CardState.ACTIVE,
    generation: int = 1,
    member: MemberStatus = MemberStatus.ACTIVE,
    name: str | None = None,
    as_of: int = NOW,
) -> CardStanding:
    return CardStanding(
        state=state,
        generation=generation,
        member=member,
        display_name=name,
        as_of=UnixSeconds(as_of),
    )


class FakeStandings:
    """A StatusMemory. ``trouble`` makes every question a fault, ``full`` only what writes."""

    def __init__(self) -> None:
        self.answered: dict[CardId, CardStanding] = {}
        self.listed: dict[CardId, CardStanding] = {}
        self.version = 0
        self.issued_at: UnixSeconds | None = None
        self.chunks: dict[bytes, SnapshotChunk] = {}
        self.placed: frozenset[bytes] = frozenset()
        self.coming: Coming | None = None
        self.trouble = ""
        self.full = ""

    def cached(self, card_id: CardId) -> CardStanding | None:
        self._check()
        return self.answered.get(card_id)

    def remember(self, card_id: CardId, standing: CardStanding) -> None:
        self._check(self.full)
        kept = self.answered.get(card_id)
        if kept is None or standing.as_of >= kept.as_of:
            self.answered[card_id] = standing

    def in_snapshot(self, card_id: CardId) -> CardStanding | None:
        self._check()
        return self.listed.get(card_id)

    @property
    def snapshot_issued_at(self) -> UnixSeconds | None:
        self._check()
        return self.issued_at

    @property
    def snapshot_version(self) -> int:
        self._check()
        return self.version

    def replace_snapshot(
        self, version: int, issued_at: UnixSeconds, rows: Iterator[SnapshotRow]
    ) -> int:
        self._check(self.full)
        listed = {row.card_id: replace(row.standing, as_of=issued_at) for row in rows}
        self.version, self.issued_at, self.listed = version, issued_at, listed
        return len(listed)

    @property
    def snapshot_cards(self) -> int:
        return len(self.listed)

    @property
    def snapshot_coming(self) -> Coming | None:
        return self.coming

    def expect(self, version: int, manifest: SnapshotManifest) -> Sequence[int]:
        self._check(self.full)
        hashes = manifest.hashes
        missing = [no for no, digest in enumerate(hashes) if digest not in self.chunks]
        have = len(hashes) - len(missing)
        self.coming = Coming(version=version, chunks=len(hashes), have=have)
        return missing

    def put_chunk(self, digest: bytes, data: bytes, chunk: SnapshotChunk) -> None:
        self._check(self.full)
        assert chunk_hash(data) == digest
        self.chunks[digest] = chunk
        if self.coming is not None:
            self.coming = replace(self.coming, have=self.coming.have + 1)

    def put_in_force(
        self, version: int, issued_at: UnixSeconds, manifest: SnapshotManifest
    ) -> None:
        self._check(self.full)
        if not self.chunks.keys() >= set(manifest.hashes):
            msg = "chunks of the snapshot were swept away"
            raise LedgerError(msg)
        rows = [row for digest in manifest.hashes for row in self.chunks[digest].rows(issued_at)]
        if len(rows) != manifest.cards:
            msg = f"the chunks of the snapshot have {len(rows)} cards"
            raise UntrustedError(msg)
        self.replace_snapshot(version, issued_at, iter(rows))
        self.placed = frozenset(manifest.hashes)
        self.coming = None

    def sweep(self) -> bool:
        self._check(self.full)
        old = next(iter(self.chunks.keys() - self.placed), None)
        self.chunks.pop(old or b"", None)
        return old is not None

    def _check(self, more: str = "") -> None:
        if self.trouble or more:
            raise LedgerError(self.trouble or more)
