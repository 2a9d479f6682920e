"""Find cards by their holder's name or the beginning of their id, a chunk of the snapshot at a time.

There is no index: a million names are 1,024 chunks, which are opened and looked through while somebody waits. The names of a
chunk are folded and looked at as one text; only where every word is in that, name by name.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from cardcore.card import CARD_ID_BYTES, printable
from cardcore.ids import CardId
from cardcore.snapshot_chunk import SnapshotChunk

_ID_BEGINS: Final = re.compile(r"[0-9a-f]{4,32}")  # fewer digits would find half the list
_ID_DIGITS: Final = 2 * CARD_ID_BYTES
MAX_TERMS: Final = 8  # words of a search; a name has fewer


def fold(text: str) -> str:
    """``text`` without case and accents: "Jürgen" is found by "jurgen"."""
    if text.isascii():
        return text.casefold()
    parted = unicodedata.normalize("NFKD", text.casefold())
    accents = {ord(char): None for char in set(parted) if unicodedata.combining(char)}
    return parted.translate(accents)


class Wanted:
    """What is looked for: every word in the name, or the beginning of the card's id."""

    def __init__(self, text: str) -> None:
        words = fold(text).split()[:MAX_TERMS]
        digits = "".join(words)
        self.text = " ".join(words)
        self._words = tuple(words)
        self._begins = digits if _ID_BEGINS.fullmatch(digits) else None
        self._first, self._last = (
            bytes.fromhex(digits.ljust(_ID_DIGITS, fill)) if self._begins else b"" for fill in "0f"
        )

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was typed."""
        return not self._words

    def fits(self, card_id: CardId, folded: str) -> bool:
        """Whether this card is wanted, by the name as it is searched for, which may be empty."""
        if self._begins is not None and card_id.hex().startswith(self._begins):
            return True
        return self._all_in(folded)

    def found_in(self, chunk: SnapshotChunk, *, with_names: bool) -> Iterator[tuple[CardId, str]]:
        """The cards of a chunk that fit, each with its name as it is searched for."""
        by_name = with_names and self._all_in(fold(chunk.names.decode()))
        ids = chunk.card_ids
        by_id = self._first <= ids[-CARD_ID_BYTES:] and ids[:CARD_ID_BYTES] <= self._last
        if not by_name and not by_id:
            return
        for card_id, name in chunk.named():
            folded = fold(printable(name)) if with_names else ""
            if self.fits(card_id, folded):
                yield card_id, folded

    def _all_in(self, folded: str) -> bool:
        return all(word in folded for word in self._words)


def rank(folded: str, text: str) -> tuple[int, str]:
    """Best first: the name itself, a name that begins so, a word of it that does, the rest."""
    if folded == text:
        return 0, folded
    if folded.startswith(text):
        return 1, folded
    return (2 if f" {text}" in folded else 3), folded
