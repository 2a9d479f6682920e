"""A piece of a snapshot: the cards whose ids begin with the same bits, told column by column.

A chunk is deterministic CBOR, an array of five byte strings, each with its cards in the order of their ids::

    card_ids 16 each   generations 2 each   standings 1 each   name_lengths 2 each   names

A standing is ``16 * state + member_status``, by the numbers of :mod:`cardcore.snapshot_document`; a name's length is in
bytes of UTF-8, 0 for none, and ``names`` has them one behind the other. Integers are big-endian. A chunk is not signed:
it counts by its SHA-256, which a signed manifest names (:mod:`cardcore.snapshot_manifest`).

Columns, so that a card is found and a thousand are checked without a Python step for each item: doors do it while they
answer people.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import lt
from struct import unpack
from typing import Final

from cardcore.card import CARD_ID_BYTES
from cardcore.cbor import Limits, parse, serialise
from cardcore.errors import CborError, UntrustedError
from cardcore.ids import CardId, UnixSeconds
from cardcore.membership import CardStanding
from cardcore.snapshot_document import (
    CARD_STATES,
    DISPLAY_NAME_CHARS_MAX,
    MEMBER_STATUSES,
    SnapshotRow,
)

MAX_CHUNK_BYTES: Final = 1024 * 1024  # 3,000 cards with the longest names there are
CHUNK_HASH_BYTES: Final = 32  # SHA-256
_LIMITS: Final = Limits(depth=1, entries=5)
_COLUMNS: Final = 5
_FIVE_COLUMNS: Final = "five columns of bytes"
_NUMBER_BYTES: Final = 2
_STATE_FACTOR: Final = 16
_STANDINGS: Final = frozenset(
    _STATE_FACTOR * state + member
    for state in range(len(CARD_STATES))
    for member in range(len(MEMBER_STATUSES))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotChunk:
    """Some cards, sorted by id, none twice."""

    card_ids: bytes = field(repr=False)
    generations: bytes = field(repr=False)
    standings: bytes = field(repr=False)
    name_lengths: bytes = field(repr=False)
    names: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self.card_ids) // CARD_ID_BYTES

    def find(self, card_id: CardId, as_of: UnixSeconds) -> CardStanding | None:
        """How this card stands; None where it is not in here."""
        at = bisect_left(range(len(self)), card_id, key=self._id_at)
        if self._id_at(at) != card_id:
            return None
        lengths = _numbers(self.name_lengths)
        begin = sum(islice(lengths, at))
        name = self.names[begin : begin + lengths[at]].decode()
        return self._standing(at, name, _numbers(self.generations)[at], as_of)

    def rows(self, as_of: UnixSeconds) -> Iterator[SnapshotRow]:
        """All of them, in order."""
        generations = _numbers(self.generations)
        for at, (card_id, name) in enumerate(self.named()):
            standing = self._standing(at, name, generations[at], as_of)
            yield SnapshotRow(card_id=card_id, standing=standing)

    def named(self) -> Iterator[tuple[CardId, str]]:
        """Each card with the name it is shown by, which may be empty."""
        end = 0
        for at, length in enumerate(_numbers(self.name_lengths)):
            begin, end = end, end + length
            yield self._id_at(at), self.names[begin:end].decode()

    def _id_at(self, at: int) -> CardId:
        return CardId(_id(self.card_ids, at))

    def _standing(self, at: int, name: str, generation: int, as_of: UnixSeconds) -> CardStanding:
        state, member = divmod(self.standings[at], _STATE_FACTOR)
        return CardStanding(
            state=CARD_STATES[state],
            generation=generation,
            member=MEMBER_STATUSES[member],
            display_name=name or None,
            as_of=as_of,
        )


def chunk_of(rows: Sequence[SnapshotRow]) -> SnapshotChunk:
    """The chunk of these cards, which are sorted by id, none twice. A long name is cut."""
    names = [
        (row.standing.display_name or "")[:DISPLAY_NAME_CHARS_MAX].encode("utf-8", "replace")
        for row in rows
    ]
    return SnapshotChunk(
        card_ids=b"".join(row.card_id for row in rows),
        generations=_packed(row.standing.generation for row in rows),
        standings=bytes(
            _STATE_FACTOR * CARD_STATES.index(row.standing.state)
            + MEMBER_STATUSES.index(row.standing.member)
            for row in rows
        ),
        name_lengths=_packed(map(len, names)),
        names=b"".join(names),
    )


def chunk_bytes(chunk: SnapshotChunk) -> bytes:
    """The bytes of a chunk: the same for the same cards."""
    return serialise(
        (chunk.card_ids, chunk.generations, chunk.standings, chunk.name_lengths, chunk.names)
    )


def chunk_hash(data: bytes) -> bytes:
    """What a manifest names a chunk by."""
    return hashlib.sha256(data).digest()


def chunk_in(data: bytes) -> SnapshotChunk:
    """The chunk in ``data``, by its shape alone: for one that was checked before.

    Raises:
        UntrustedError: not five columns of the same number of cards.
    """
    try:
        columns = parse(data, _LIMITS)
    except CborError as error:
        msg = f"no chunk of a snapshot: {error}"
        raise UntrustedError(msg) from error
    if not isinstance(columns, tuple) or len(columns) != _COLUMNS:
        raise _MisshapenError(_FIVE_COLUMNS)
    ids, generations, standings, lengths, names = columns
    if not (
        isinstance(ids, bytes)
        and isinstance(generations, bytes)
        and isinstance(standings, bytes)
        and isinstance(lengths, bytes)
        and isinstance(names, bytes)
    ):
        raise _MisshapenError(_FIVE_COLUMNS)
    count = len(standings)
    _require(len(ids) == count * CARD_ID_BYTES, "an id of 16 bytes for each standing")
    _require(
        len(generations) == len(lengths) == count * _NUMBER_BYTES,
        "a generation and a length for each standing",
    )
    return SnapshotChunk(
        card_ids=ids,
        generations=generations,
        standings=standings,
        name_lengths=lengths,
        names=names,
    )


def check_chunk(chunk: SnapshotChunk) -> SnapshotChunk:
    """``chunk``, every card of which can be told.

    Raises:
        UntrustedError: ids out of order or twice, a standing there is none of, names that are none.
    """
    ids = [_id(chunk.card_ids, at) for at in range(len(chunk))]
    _require(all(map(lt, ids, islice(ids, 1, None))), "cards in order")
    _require(_STANDINGS.issuperset(chunk.standings), "standings that there are")
    lengths = _numbers(chunk.name_lengths)
    _require(sum(lengths) == len(chunk.names), "names as long as they are said to be")
    if chunk.names.isascii() and max(lengths, default=0) <= DISPLAY_NAME_CHARS_MAX:
        return chunk
    try:
        longest = max((len(name) for _, name in chunk.named()), default=0)
    except UnicodeDecodeError as error:
        wanted = "names in UTF-8"
        raise _MisshapenError(wanted) from error
    _require(
        longest <= DISPLAY_NAME_CHARS_MAX, f"names of at most {DISPLAY_NAME_CHARS_MAX} characters"
    )
    return chunk


class _MisshapenError(UntrustedError):
    def __init__(self, wanted: str) -> None:
        super().__init__(f"no chunk of a snapshot: it needs {wanted}")


def _require(is_so: bool, wanted: str) -> None:  # noqa: FBT001 -- read as a sentence
    if not is_so:
        raise _MisshapenError(wanted)


def _id(column: bytes, at: int) -> bytes:
    return column[at * CARD_ID_BYTES : (at + 1) * CARD_ID_BYTES]


def _numbers(column: bytes) -> tuple[int, ...]:
    return unpack(f">{len(column) // _NUMBER_BYTES}H", column)


def _packed(numbers: Iterable[int]) -> bytes:
    return b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in numbers)
