"""The keys of an audit entry, and its usual byte form as one regular expression.

Nearly every entry is a map of known keys whose words are ASCII. That form is a regular language, and the expression below is
exactly it: keys in their order, heads no longer than needed, every field within its bounds. What it matches is an entry
in its one byte form and is read in a third of the time; what it does not match is left to the reader of
:mod:`cardcore.audit`, which alone refuses. Every group is atomic: no input is gone over twice.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from operator import itemgetter
from typing import Final, TypeAlias

KEYS: Final = {
    "door": 1,
    "device": 2,
    "epoch": 3,
    "seq": 4,
    "previous": 5,
    "wall": 6,
    "mono": 7,
    "boot_id": 8,
    "clock": 9,
    "source": 10,
    "direction": 11,
    "decision": 12,
    "reason": 13,
    "kid": 14,
    "mode": 15,
    "card_id": 16,
    "generation": 17,
    "nonce": 18,
    "status": 19,
    "status_origin": 20,
    "status_age_s": 21,
    "keyset_version": 22,
    "lists_version": 23,
    "policy_version": 24,
    "circuit": 25,
    "attendant": 26,
    "stages": 27,
    "traceparent": 28,
    "program": 29,
    "extensions": 30,
}
# Stage times are a map from these numbers; a map here has integer keys only.
STAGES: Final = {"decode": 1, "verify": 2, "replay": 3, "status": 4, "decide": 5}
WORD_MAX: Final = 64  # characters
_ALWAYS: Final = KEYS["reason"]  # every entry has the keys up to here
_DIRECT_MAX: Final = 0x17  # RFC 8949 §3: larger arguments follow the head
_UNSIGNED, _BYTES, _TEXT = 0x00, 0x40, 0x60


def _head(kind: int, argument: int) -> bytes:
    """The head of a value, as it stands in an expression."""
    direct = argument <= _DIRECT_MAX
    return re.escape(bytes((kind | argument,)) if direct else bytes((kind | 0x18, argument)))


def _strings(least: int, most: int) -> bytes:
    return b"|".join(_head(_BYTES, size) + b".{%d}" % size for size in range(least, most + 1))


_BYTE: Final = rb"[\x00-\x17]|\x18[\x18-\xff]"
_PAIR: Final = _BYTE + rb"|\x19[\x01-\xff]."
_COUNT: Final = _PAIR + rb"|\x1a(?!\x00\x00).{4}|\x1b(?!\x00{4})[\x00-\x7f].{7}"  # up to 63 bits
_WORD: Final = b"|".join(
    _head(_TEXT, size) + b"[\x20-\x7e]{%d}" % size for size in range(1, WORD_MAX + 1)
)
_GROWING: Final = {"seq": _COUNT, "wall": _COUNT, "mono": _COUNT}
_NUMBERS: Final = {
    "mode": _BYTE,
    "generation": _PAIR,
    "status_age_s": _COUNT,
    "keyset_version": _COUNT,
    "lists_version": _COUNT,
    "policy_version": _COUNT,
}
_STRINGS: Final = {
    "epoch": _strings(8, 8),
    "previous": _strings(32, 32),
    "boot_id": _strings(0, 16),
    "kid": _strings(4, 4),
    "card_id": _strings(16, 16),
    "nonce": _strings(8, 16),
}
_PARTS: Final = [name for name in KEYS if name != "extensions"]  # those have a form of their own
_WORDS: Final = {
    name: _WORD for name in _PARTS if name not in {*_GROWING, *_NUMBERS, *_STRINGS, "stages"}
}
_TOOK: Final = tuple(f"took {name}" for name in STAGES)
_FIELDS: Final = _GROWING | _NUMBERS | _STRINGS | _WORDS


def _part(name: str) -> bytes:
    """A key and its value, in a group; each stage has one behind that of how many they are."""
    value = rb"([\xa1-\xa5])" if name == "stages" else b"(?>(" + _FIELDS[name] + b"))"
    if name == "stages":
        for key in STAGES.values():
            value += b"(?>" + _head(_UNSIGNED, key) + b"(?>(" + _COUNT + b")))?+"
    part = _head(_UNSIGNED, KEYS[name]) + value
    return part if KEYS[name] <= _ALWAYS else b"(?>" + part + b")?+"


@cache  # made when the first entry is read: it takes 20 ms, which no other program pays
def _usual() -> re.Pattern[bytes]:
    head = rb"([\xa0-\xb7]|\xb8[\x18-\xff])\x00\x01"  # how many keys; the form, which is 1
    return re.compile(head + b"".join(map(_part, _PARTS)), re.DOTALL)


_Groups: TypeAlias = tuple[bytes | None, ...]


def _pick(names: Iterable[str]) -> Callable[[_Groups], _Groups]:
    """What picks the groups of these names out of all of them."""
    order = ["size"]
    for name in _PARTS:
        order += (name, *_TOOK) if name == "stages" else (name,)
    return itemgetter(*map(order.index, names))


_sizes, _parts, _took = _pick(("size", "stages")), _pick(_PARTS), _pick(_TOOK)
_growing, _numbers, _strings_of, _words = map(_pick, (_GROWING, _NUMBERS, _STRINGS, _WORDS))


def usual_fields(data: bytes) -> dict[str, object] | None:
    """Every field of the entry in ``data`` by its name, absent ones as None; None if this is not an entry's usual form.

    Words are text, also those that are of an enumeration.
    """
    found = _usual().fullmatch(data)
    if found is None:
        return None
    groups = found.groups()
    times = zip(STAGES, map(_small, _took(groups)), strict=True)
    stages = {name: took for name, took in times if took is not None}
    present = 1 + len(_PARTS) - _parts(groups).count(None)  # the form is always there
    if tuple(map(_small, _sizes(groups))) != (present, len(stages) or None):
        return None
    fields: dict[str, object] = dict(zip(_WORDS, map(_word, _words(groups)), strict=True))
    fields.update(zip(_NUMBERS, map(_small, _numbers(groups)), strict=True))
    fields.update(zip(_GROWING, map(_number, _growing(groups)), strict=True))
    fields.update(zip(_STRINGS, map(_string, _strings_of(groups)), strict=True))
    fields["stages"] = stages
    return fields


@lru_cache(maxsize=1_024)  # the same few in every entry of a door
def _word(written: bytes | None) -> str | None:
    string = _string(written)
    return None if string is None else string.decode("ascii")


def _string(written: bytes | None) -> bytes | None:
    if written is None:
        return None
    return written[1:] if written[0] & 0x1F <= _DIRECT_MAX else written[2:]


def _number(written: bytes | None) -> int | None:
    """An unsigned integer, or how many keys a map has."""
    if written is None:
        return None
    return written[0] & 0x1F if len(written) == 1 else int.from_bytes(written[1:], "big")


_small: Final = lru_cache(maxsize=4_096)(_number)  # those that come again
