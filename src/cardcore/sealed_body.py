"""A document's body sealed to one device: whoever else has the file reads nothing in it.

HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: the encapsulated key of 32 bytes, then the
ciphertext, 16 bytes longer than the body's CBOR. ``info`` is ``"Gatepost" 00 kind 00 device id``, in UTF-8, so that what is
sealed as one kind for one device opens as nothing else. The document around it is signed as ever: HPKE in base mode proves nobody.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from cardcore.cbor import DOCUMENT_LIMITS, CborValue, parse, serialise
from cardcore.documents import DocumentKind
from cardcore.errors import CborError, SealedElsewhereError, UntrustedError
from cardcore.ids import DeviceId

ENCAPSULATED_BYTES: Final = 32
OVERHEAD_BYTES: Final = ENCAPSULATED_BYTES + 16
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal_body(
    body: CborValue, *, kind: DocumentKind, device: DeviceId, receiving_key: bytes
) -> bytes:
    """``body`` for the owner of a raw 32-byte X25519 public key alone; other bytes each time."""
    key = X25519PublicKey.from_public_bytes(receiving_key)
    return _SUITE.encrypt(serialise(body), key, info=_info(kind, device))


def open_body(
    sealed: bytes, *, kind: DocumentKind, device: DeviceId, private_key: bytes
) -> CborValue:
    """The body, opened with this device's raw 32-byte X25519 private key.

    Raises:
        SealedElsewhereError: sealed to another device or as another kind, or damaged.
        UntrustedError: what was sealed is no body.
    """
    key = X25519PrivateKey.from_private_bytes(private_key)
    try:
        plain = _SUITE.decrypt(sealed, key, info=_info(kind, device))
    except (InvalidTag, ValueError) as error:
        msg = "sealed to another device than this one, or damaged"
        raise SealedElsewhereError(msg) from error
    try:
        return parse(plain, DOCUMENT_LIMITS)
    except CborError as error:
        msg = f"a sealed body that is none: {error}"
        raise UntrustedError(msg) from error


def _info(kind: DocumentKind, device: DeviceId) -> bytes:
    return b"\0".join((b"Gatepost", kind.value.encode(), device.encode()))
