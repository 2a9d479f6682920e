"""Where the chunks of snapshots are kept, as the use cases see it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cardcore.ids import Audience, UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedChunk:
    """A chunk that the newest manifest of an audience names: its number, its SHA-256, how many cards are in it."""

    no: int
    hash: bytes
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChunk(NamedChunk):
    """The same with its bytes."""

    content: bytes = field(repr=False)


class SnapshotChunks(Protocol):
    """The chunks of every audience: those that its newest manifest names, and for a while those that an earlier one did."""

    def in_force(self, audience: Audience) -> Sequence[NamedChunk]:
        """What the newest manifest names, by number."""
        ...

    def find(self, audience: Audience, chunk_hash: bytes) -> bytes | None:
        """The bytes of this hash."""
        ...

    def put(self, audience: Audience, chunk: KeptChunk) -> None:
        """The newest manifest names this one."""
        ...

    def drop(self, audience: Audience, chunks: Iterable[NamedChunk], now: UnixSeconds) -> None:
        """The newest manifest does not name these any more."""
        ...

    def forget(self, before: UnixSeconds) -> int:
        """Forget what was dropped before that instant; how many."""
        ...
