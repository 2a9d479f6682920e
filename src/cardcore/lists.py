"""Lists of cards as sorted 8-byte keyed hashes: who was revoked, who may be shown at all.

A hash is HMAC-SHA256 over the card id under the list's own 16-byte key, cut to 8 bytes. A list of 10,000 has 80 kB; a
million 8 MB, looked up in microseconds by bisection. No Bloom filter: at one in a hundred it would turn away good members.

A delta leads from one version of a list to a later one. It names the SHA-256 of the list at both ends, so that it fits
nowhere else. A list with a delta on it is never merged: looked up in the delta first, then in the list.
"""

import hashlib
import hmac
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import lt
from struct import iter_unpack
from typing import Final

from cardcore.errors import UntrustedError
from cardcore.ids import CardId

HASH_BYTES: Final = 8
LIST_KEY_BYTES: Final = 16
DIGEST_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class CardList:
    """Hashes of ``HASH_BYTES`` each, sorted, none twice, one behind the other; ``key`` is what they were made with."""

    key: bytes
    hashes: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self.hashes) // HASH_BYTES

    def has(self, hashed: bytes) -> bool:
        """Whether this hash is on the list."""
        at = self._place(hashed)
        return self.hashes[at : at + HASH_BYTES] == hashed

    def digest(self) -> bytes:
        """SHA-256 over key and hashes: what a delta names."""
        return hashlib.sha256(self.key + self.hashes).digest()

    def changed(self, added: Iterable[bytes], removed: Iterable[bytes]) -> "CardList":
        """This list with some more and some fewer: it is cut where they belong, and put together again."""
        parts: list[bytes] = []
        begin = 0
        gone = frozenset(removed)
        for hashed in sorted({*added, *gone}):
            at = self._place(hashed)
            parts.append(self.hashes[begin:at])
            there = self.hashes[at : at + HASH_BYTES] == hashed
            begin = at + HASH_BYTES if there else at
            if hashed not in gone:
                parts.append(hashed)
        parts.append(self.hashes[begin:])
        return CardList(key=self.key, hashes=b"".join(parts))

    def _place(self, hashed: bytes) -> int:
        """Where the hash stands, or would, in bytes."""
        hashes = self.hashes
        return HASH_BYTES * bisect_left(
            range(len(self)),
            hashed,
            key=lambda number: hashes[number * HASH_BYTES : (number + 1) * HASH_BYTES],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDelta:
    """What leads from version ``base`` of a list, whose digest is ``before``, to one whose digest is ``after``."""

    base: int
    before: bytes
    after: bytes
    added: tuple[bytes, ...] = ()
    removed: tuple[bytes, ...] = ()

    def applied_to(self, whole: CardList) -> CardList:
        """The later list.

        Raises:
            UntrustedError: it belongs to another list, or leads to another than it says.
        """
        if not hmac.compare_digest(whole.digest(), self.before):
            msg = "a delta for another list than the one in force"
            raise UntrustedError(msg)
        changed = whole.changed(self.added, self.removed)
        if not hmac.compare_digest(changed.digest(), self.after):
            msg = "a delta that does not lead to the list it names"
            raise UntrustedError(msg)
        return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchedList:
    """A list with a delta on it, as a door holds it: ``numbers`` are the hashes, to be looked up in a microsecond."""

    whole: CardList
    numbers: "array[int]" = field(repr=False)
    added: frozenset[bytes] = frozenset()
    removed: frozenset[bytes] = frozenset()

    def __len__(self) -> int:
        return len(self.whole) + len(self.added) - len(self.removed)

    def __contains__(self, card_id: CardId) -> bool:
        hashed = hash_of(self.whole.key, card_id)
        if hashed in self.added:
            return True
        if hashed in self.removed:
            return False
        number = int.from_bytes(hashed, "big")
        at = bisect_left(self.numbers, number)
        return at < len(self.numbers) and self.numbers[at] == number


def patched(whole: CardList, delta: ListDelta | None) -> PatchedList:
    """``whole`` with ``delta`` on it; what the delta names twice or in vain changes nothing."""
    numbers = _numbers(whole.hashes)
    if delta is None:
        return PatchedList(whole=whole, numbers=numbers)
    added = (hashed for hashed in delta.added if not whole.has(hashed))
    removed = (hashed for hashed in delta.removed if whole.has(hashed))
    return PatchedList(
        whole=whole, numbers=numbers, added=frozenset(added), removed=frozenset(removed)
    )


def hash_of(key: bytes, card_id: CardId) -> bytes:
    """The hash of a card under a list's key."""
    return hmac.digest(key, card_id, "sha256")[:HASH_BYTES]


def list_of(key: bytes, card_ids: Iterable[CardId]) -> CardList:
    """The list of these cards."""
    return CardList(key=key, hashes=b"".join(sorted({hash_of(key, each) for each in card_ids})))


def delta_between(base: int, before: CardList, after: CardList) -> ListDelta:
    """What leads from version ``base``, which was ``before``, to ``after``; both under one key."""
    old, new = set(split_hashes(before.hashes)), set(split_hashes(after.hashes))
    return ListDelta(
        base=base,
        before=before.digest(),
        after=after.digest(),
        added=tuple(sorted(new - old)),
        removed=tuple(sorted(old - new)),
    )


def split_hashes(hashes: bytes) -> tuple[bytes, ...]:
    """The hashes one by one."""
    return tuple(hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES))


def are_sorted(hashes: bytes) -> bool:
    """Whether these are whole hashes in rising order, none twice; a million in a tenth of a second."""
    if len(hashes) % HASH_BYTES:
        return False
    numbers = _numbers(hashes)
    return all(map(lt, numbers, islice(numbers, 1, None)))


def _numbers(hashes: bytes) -> "array[int]":
    return array("Q", chain.from_iterable(iter_unpack(">Q", hashes)))
