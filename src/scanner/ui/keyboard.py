"""Bytes from the terminal to keys: characters, Enter, Backspace, function keys, Esc and arrows; all else is nothing.

A stock terminal parser also takes pastes, mouse reports, focus and resize reports out of the same bytes, and stops at
bytes that are no UTF-8. Here a keyboard scanner types whatever a stranger printed, so that a code holding ``ESC [200~``
would swallow every key after it, and one holding ``ESC [48;…t`` would resize the screen. The rules:

    a whole known sequence is its key; a whole unknown one is dropped; ESC and one character is dropped
    ESC alone for ESCAPE_WAIT is the Esc key; a sequence unfinished by then is dropped
    nothing waits for more than SEQUENCE_MAX characters
"""

import re
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

ESCAPE_WAIT: Final = 0.05  # seconds
SEQUENCE_MAX: Final = 32  # characters; the longest key sequence has 8
_ESC: Final = "\x1b"

_WHOLE: Final = re.compile(r"\x1b(?:\[\[[A-E]|\[[0-?]*[ -/]*[@-~]|O[ -~]|[^\[O])", re.DOTALL)
_CONTROL: Final = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    "\x7f": "backspace",
    "\b": "backspace",
}


def _sequences() -> dict[str, str]:
    known = {"[A": "up", "[B": "down", "OA": "up", "OB": "down", "OM": "enter"}
    known |= {f"O{letter}": f"f{n}" for n, letter in enumerate("PQRS", 1)}
    known |= {f"[{letter}": f"f{n}" for n, letter in enumerate("PQRS", 1) if letter != "R"}
    known |= {f"[[{letter}": f"f{n}" for n, letter in enumerate("ABCDE", 1)}  # the Linux console
    numbers = (11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24)
    return known | {f"[{number}~": f"f{n}" for n, number in enumerate(numbers, 1)}


SEQUENCES: Final = {_ESC + tail: key for tail, key in _sequences().items()}
"""Every sequence that is a key; those with Shift, Alt or Ctrl are not among them."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key: its name, and the character it types, if it does."""

    key: str
    character: str | None = None


def _utf8() -> IncrementalDecoder:
    return getincrementaldecoder("utf-8")("replace")


@dataclass(slots=True)
class KeyReader:
    """Reads keys from what the terminal sends; any bytes will do."""

    _held: str = ""
    _decoder: IncrementalDecoder = field(default_factory=_utf8, repr=False)

    @property
    def waits(self) -> bool:
        """Whether part of a sequence is held back."""
        return bool(self._held)

    def feed(self, data: bytes) -> Iterator[Stroke]:
        """The keys that ``data`` completes."""
        self._held += self._decoder.decode(data)
        while self._held:
            if self._held[0] != _ESC:
                character, self._held = self._held[0], self._held[1:]
                yield from _plain(character)
                continue
            whole = _WHOLE.match(self._held)
            if whole is None:
                if len(self._held) > SEQUENCE_MAX:
                    self._held = self._held[1:]
                    continue
                return
            self._held = self._held[whole.end() :]
            key = SEQUENCES.get(whole[0])
            if key is not None:
                yield Stroke(key)

    def rest(self) -> Iterator[Stroke]:
        """Nothing came for ESCAPE_WAIT: what was held back is Esc, or nothing."""
        held, self._held = self._held, ""
        if held == _ESC:
            yield Stroke("escape")


def _plain(character: str) -> Iterator[Stroke]:
    if character in _CONTROL:
        yield Stroke(_CONTROL[character])
    elif character.isprintable():
        yield Stroke(character, character)
