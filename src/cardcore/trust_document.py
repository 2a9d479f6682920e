"""Whom a device is about to trust: central's root and its certificate, before the secret of the code is sent.

A document of the kind ``trust`` whose body is ``[nonce, root public key, certificate]``, signed by that very root. The
door knows 80 bits of the root's fingerprint from the code: what does not fit them is somebody in between. From there on
the certificate (PEM; empty where doors take any that public authorities vouch for) is the only one that counts.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cardcore.cbor import DOCUMENT_LIMITS, parse
from cardcore.documents import Document, DocumentKind, RootKey, open_document, sign_document
from cardcore.enrolment import EnrolmentCode
from cardcore.errors import CborError, UntrustedError
from cardcore.ids import Audience, UnixSeconds
from cardcore.token import parse_message

EVERYBODY: Final = Audience("*")  # who asks belongs to no venue yet
TRUST_LIFE_S: Final = 60  # seconds
_BODY: Final = -65_540
_NOT_THIS_CENTRAL: Final = (
    "the answer comes from another central than the one that made this code; do not use it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The root to pin, and the certificate (PEM) or None."""

    root: RootKey
    certificate: str | None


def sign_trust(
    nonce: bytes, certificate: str | None, now: UnixSeconds, *, root: RootKey, private_key: bytes
) -> bytes:
    """The bytes that say whom to trust, under the root's raw 32-byte private key."""
    document = Document(
        kind=DocumentKind.TRUST,
        audience=EVERYBODY,
        version=now,
        issued_at=now,
        expires_at=UnixSeconds(now + TRUST_LIFE_S),
        body=(nonce, root.public_key, certificate or ""),
    )
    return sign_document(document, kid=root.kid, private_key=private_key)


def trust_in(data: bytes, nonce: bytes, code: EnrolmentCode) -> Trust:
    """Whom to trust by ``data``, if the root whose fingerprint is in ``code`` signed it over ``nonce``.

    Raises:
        UntrustedError: it did not.
    """
    message = parse_message(data)
    if message is None:
        raise UntrustedError(_NOT_THIS_CENTRAL)
    root = RootKey(kid=message.kid, public_key=_root_named_in(message.payload))
    if not code.trusts(root.public_key):
        raise UntrustedError(_NOT_THIS_CENTRAL)
    document = open_document(data, root=root, kind=DocumentKind.TRUST, audience=EVERYBODY)
    match document.body:
        case (bytes() as over, bytes(), str() as pem) if hmac.compare_digest(over, nonce):
            return Trust(root=root, certificate=pem or None)
        case _:
            msg = "an answer to somebody else's question"
            raise UntrustedError(msg)


def _root_named_in(payload: bytes) -> bytes:
    """The key that an unchecked document names as its signer; none where it names none."""
    try:
        value = parse(payload, DOCUMENT_LIMITS)
    except CborError as error:
        raise UntrustedError(_NOT_THIS_CENTRAL) from error
    body = value.get(_BODY) if isinstance(value, Mapping) else None
    match body:
        case (bytes(), bytes() as public_key, str()):
            return public_key
        case _:
            raise UntrustedError(_NOT_THIS_CENTRAL)
