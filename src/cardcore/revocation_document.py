"""The document that shuts one device out: signed by the root, and naming it.

A document of the kind ``device_revocation`` whose body is the device's id; its ``issued_at`` is since when. It never
expires: a device is let in again by enrolling anew, under another id.
"""

from typing import Final

from cardcore.card import INSTANT_LIMIT
from cardcore.documents import Document, DocumentKind, RootKey, open_document, sign_document
from cardcore.errors import UntrustedError
from cardcore.ids import Audience, DeviceId, UnixSeconds

_VERSION: Final = 1  # there is one for each device, and none takes it back


def sign_revocation(
    device_id: DeviceId, audience: Audience, now: UnixSeconds, *, root: RootKey, private_key: bytes
) -> bytes:
    """The bytes that shut ``device_id`` out from ``now`` on, under the root's raw 32-byte private key."""
    document = Document(
        kind=DocumentKind.DEVICE_REVOCATION,
        audience=audience,
        version=_VERSION,
        issued_at=now,
        expires_at=UnixSeconds(INSTANT_LIMIT - 1),
        body=device_id,
    )
    return sign_document(document, kid=root.kid, private_key=private_key)


def revocation_in(
    data: bytes, device_id: DeviceId, audience: Audience, *, root: RootKey
) -> UnixSeconds:
    """Since when ``device_id`` is shut out, if ``data`` was signed by ``root`` and names it.

    Raises:
        UntrustedError: signed by another, about another device, or no such document.
    """
    document = open_document(
        data, root=root, kind=DocumentKind.DEVICE_REVOCATION, audience=audience
    )
    if document.body != device_id:
        msg = "a revocation of another device"
        raise UntrustedError(msg)
    return document.issued_at
