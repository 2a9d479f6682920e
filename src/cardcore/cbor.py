"""Deterministic CBOR (RFC 8949 §4.2.1), the strict part of it that Gatepost uses.

Integers of up to 64 bits, byte strings, UTF-8 text, arrays, and maps with integer keys. Definite lengths,
minimal heads, keys sorted bytewise, no duplicates, no tags, floats, simple values or trailing bytes:
exactly one byte form for a value, so ``serialise(parse(x)) == x`` for every ``x`` that parses.

Hostile bytes meet this reader first; a general decoder spends seconds on some 3 kB inputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from cardcore.errors import CborError

CborValue: TypeAlias = "int | bytes | str | Sequence[CborValue] | Mapping[int, CborValue]"

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP = range(6)
_PLAIN: Final = frozenset((0, 2, 3))  # unsigned integers, bytes and text
_DIRECT_MAX: Final = 23  # RFC 8949 §3: larger arguments follow the head in 1, 2, 4 or 8 bytes
_HEAD_BYTES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_SHORT_HEADS: Final = tuple(bytes((head,)) for head in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a reader accepts before it gives up: nesting, and entries of any one map or array."""

    depth: int
    entries: int


TOKEN_LIMITS: Final = Limits(depth=4, entries=8)  # token.md: claims need 2 levels and 5 entries
ENTRY_LIMITS: Final = Limits(depth=6, entries=256)  # an audit entry and its extension map
DOCUMENT_LIMITS: Final = Limits(depth=6, entries=2_000_000)  # a snapshot of a chain's cards


def parse(data: bytes, limits: Limits = TOKEN_LIMITS) -> CborValue:
    """The one value in ``data``.

    Raises:
        CborError: anything but exactly one value in its deterministic form, within ``limits``.
    """
    reader = _Reader(data, limits.entries)
    value = reader.value(limits.depth)
    if reader.at != len(data):
        msg = "bytes after the value"
        raise CborError(msg)
    return value


def serialise(value: CborValue) -> bytes:
    """The deterministic bytes of ``value``.

    Raises:
        CborError: a type or an integer that this format has no form for.
    """
    out = bytearray()
    _append(out, value)
    return bytes(out)


class _Reader:
    """A position in bytes, moved forward by reading."""

    __slots__ = ("at", "data", "entries")

    def __init__(self, data: bytes, entries: int) -> None:
        self.data = data
        self.at = 0
        self.entries = entries

    def value(self, depth: int) -> CborValue:
        """The next value. Small integers and short strings are most of what there is: they take the short way."""
        at, data = self.at, self.data
        if at >= len(data) or data[at] & 0x1F > _DIRECT_MAX or data[at] >> 5 not in _PLAIN:
            return self._any_value(depth)
        first = data[at]
        if first <= _DIRECT_MAX:
            self.at = at + 1
            return first
        self.at = at + 1
        length = first & 0x1F
        return self._take(length) if first >> 5 == _BYTES else self._text(length)

    def _any_value(self, depth: int) -> CborValue:
        major, argument = self._head()
        match major:
            case 0:
                return argument
            case 2:
                return self._take(argument)
            case 3:
                return self._text(argument)
            case 5:
                return self._map(argument, depth)
            case 1:
                return -1 - argument
            case _:
                return self._array(argument, depth)

    def _head(self) -> tuple[int, int]:
        at = self.at
        if at >= len(self.data):
            msg = "cut short"
            raise CborError(msg)
        first = self.data[at]
        self.at = at + 1
        major, low = first >> 5, first & 0x1F
        if major > _MAP:
            msg = f"tag, float or simple value at byte {self.at - 1}"
            raise CborError(msg)
        if low <= _DIRECT_MAX:
            return major, low
        size = _HEAD_BYTES.get(low)
        if size is None:
            msg = f"indefinite length or reserved head at byte {self.at - 1}"
            raise CborError(msg)
        argument = int.from_bytes(self._take(size), "big")
        smallest = _DIRECT_MAX + 1 if size == 1 else 1 << (4 * size)
        if argument < smallest:
            msg = f"a longer head than needed before byte {self.at}"
            raise CborError(msg)
        return major, argument

    def _take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.data):
            msg = "cut short"
            raise CborError(msg)
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def _text(self, size: int) -> str:
        try:
            return self._take(size).decode("utf-8")
        except UnicodeDecodeError as error:
            msg = "text that is not UTF-8"
            raise CborError(msg) from error

    def _enter(self, count: int, depth: int) -> None:
        if depth <= 0:
            msg = "nested too deeply"
            raise CborError(msg)
        if count > self.entries:
            msg = f"{count} entries, more than {self.entries}"
            raise CborError(msg)

    def _array(self, count: int, depth: int) -> CborValue:
        self._enter(count, depth)
        return tuple(self.value(depth - 1) for _ in range(count))

    def _map(self, count: int, depth: int) -> CborValue:
        self._enter(count, depth)
        entries: dict[int, CborValue] = {}
        before = b""
        data = self.data
        for _ in range(count):
            start = self.at
            if start < len(data) and data[start] <= _DIRECT_MAX:  # nearly every key
                key: CborValue = data[start]
                self.at = start + 1
            else:
                key = self.value(0)
            if type(key) is not int:
                msg = "a map key that is no integer"
                raise CborError(msg)
            written = self.data[start : self.at]
            if written <= before:
                msg = "map keys not in order"
                raise CborError(msg)
            before = written
            entries[key] = self.value(depth - 1)
        return entries


def _head_bytes(major: int, argument: int) -> bytes:
    if argument <= _DIRECT_MAX:
        return _SHORT_HEADS[major << 5 | argument]
    for low, size in _HEAD_BYTES.items():
        if argument < 1 << (8 * size):
            return bytes((major << 5 | low,)) + argument.to_bytes(size, "big")
    msg = "an integer of more than 64 bits"
    raise CborError(msg)


def _integer_bytes(value: int) -> bytes:
    return _head_bytes(_UNSIGNED, value) if value >= 0 else _head_bytes(_NEGATIVE, -1 - value)


@lru_cache(maxsize=256, typed=True)  # the same few keys stand in every entry and token
def _key_bytes(key: object) -> bytes:
    if type(key) is not int:
        msg = f"a map key of type {type(key).__name__}, not an integer"
        raise CborError(msg)
    return _integer_bytes(key)


def _append(out: bytearray, value: CborValue) -> None:
    if type(value) is int:
        out += _integer_bytes(value)
    elif isinstance(value, bytes):
        out += _head_bytes(_BYTES, len(value)) + value
    elif isinstance(value, str):
        text = _utf8(value)
        out += _head_bytes(_TEXT, len(text)) + text
    elif isinstance(value, Mapping):
        _append_map(out, value)
    elif isinstance(value, tuple | list):
        out += _head_bytes(_ARRAY, len(value))
        for item in value:
            _append(out, item)
    else:
        msg = f"no form for {type(value).__name__}"
        raise CborError(msg)


def _append_map(out: bytearray, value: Mapping[int, CborValue]) -> None:
    out += _head_bytes(_MAP, len(value))
    for written, key in sorted((_key_bytes(key), key) for key in value):
        out += written
        _append(out, value[key])


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        msg = "text with a lone surrogate"
        raise CborError(msg) from error
