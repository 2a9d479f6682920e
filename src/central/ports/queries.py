"""Read the parameters of a query: absent, or exactly of their form."""

from collections.abc import Mapping, Sequence
from typing import Final

from cardcore.card import CARD_ID_BYTES
from cardcore.ids import CardId
from central.errors import Kind, UnprocessableError

LISTED: Final = 100  # of anything at once, unless asked otherwise
LISTED_MAX: Final = 500
NATURAL_MAX: Final = (1 << 63) - 1  # what the database keeps in one integer
_HEX: Final = frozenset("0123456789abcdef")


def natural(query: Mapping[str, str], name: str, default: int, most: int = NATURAL_MAX) -> int:
    """A number from 0 to ``most``, in decimal digits without a leading zero.

    Raises:
        UnprocessableError: anything else.
    """
    text = query.get(name)
    if text is None:
        return default
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(NATURAL_MAX))
    if not plain or (text != "0" and text.startswith("0")) or int(text) > most:
        raise UnprocessableError(Kind.MALFORMED, f"{name} is a number from 0 to {most}")
    return int(text)


def hex_bytes(query: Mapping[str, str], name: str, least: int, most: int) -> bytes | None:
    """Bytes in lower-case hex; None where they are absent.

    Raises:
        UnprocessableError: anything else.
    """
    text = query.get(name)
    if text is None:
        return None
    if len(text) % 2 or not 2 * least <= len(text) <= 2 * most or not set(text) <= _HEX:
        detail = f"{name} has {2 * least} to {2 * most} lower-case hex digits"
        raise UnprocessableError(Kind.MALFORMED, detail)
    return bytes.fromhex(text)


def one_of(query: Mapping[str, str], name: str, words: Sequence[str]) -> str:
    """One of ``words``, the first where it is absent.

    Raises:
        UnprocessableError: anything else.
    """
    word = query.get(name, words[0])
    if word not in words:
        raise UnprocessableError(Kind.MALFORMED, f"{name} is one of {', '.join(words)}")
    return word


def card_id_in(query: Mapping[str, str]) -> CardId | None:
    """The card that the parameter ``card_id`` names.

    Raises:
        UnprocessableError: no card id.
    """
    found = hex_bytes(query, "card_id", CARD_ID_BYTES, CARD_ID_BYTES)
    return None if found is None else CardId(found)
