"""Bytes that are no audit entry, each with a piece of the text that says why."""

from collections.abc import Mapping
from typing import Final, cast

from cardcore.audit import MAX_ENTRY_BYTES
from cardcore.cbor import ENTRY_LIMITS, CborValue, parse, serialise
from tools.vector_json import Json

Pairs = list[tuple[bytes, bytes]]
Cases = dict[str, tuple[bytes, str]]

KIND_OF_MAP: Final = 0xA0  # RFC 8949 §3: major type 5, the number of pairs in the low bits
DOOR, SEQ, WALL = 1, 4, 6


def refused(good: bytes) -> Json:
    """The refusals, each one step away from the ``good`` entry."""
    cases = _no_entry(good) | _not_canonical(good) | _no_form(good) | _out_of_bounds(good)
    return [{"id": name, "bytes": data.hex(), "says": says} for name, (data, says) in cases.items()]


def _no_entry(good: bytes) -> Cases:
    pairs = _pairs(good)
    huge = good + bytes(MAX_ENTRY_BYTES + 1 - len(good))
    return {
        "nothing": (b"", "cut short"),
        "cut": (good[:-1], "cut short"),
        "a byte after it": (good + b"\x00", "bytes after the value"),
        "too long": (huge, "at most 4096"),
        "an array": (serialise((1, "door")), "not an entry of form 1"),
        "no form": (_map(pairs[1:]), "not an entry of form 1"),
        "form 2": (_with(good, 0, 2), "not an entry of form 1"),
        "no reason": (_map(pairs[:-1]), "reason"),
    }


def _not_canonical(good: bytes) -> Cases:
    pairs = _pairs(good)
    return {
        "keys not in order": (_map([*pairs[:-2], pairs[-1], pairs[-2]]), "not in order"),
        "a key twice": (_map([*pairs, pairs[-1]]), "not in order"),
        "a longer head than needed": (_with(good, SEQ, raw=b"\x18\x01"), "longer head"),
        "a longer key than needed": (_map([(b"\x18\x00", b"\x01"), *pairs[1:]]), "longer head"),
        "indefinite length": (b"\xbf" + good[1:] + b"\xff", "indefinite length"),
        "explicit empty extensions": (_with(good, 30, {}), "not the one byte form"),
        "explicit empty stage times": (_with(good, 27, {}), "not the one byte form"),
    }


def _no_form(good: bytes) -> Cases:
    pairs = _pairs(good)
    return {
        "a float": (_with(good, WALL, raw=b"\xf9\x3c\x00"), "tag, float or simple value"),
        "true": (_with(good, 15, raw=b"\xf5"), "tag, float or simple value"),
        "null for an absent fact": (_with(good, 14, raw=b"\xf6"), "tag, float or simple value"),
        "a tag": (_with(good, WALL, raw=b"\xc1\x00"), "tag, float or simple value"),
        "a bignum": (_with(good, WALL, raw=b"\xc2\x41\x01"), "tag, float or simple value"),
        "a text key": (_map([*pairs, (serialise("x"), b"\x00")]), "no integer"),
        "no UTF-8": (_with(good, DOOR, raw=b"\x61\xff"), "not UTF-8"),
        "nested 7 deep": (_with(good, 30, {1: (((((1,),),),),)}), "nested too deeply"),
        "257 in a list": (_with(good, 30, {1: (0,) * 257}), "more than 256"),
    }


def _out_of_bounds(good: bytes) -> Cases:
    values: dict[str, tuple[int, CborValue, str]] = {
        "door in bytes": (DOOR, b"door", "$.door"),
        "empty door": (DOOR, "", "$.door"),
        "door of 65 characters": (DOOR, "d" * 65, "$.door"),
        "a control in the door": (DOOR, "a\x1bb", "$.door"),
        "a line feed at the end": (DOOR, "door\n", "$.door"),
        "a C1 control": (DOOR, "a\x9bb", "$.door"),
        "device a number": (2, 1, "$.device"),
        "epoch of 7 bytes": (3, bytes(7), "$.epoch"),
        "seq in text": (SEQ, "1", "$.seq"),
        "seq negative": (SEQ, -1, "$.seq"),
        "seq of 64 bits": (SEQ, 1 << 63, "$.seq"),
        "previous of 31 bytes": (5, bytes(31), "$.previous"),
        "wall time negative": (WALL, -1, "$.wall"),
        "boot id of 17 bytes": (8, bytes(17), "$.boot_id"),
        "another clock trust": (9, "fine", "$.clock"),
        "another direction": (11, "up", "$.direction"),
        "another decision": (12, "Admit", "$.decision"),
        "decision a number": (12, 0, "$.decision"),
        "kid of 3 bytes": (14, bytes(3), "$.kid"),
        "kid in text": (14, "305317fe", "$.kid"),
        "mode 256": (15, 256, "$.mode"),
        "card id of 15 bytes": (16, bytes(15), "$.card_id"),
        "generation 65536": (17, 65_536, "$.generation"),
        "nonce of 7 bytes": (18, bytes(7), "$.nonce"),
        "nonce of 17 bytes": (18, bytes(17), "$.nonce"),
        "status a list": (19, ("active",), "$.status"),
        "stage times a list": (27, (1, 2), "stage times"),
        "an unknown stage": (27, {6: 1}, "stage times"),
        "a stage time in text": (27, {1: "1"}, "$.stages"),
        "a negative stage time": (27, {1: -1}, "$.stages"),
        "extensions a list": (30, (1,), "$.extensions"),
    }
    return {name: (_with(good, key, value), says) for name, (key, value, says) in values.items()}


def _pairs(entry: bytes) -> Pairs:
    value = cast("Mapping[int, CborValue]", parse(entry, ENTRY_LIMITS))
    return [(serialise(key), serialise(item)) for key, item in value.items()]


def _map(pairs: Pairs) -> bytes:
    """A map of at most 23 pairs, in the order given."""
    return bytes((KIND_OF_MAP | len(pairs),)) + b"".join(key + item for key, item in pairs)


def _with(entry: bytes, key: int, value: CborValue = 0, *, raw: bytes | None = None) -> bytes:
    """The entry with another value, or with these ``raw`` bytes, under ``key``."""
    pairs = dict(_pairs(entry)) | {serialise(key): serialise(value) if raw is None else raw}
    return _map(sorted(pairs.items()))
