"""The chunks of snapshots of central's storage in memory."""

from collections.abc import Iterable, Sequence

from cardcore.ids import Audience, UnixSeconds
from central.ports.snapshots import KeptChunk, NamedChunk

KeptChunks = dict[tuple[Audience, bytes, int], tuple[KeptChunk, UnixSeconds | None]]


class FakeSnapshotChunks:
    def __init__(self, kept: KeptChunks) -> None:
        self._kept = kept

    def in_force(self, audience: Audience) -> Sequence[NamedChunk]:
        found = (
            NamedChunk(no=chunk.no, hash=chunk.hash, cards=chunk.cards)
            for (owner, _, _), (chunk, dropped_at) in self._kept.items()
            if owner == audience and dropped_at is None
        )
        return sorted(found, key=lambda chunk: chunk.no)

    def find(self, audience: Audience, chunk_hash: bytes) -> bytes | None:
        found = (
            chunk.content
            for (owner, digest, _), (chunk, _) in self._kept.items()
            if (owner, digest) == (audience, chunk_hash)
        )
        return next(found, None)

    def put(self, audience: Audience, chunk: KeptChunk) -> None:
        self._kept[audience, chunk.hash, chunk.no] = (chunk, None)

    def drop(self, audience: Audience, chunks: Iterable[NamedChunk], now: UnixSeconds) -> None:
        for chunk in chunks:
            place = (audience, chunk.hash, chunk.no)
            self._kept[place] = (self._kept[place][0], now)

    def forget(self, before: UnixSeconds) -> int:
        old = [place for place, (_, at) in self._kept.items() if at is not None and at < before]
        for place in old:
            del self._kept[place]
        return len(old)
