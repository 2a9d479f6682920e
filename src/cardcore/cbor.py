"""Deterministic CBOR (RFC 8949 §4.2.1), the strict part of it that Gatepost uses.

Integers of up to 64 bits, byte strings, UTF-8 text, arrays, and maps with integer keys. Definite lengths,
minimal heads, keys sorted bytewise, no duplicates, no tags, floats, simple values or trailing bytes:
exactly one byte form for a value, so ``serialise(parse(x)) == x`` for every ``x`` that parses.

Hostile bytes meet this reader first; a general decoder spends seconds on some 3 kB inputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Final, TypeAlias

from cardcore.errors import CborError

CborValue: TypeAlias = "int | bytes | str | Sequence[CborValue] | Mapping[int, CborValue]"

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP = range(6)
_DIRECT_MAX: Final = 23  # RFC 8949 §3: larger arguments follow the head in 1, 2, 4 or 8 bytes
_STRINGS: Final = (_TEXT, _BYTES)
_HEAD_BYTES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_SHORT_HEADS: Final = tuple(bytes((head,)) for head in range(256))
_LONG_HEADS: Final = tuple(  # the largest argument, the head's low bits, head and argument as bytes
    ((1 << 8 * size) - 1, low, Struct(f">B{form}"))
    for (low, size), form in zip(_HEAD_BYTES.items(), "BHIQ", strict=True)
)


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
    value, end = _value(data, 0, limits.depth, limits.entries)
    if end != len(data):
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


# The reader's functions take a position and give the value there with the position behind it. A door and central read
# thousands of entries in a row: what is short, as nearly everything is, costs one call.


def _value(data: bytes, at: int, depth: int, most: int) -> tuple[CborValue, int]:
    if at >= len(data):
        raise _cut_short()
    first = data[at]
    major, argument = first >> 5, first & 0x1F
    at += 1
    if argument > _DIRECT_MAX or major > _MAP:
        argument, at = _long_head(data, at, first)
    if major == _UNSIGNED:
        return argument, at
    if major in _STRINGS:
        end = at + argument
        if end > len(data):
            raise _cut_short()
        return (data[at:end] if major == _BYTES else _text(data[at:end])), end
    return _rarer(data, at, (major, argument), depth, most)


def _rarer(
    data: bytes, at: int, head: tuple[int, int], depth: int, most: int
) -> tuple[CborValue, int]:
    major, argument = head
    if major == _NEGATIVE:
        return -1 - argument, at
    if depth <= 0:
        msg = "nested too deeply"
        raise CborError(msg)
    if argument > most:
        msg = f"{argument} entries, more than {most}"
        raise CborError(msg)
    if major == _MAP:
        return _map(data, at, argument, depth, most)
    items: list[CborValue] = []
    for _ in range(argument):
        item, at = _value(data, at, depth - 1, most)
        items.append(item)
    return tuple(items), at


def _map(data: bytes, at: int, count: int, depth: int, most: int) -> tuple[CborValue, int]:
    entries: dict[int, CborValue] = {}
    last, before = (
        -1,
        b"",
    )  # the last key of one byte, which all sort first; the bytes of the last longer one
    size = len(data)
    for _ in range(count):
        if at < size and data[at] <= _DIRECT_MAX:  # nearly every key
            key = data[at]
            if key <= last:
                raise _out_of_order()
            last = key
            at += 1
        else:
            key, written = _long_key(data, at, most)
            if written <= before:
                raise _out_of_order()
            last, before = _DIRECT_MAX, written
            at += len(written)
        entries[key], at = _value(data, at, depth - 1, most)
    return entries, at


def _long_key(data: bytes, at: int, most: int) -> tuple[int, bytes]:
    key, end = _value(data, at, 0, most)
    if type(key) is not int:
        msg = "a map key that is no integer"
        raise CborError(msg)
    return key, data[at:end]


def _out_of_order() -> CborError:
    return CborError("map keys not in order")


def _long_head(data: bytes, at: int, first: int) -> tuple[int, int]:
    """The argument that follows the head ``first``, which stands before ``at``."""
    if first >> 5 > _MAP:
        msg = f"tag, float or simple value at byte {at - 1}"
        raise CborError(msg)
    size = _HEAD_BYTES.get(first & 0x1F)
    if size is None:
        msg = f"indefinite length or reserved head at byte {at - 1}"
        raise CborError(msg)
    end = at + size
    if end > len(data):
        raise _cut_short()
    argument = int.from_bytes(data[at:end], "big")
    smallest = _DIRECT_MAX + 1 if size == 1 else 1 << (4 * size)
    if argument < smallest:
        msg = f"a longer head than needed before byte {end}"
        raise CborError(msg)
    return argument, end


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = "text that is not UTF-8"
        raise CborError(msg) from error


def _cut_short() -> CborError:
    return CborError("cut short")


def _head_bytes(major: int, argument: int) -> bytes:
    if argument <= _DIRECT_MAX:
        return _SHORT_HEADS[major << 5 | argument]
    for most, low, form in _LONG_HEADS:
        if argument <= most:
            return form.pack(major << 5 | low, argument)
    msg = "an integer of more than 64 bits"
    raise CborError(msg)


def _integer_bytes(value: int) -> bytes:
    return _head_bytes(_UNSIGNED, value) if value >= 0 else _head_bytes(_NEGATIVE, -1 - value)


@lru_cache(maxsize=256)  # the same few sets of keys stand in every entry and token
def _in_order(keys: tuple[int, ...]) -> tuple[tuple[bytes, int], ...]:
    return tuple(sorted((_integer_bytes(key), key) for key in keys))


def _append(out: bytearray, value: CborValue) -> None:
    if type(value) is int:
        out += _integer_bytes(value)
    elif isinstance(value, bytes):
        out += _head_bytes(_BYTES, len(value))
        out += value
    elif isinstance(value, str):
        text = _utf8(value)
        out += _head_bytes(_TEXT, len(text))
        out += text
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
    keys = tuple(value)
    for kind in set(map(type, keys)):  # True is no 1 here, and equal keys share what is remembered
        if kind is not int:
            msg = f"a map key of type {kind.__name__}, not an integer"
            raise CborError(msg)
    for written, key in _in_order(keys):
        out += written
        _append(out, value[key])


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        msg = "text with a lone surrogate"
        raise CborError(msg) from error
