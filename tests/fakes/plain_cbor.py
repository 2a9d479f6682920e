"""Deterministic CBOR by other hands than the product's: cbor2 for the items, RFC 8949 §4.2.1's order for the maps."""

from collections.abc import Mapping
from typing import Final, TypeAlias

import cbor2

Plain: TypeAlias = "int | bytes | str | tuple[Plain, ...] | dict[int, Plain]"

ARRAY: Final = 4 << 5
MAP: Final = 5 << 5


def encoded(value: object) -> bytes:
    """The one deterministic form of ``value``."""
    if isinstance(value, Mapping):
        pairs = sorted((cbor2.dumps(key), encoded(item)) for key, item in value.items())
        return _head(MAP, len(pairs)) + b"".join(key + item for key, item in pairs)
    if isinstance(value, tuple):
        return _head(ARRAY, len(value)) + b"".join(encoded(item) for item in value)
    assert type(value) in {int, bytes, str}
    return cbor2.dumps(value)


def _head(kind: int, count: int) -> bytes:
    """A count's head is an integer's with other upper bits."""
    integer = cbor2.dumps(count)
    return bytes((integer[0] | kind,)) + integer[1:]


def from_json(value: object) -> Plain:
    """The value that a vector file means."""
    match value:
        case int() | str():
            return value
        case list():
            return tuple(from_json(item) for item in value)
        case {"bytes": str(text), **rest} if not rest:
            return bytes.fromhex(text)
        case {"map": list(pairs), **rest} if not rest:
            return dict(_pair(pair) for pair in pairs)
    msg = f"a vector file has no form {value!r}"
    raise ValueError(msg)


def _pair(pair: object) -> tuple[int, Plain]:
    assert isinstance(pair, list)
    key, item = pair
    assert isinstance(key, int)
    return key, from_json(item)
