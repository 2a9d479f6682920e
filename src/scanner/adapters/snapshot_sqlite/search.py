"""Find cards by their holder's name or the beginning of their id, in pages that are sealed as wholes.

A page is a line a card: the name as it is searched for, NUL, the card's id in hex. A million names are 1,024 pages, which
are opened and looked through while somebody waits; only the lines of a page that has every word are read.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from cardcore.ids import CardId

_ID_BEGINS: Final = re.compile(r"[0-9a-f]{4,32}")  # fewer digits would find half the list
MAX_TERMS: Final = 8  # words of a search; a name has fewer


def fold(text: str) -> str:
    """``text`` without case and accents: "Jürgen" is found by "jurgen"."""
    if text.isascii():  # nearly every name, and a million are folded while people are answered
        return text.casefold()
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parted if not unicodedata.combining(char))


def line_of(card_id: CardId, name: str | None) -> bytes:
    """A line of a page; without a name a card is found by its id alone."""
    folded = fold(name or "").translate({0: None, 10: None})
    return folded.encode("utf-8", "replace") + b"\0" + card_id.hex().encode()


class Wanted:
    """What is looked for: every word in the name, or the beginning of the card's id."""

    def __init__(self, text: str) -> None:
        words = fold(text).split()[:MAX_TERMS]
        digits = "".join(words)
        self.text = " ".join(words)
        self._words = tuple(word.encode("utf-8", "replace") for word in words)
        self._begins = f"\0{digits}".encode() if _ID_BEGINS.fullmatch(digits) else None

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was typed."""
        return not self._words

    def found_in(self, page: bytes) -> Iterator[tuple[CardId, str]]:
        """The cards of a page that fit, each with its name as it is searched for."""
        if self._fits(page, page):
            for line in page.split(b"\n"):
                folded, _, card_id = line.rpartition(b"\0")
                if self._fits(folded, line):
                    yield CardId(bytes.fromhex(card_id.decode())), folded.decode()

    def _fits(self, names: bytes, line: bytes) -> bool:
        if self._begins is not None and self._begins in line:
            return True
        return all(word in names for word in self._words)


def page_of(lines: Iterable[bytes]) -> bytes:
    """A page of these lines."""
    return b"\n".join(lines)


def rank(folded: str, text: str) -> tuple[int, str]:
    """Best first: the name itself, a name that begins so, a word of it that does, the rest."""
    if folded == text:
        return 0, folded
    if folded.startswith(text):
        return 1, folded
    return (2 if f" {text}" in folded else 3), folded
