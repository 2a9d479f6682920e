"""CBOR values as JSON, for vector files: what JSON has no form for stands in an object of one key."""

from collections.abc import Mapping
from typing import TypeAlias

from cardcore.cbor import CborValue

Json: TypeAlias = "int | str | list[Json] | dict[str, Json] | None"


def json_of(value: CborValue) -> Json:
    """``value`` as JSON: ``{"bytes": hex}`` for a byte string, ``{"map": [[key, value], …]}`` for a map."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {"map": [[key, json_of(item)] for key, item in value.items()]}
    return [json_of(item) for item in value]
