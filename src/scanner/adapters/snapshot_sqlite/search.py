"""Find cards by their holder's name or the beginning of their id, in plain SQL."""

import re
import unicodedata
from typing import Final

_LIKE_SIGNS: Final = re.compile(r"[!%_]")
_ID_DIGITS: Final = 32
_ID_BEGINS: Final = re.compile(r"[0-9a-f]{4,32}")  # fewer digits would find half the list
MAX_TERMS: Final = 8  # words of a search; a name has fewer


def fold(text: str) -> str:
    """``text`` without case and accents: "Jürgen" is found by "jurgen"."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parted if not unicodedata.combining(char))


def condition_of(words: list[str]) -> tuple[str, tuple[object, ...]]:
    """A condition on cards and its parameters: every word in the name, or the beginning of the card's id."""
    wanted = tuple(f"%{_LIKE_SIGNS.sub(_escaped, word)}%" for word in words)
    condition = " AND ".join("folded LIKE ? ESCAPE '!'" for _ in wanted)
    digits = "".join(words)
    if not _ID_BEGINS.fullmatch(digits):
        return f"({condition})", wanted
    first, last = (bytes.fromhex(digits.ljust(_ID_DIGITS, pad)) for pad in "0f")
    return f"(({condition}) OR card_id BETWEEN ? AND ?)", (*wanted, first, last)


def _escaped(sign: re.Match[str]) -> str:
    return f"!{sign[0]}"


def rank(folded: str, text: str) -> tuple[int, str]:
    """Best first: the name itself, a name that begins so, a word of it that does, the rest."""
    if folded == text:
        return 0, folded
    if folded.startswith(text):
        return 1, folded
    return (2 if f" {text}" in folded else 3), folded
