"""MC1 text to an unverified token and back: ``MC1:`` + Base45 of one COSE message (token.md, Shape).

Nothing read here has been believed yet: :mod:`cardcore.verify` judges it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

import base45

from cardcore.cbor import CborValue, parse, serialise
from cardcore.errors import CborError, TokenError
from cardcore.ids import Kid
from cardcore.reasons import Reason

PREFIX: Final = "MC1:"
MAX_TOKEN_CHARS: Final = 512  # the longest good token has 205; a QR code can hold 4,296
KID_BYTES: Final = 4

_ALG, _KID = 1, 4  # COSE header parameters, RFC 9052 §3.1
_COSE_PARTS: Final = 4


class Envelope(Enum):
    """The two COSE messages (RFC 9052), by the one byte of their CBOR tag."""

    MAC0 = 0xC0 | 17
    SIGN1 = 0xC0 | 18

    @property
    def context(self) -> str:
        """The word that keeps a MAC from ever being taken for a signature (RFC 9052 §4.4, §6.3)."""
        return "MAC0" if self is Envelope.MAC0 else "Signature1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedToken:
    """The parts of a COSE message; ``tag`` is the MAC or the signature, not yet checked."""

    envelope: Envelope
    protected: bytes
    alg: int
    kid: Kid
    payload: bytes
    tag: bytes

    def signed_bytes(self) -> bytes:
        """What the tag was made over: MAC_structure or Sig_structure, with empty external data."""
        return signed_bytes(self.envelope, self.protected, self.payload)


def signed_bytes(envelope: Envelope, protected: bytes, payload: bytes) -> bytes:
    """The bytes to sign (RFC 9052 §4.4 and §6.3)."""
    return serialise((envelope.context, protected, b"", payload))


def protected_header(alg: int, kid: Kid) -> bytes:
    """The protected header's bytes: algorithm and key id, nothing else.

    Raises:
        TokenError: a key id of another length than 4 bytes.
    """
    if len(kid) != KID_BYTES:
        msg = f"a key id of {len(kid)} bytes, not {KID_BYTES}"
        raise TokenError(msg)
    return serialise({_ALG: alg, _KID: kid})


def serialise_message(token: UnverifiedToken) -> bytes:
    """The COSE message as bytes: signed documents travel like this, cards as text."""
    parts: tuple[CborValue, ...] = (token.protected, {}, token.payload, token.tag)
    return bytes((token.envelope.value,)) + serialise(parts)


def parse_message(message: bytes) -> UnverifiedToken | None:
    """The COSE message in ``message``, or None where it has another shape. Total."""
    envelope = _ENVELOPES.get(message[:1])
    if envelope is None:
        return None
    try:
        parts = parse(message[1:])
        if not isinstance(parts, tuple) or len(parts) != _COSE_PARTS:
            return None
        protected, unprotected, payload, tag = parts
        if unprotected != {} or not isinstance(unprotected, Mapping):
            return None
        if not (
            isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(tag, bytes)
        ):
            return None
        header = parse(protected)
    except CborError:
        return None
    if not isinstance(header, Mapping) or header.keys() != {_ALG, _KID}:
        return None
    alg, kid = header[_ALG], header[_KID]
    if not isinstance(alg, int) or not isinstance(kid, bytes) or len(kid) != KID_BYTES:
        return None
    return UnverifiedToken(
        envelope=envelope,
        protected=protected,
        alg=alg,
        kid=Kid(kid),
        payload=payload,
        tag=tag,
    )


def serialise_token(token: UnverifiedToken) -> str:
    """The text for the QR code.

    Raises:
        TokenError: longer than a door reads.
    """
    text: str = PREFIX + base45.b45encode(serialise_message(token)).decode("ascii")
    if len(text) > MAX_TOKEN_CHARS:
        msg = f"{len(text)} characters, a door reads at most {MAX_TOKEN_CHARS}"
        raise TokenError(msg)
    return text


def parse_token(text: str) -> UnverifiedToken | Reason:
    """The token in ``text``, or which of token.md's rows 1 to 4 it fails. Total."""
    if len(text) > MAX_TOKEN_CHARS:
        return Reason.TOKEN_TOO_LONG
    if not text.startswith(PREFIX):
        return Reason.NOT_A_CARD
    encoded = text[len(PREFIX) :]
    if encoded.endswith("\n"):  # base45 strips it, and one token would have two texts
        return Reason.MALFORMED_ENCODING
    try:
        message: bytes = base45.b45decode(encoded)
    except ValueError:
        return Reason.MALFORMED_ENCODING
    return parse_message(message) or Reason.MALFORMED_ENVELOPE


_ENVELOPES: Final = {bytes((envelope.value,)): envelope for envelope in Envelope}
