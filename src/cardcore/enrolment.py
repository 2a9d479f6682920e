"""The one-time code that pairs a device with central.

``SSSSSSSS-KKKKKKKKKKKKKKKK-FFFFFFFFFFFFFFFF`` in Base32: a selector (40 bits) that names the code, a secret (80 bits), and the
first 80 bits of SHA-256 over the root's public key, so that a door trusts nothing it has not been told by hand.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from cardcore.errors import WireError

SELECTOR_BYTES: Final = 5
SECRET_BYTES: Final = 10
FINGERPRINT_BYTES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCode:
    """The three parts of a code, as bytes."""

    selector: bytes
    secret: bytes = field(repr=False)
    fingerprint: bytes

    def trusts(self, root_public_key: bytes) -> bool:
        """Whether this is the root whose fingerprint the code carries."""
        return hmac.compare_digest(fingerprint_of(root_public_key), self.fingerprint)


def fingerprint_of(root_public_key: bytes) -> bytes:
    """The first 80 bits of SHA-256 over a raw 32-byte Ed25519 public key."""
    return hashlib.sha256(root_public_key).digest()[:FINGERPRINT_BYTES]


def serialise_code(code: EnrolmentCode) -> str:
    """The code as a person types it."""
    return "-".join(base32(part) for part in (code.selector, code.secret, code.fingerprint))


def parse_code(text: str) -> EnrolmentCode:
    """The code in ``text``, in any case and with any spaces around it.

    Raises:
        WireError: not a code.
    """
    parts = text.strip().upper().split("-")
    sizes = (SELECTOR_BYTES, SECRET_BYTES, FINGERPRINT_BYTES)
    try:
        decoded = [base64.b32decode(part) for part in parts]
    except (binascii.Error, ValueError) as error:
        msg = "not an enrolment code: letters A-Z and digits 2-7 in three groups"
        raise WireError(msg) from error
    if tuple(len(part) for part in decoded) != sizes:
        msg = "not an enrolment code: three groups of 8, 16 and 16 characters"
        raise WireError(msg)
    return EnrolmentCode(selector=decoded[0], secret=decoded[1], fingerprint=decoded[2])


def base32(part: bytes) -> str:
    """One group of a code, as a person types it."""
    return base64.b32encode(part).decode("ascii")
