"""Central's time, signed over a nonce that the door has just made: nobody can have it ready, or send it twice.

A document of the kind ``time`` whose body is the nonce; the time is its ``issued_at``. Its version is the time as well.
"""

import hmac
from typing import Final

from cardcore.documents import Document, DocumentKind, RootKey, open_document, sign_document
from cardcore.errors import UntrustedError
from cardcore.ids import Audience, UnixSeconds

TIME_LIFE_S: Final = 60  # seconds; a door that waits longer for the answer asks again


def sign_time(
    now: UnixSeconds, nonce: bytes, audience: Audience, *, root: RootKey, private_key: bytes
) -> bytes:
    """The bytes that say it is ``now``, under the root's raw 32-byte private key."""
    document = Document(
        kind=DocumentKind.TIME,
        audience=audience,
        version=now,
        issued_at=now,
        expires_at=UnixSeconds(now + TIME_LIFE_S),
        body=nonce,
    )
    return sign_document(document, kid=root.kid, private_key=private_key)


def time_in(data: bytes, nonce: bytes, audience: Audience, *, root: RootKey) -> UnixSeconds:
    """The time in ``data``, if it was signed by ``root`` over ``nonce``.

    Raises:
        UntrustedError: signed by another, over another nonce, or no such document.
    """
    document = open_document(data, root=root, kind=DocumentKind.TIME, audience=audience)
    if not isinstance(document.body, bytes) or not hmac.compare_digest(document.body, nonce):
        msg = "a time signed over another nonce"
        raise UntrustedError(msg)
    return document.issued_at
