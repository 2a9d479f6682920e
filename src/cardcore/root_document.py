"""Root rotation: the old root signs which key comes after it; a door follows the chain from the root it pinned.

The body is ``[kid, public key]`` of the new root. Whoever missed several rotations walks them one by one; none can be
left out, since each is signed by the one before. Such a document does not expire in practice: the chain must still
lead a door that was away for years.
"""

from collections.abc import Iterable
from typing import Final

from cardcore.cbor import CborValue
from cardcore.documents import Document, DocumentKind, RootKey, accept_document, open_document
from cardcore.errors import UntrustedError
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.keyset import SECRET_BYTES
from cardcore.token import KID_BYTES

ROOT_LIFE_S: Final = 20 * 365 * 86_400
STEPS_MAX: Final = 64  # a root lives for a year; nobody is away for so many
_ITEMS: Final = 2


def root_body(root: RootKey) -> CborValue:
    """The body that names ``root`` as the next."""
    return (root.kid, root.public_key)


def next_root(
    data: bytes, *, root: RootKey, audience: Audience, now: UnixSeconds | None
) -> RootKey:
    """The root that follows ``root``; ``now`` None for a step that was taken before.

    Raises:
        UntrustedError: not signed by ``root``, or it names no other key.
        ExpiredError: too old to be taken.
    """
    kind = DocumentKind.ROOT
    if now is None:
        document = open_document(data, root=root, kind=kind, audience=audience)
    else:
        document = accept_document(
            data, root=root, kind=kind, audience=audience, in_force=0, now=now
        )
    return _root_in(document, root)


def roots_along(
    steps: Iterable[bytes], *, pinned: RootKey, audience: Audience
) -> tuple[RootKey, ...]:
    """The roots from the pinned one on, as far as the documents that were accepted lead. Total."""
    roots = [pinned]
    for data in steps:
        try:
            roots.append(next_root(data, root=roots[-1], audience=audience, now=None))
        except UntrustedError:
            break
    return tuple(roots)


def _root_in(document: Document, before: RootKey) -> RootKey:
    body = document.body
    if not isinstance(body, tuple) or len(body) != _ITEMS:
        msg = "the body is no root"
        raise UntrustedError(msg)
    kid, public_key = body
    if not isinstance(kid, bytes) or len(kid) != KID_BYTES or kid == before.kid:
        msg = "a root needs a key id of its own"
        raise UntrustedError(msg)
    if not isinstance(public_key, bytes) or len(public_key) != SECRET_BYTES:
        msg = f"a root has {SECRET_BYTES} bytes"
        raise UntrustedError(msg)
    return RootKey(kid=Kid(kid), public_key=public_key)
