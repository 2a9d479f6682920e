"""Lists and their deltas as bodies of signed documents.

A list is ``[key, hashes]``; a delta ``[base version, digest before, digest after, added, removed]``, where hashes stand
one behind the other in one byte string, sorted. A delta's own version is that of the list it leads to.
"""

from typing import Final

from cardcore.cbor import CborValue
from cardcore.documents import Document, DocumentKind
from cardcore.errors import UntrustedError
from cardcore.lists import (
    DIGEST_BYTES,
    LIST_KEY_BYTES,
    CardList,
    ListDelta,
    are_sorted,
    split_hashes,
)

LISTS: Final = (DocumentKind.REVOKED, DocumentKind.ACTIVE)
DELTA_OF: Final = {
    DocumentKind.REVOKED: DocumentKind.REVOKED_DELTA,
    DocumentKind.ACTIVE: DocumentKind.ACTIVE_DELTA,
}
_LIST_ITEMS: Final = 2
_DELTA_ITEMS: Final = 5


def list_body(whole: CardList) -> CborValue:
    """The body for a whole list."""
    return (whole.key, whole.hashes)


def list_in(document: Document, *, was_checked: bool = False) -> CardList:
    """The list of an opened document; of one that ``was_checked`` before, the order is not looked at again.

    Raises:
        UntrustedError: another shape, or hashes out of order.
    """
    body = document.body
    if not isinstance(body, tuple) or len(body) != _LIST_ITEMS:
        msg = "the body is no list of hashes"
        raise UntrustedError(msg)
    key, hashes = body
    if not isinstance(key, bytes) or len(key) != LIST_KEY_BYTES:
        msg = f"a list's key has {LIST_KEY_BYTES} bytes"
        raise UntrustedError(msg)
    if was_checked and isinstance(hashes, bytes):
        return CardList(key=key, hashes=hashes)
    return CardList(key=key, hashes=_hashes(hashes))


def delta_body(delta: ListDelta) -> CborValue:
    """The body for a delta."""
    return (delta.base, delta.before, delta.after, b"".join(delta.added), b"".join(delta.removed))


def delta_in(document: Document) -> ListDelta:
    """The delta of an opened document.

    Raises:
        UntrustedError: another shape, or hashes out of order.
    """
    body = document.body
    if not isinstance(body, tuple) or len(body) != _DELTA_ITEMS:
        msg = "the body is no delta of a list"
        raise UntrustedError(msg)
    base, before, after, added, removed = body
    if not isinstance(base, int) or not 0 < base <= document.version:
        msg = f"a delta from version {base!r} to {document.version}"
        raise UntrustedError(msg)
    return ListDelta(
        base=base,
        before=_digest(before),
        after=_digest(after),
        added=split_hashes(_hashes(added)),
        removed=split_hashes(_hashes(removed)),
    )


def _digest(value: CborValue) -> bytes:
    if not isinstance(value, bytes) or len(value) != DIGEST_BYTES:
        msg = f"a digest has {DIGEST_BYTES} bytes"
        raise UntrustedError(msg)
    return value


def _hashes(value: CborValue) -> bytes:
    if not isinstance(value, bytes) or not are_sorted(value):
        msg = "hashes not in order"
        raise UntrustedError(msg)
    return value
