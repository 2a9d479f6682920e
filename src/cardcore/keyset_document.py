"""The key set as a signed document's body: an array of ``[kid, alg, key, not_before, signs_until, expires_at, state]``.

``state`` is 0 active, 1 retiring, 2 revoked; instants in seconds since 1970; a key belongs to the document's audience, or
to the one that stands behind its state: a chain's, whose keys are Ed25519 alone.
"""

from typing import Final

from cardcore.card import AUDIENCE_CHARS_MAX, INSTANT_LIMIT, is_plain_text
from cardcore.cbor import CborValue
from cardcore.documents import Document
from cardcore.errors import KeySetError
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.keyset import Alg, Key, KeySet, KeyState, key_set_of, parse_alg

_STATES: Final = (KeyState.ACTIVE, KeyState.RETIRING, KeyState.REVOKED)
_ROW_ITEMS: Final = 7


def key_set_body(key_set: KeySet, audience: Audience | None = None) -> CborValue:
    """The body for ``key_set``, keys in the order of their ids; ``audience`` is the document's, None for that of every key."""
    return tuple(_row(key_set.keys[kid], audience) for kid in sorted(key_set.keys))


def key_set_in(document: Document) -> KeySet:
    """The key set of an opened document.

    Raises:
        KeySetError: a row of another shape, an unknown state or algorithm, two keys of one id, or a key of another
            audience that is not Ed25519.
    """
    if not isinstance(document.body, tuple):
        msg = "the body is no list of keys"
        raise KeySetError(msg)
    keys = (_parse_row(row, document.audience) for row in document.body)
    return key_set_of(keys, document.version)


def _row(key: Key, audience: Audience | None) -> CborValue:
    chain = () if audience in {None, key.audience} else (key.audience,)
    return (
        key.kid,
        key.alg.value,
        key.secret,
        key.not_before,
        key.signs_until,
        key.expires_at,
        _STATES.index(key.state),
        *chain,
    )


def _parse_row(row: CborValue, audience: Audience) -> Key:
    if not isinstance(row, tuple) or len(row) not in {_ROW_ITEMS, _ROW_ITEMS + 1}:
        msg = "a key is a list of 7 items, or of 8 where it is a chain's"
        raise KeySetError(msg)
    kid, alg, secret, not_before, signs_until, expires_at, state = row[:_ROW_ITEMS]
    if len(row) > _ROW_ITEMS:
        audience = _chain(row[_ROW_ITEMS], alg, audience)
    if not isinstance(kid, bytes) or not isinstance(secret, bytes):
        msg = "a key's id and bytes are byte strings"
        raise KeySetError(msg)
    if not isinstance(state, int) or not 0 <= state < len(_STATES):
        msg = f"unknown key state {state!r}"
        raise KeySetError(msg)
    return Key(
        kid=Kid(kid),
        alg=parse_alg(alg),
        secret=secret,
        audience=audience,
        not_before=_instant(not_before),
        signs_until=_instant(signs_until),
        expires_at=_instant(expires_at),
        state=_STATES[state],
    )


def _chain(value: CborValue, alg: CborValue, own: Audience) -> Audience:
    if not isinstance(value, str) or not is_plain_text(value, AUDIENCE_CHARS_MAX) or value == own:
        msg = f"{value!r} is no other audience"
        raise KeySetError(msg)
    if parse_alg(alg) is not Alg.EDDSA:
        msg = "a chain's key is Ed25519 alone: a door must not be able to make what every venue accepts"
        raise KeySetError(msg)
    return Audience(value)


def _instant(value: CborValue) -> UnixSeconds:
    if not isinstance(value, int) or not 0 <= value < INSTANT_LIMIT:
        msg = f"{value!r} is no instant"
        raise KeySetError(msg)
    return UnixSeconds(value)
