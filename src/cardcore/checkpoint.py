"""Checkpoints: what a device says its log is at an instant, signed by it, and countersigned by central.

A checkpoint is a COSE_Sign1 message (alg -8) under the device's signing key, whose payload is a CBOR map with one key::

    -65541   [device, epoch, size, head, instant in µs]

``size`` is the number of the last entry of that epoch, ``head`` its hash. No card and no document has such a payload. The
``kid`` is the first 4 bytes of SHA-256 over the device's public key.

Central countersigns it with a document of the kind ``checkpoint``, whose body is the whole message. From then on neither
can change, drop or add what came before without the other's copy telling.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cardcore.audit import EPOCH_BYTES, HASH_BYTES
from cardcore.cbor import DOCUMENT_LIMITS, CborValue, parse, serialise
from cardcore.documents import Document, DocumentKind, RootKey, open_document, sign_document
from cardcore.errors import CborError, UntrustedError
from cardcore.ids import Audience, DeviceId, Epoch, Kid, Micros, Seq, UnixSeconds
from cardcore.keyset import Alg
from cardcore.signing import sign_message
from cardcore.token import KID_BYTES, Envelope, parse_message
from cardcore.verify import verify_ed25519

CHECKPOINT_BYTES_MAX: Final = 512  # one has about 200
COUNTERSIGNED_LIFE_S: Final = 3_650 * 86_400  # seconds; longer than any log is kept
_STATEMENT: Final = -65_541


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """``epoch`` of ``device`` ends with entry ``seq``, whose hash is ``hash``, at ``at``."""

    device: DeviceId
    epoch: Epoch
    seq: Seq
    hash: bytes
    at: Micros


def sign_checkpoint(checkpoint: Checkpoint, *, private_key: bytes, public_key: bytes) -> bytes:
    """The bytes of ``checkpoint`` under a device's raw 32-byte Ed25519 key."""
    said: CborValue = (
        checkpoint.device,
        checkpoint.epoch,
        checkpoint.seq,
        checkpoint.hash,
        checkpoint.at,
    )
    payload = serialise({_STATEMENT: said})
    return sign_message(payload, kid=_kid_of(public_key), private_key=private_key)


def checkpoint_in(data: bytes, public_key: bytes) -> Checkpoint:
    """The checkpoint in ``data``, if the device of this raw public key signed it.

    Raises:
        UntrustedError: it did not, or it is no checkpoint.
    """
    message = parse_message(data) if len(data) <= CHECKPOINT_BYTES_MAX else None
    if message is None or message.envelope is not Envelope.SIGN1 or message.alg != Alg.EDDSA.value:
        msg = "no signed checkpoint"
        raise UntrustedError(msg)
    if message.kid != _kid_of(public_key) or not verify_ed25519(
        public_key, message.tag, message.signed_bytes()
    ):
        msg = "the checkpoint was not signed by this device"
        raise UntrustedError(msg)
    return _parse_payload(message.payload)


def countersign(
    checkpoint: bytes,
    audience: Audience,
    now: UnixSeconds,
    *,
    root: RootKey,
    private_key: bytes,
) -> bytes:
    """Central's word that it took ``checkpoint``, and the log up to it, under the root's raw private key."""
    document = Document(
        kind=DocumentKind.CHECKPOINT,
        audience=audience,
        version=now,
        issued_at=now,
        expires_at=UnixSeconds(now + COUNTERSIGNED_LIFE_S),
        body=checkpoint,
    )
    return sign_document(document, kid=root.kid, private_key=private_key)


def countersigned_in(data: bytes, audience: Audience, *, root: RootKey) -> bytes:
    """The device's checkpoint that central countersigned in ``data``.

    Raises:
        UntrustedError: not signed by ``root``, for another audience, or no countersigned checkpoint.
    """
    document = open_document(data, root=root, kind=DocumentKind.CHECKPOINT, audience=audience)
    if not isinstance(document.body, bytes):
        msg = "a countersigned checkpoint of another shape"
        raise UntrustedError(msg)
    return document.body


def countersigner_of(data: bytes) -> Kid | None:
    """The id of the root that claims to have countersigned ``data``; None where it is no such thing."""
    message = parse_message(data)
    return None if message is None else message.kid


def said_in(data: bytes) -> Checkpoint:
    """What the checkpoint in ``data`` says, whoever signed it: for one that central countersigned.

    Raises:
        UntrustedError: no checkpoint.
    """
    message = parse_message(data)
    if message is None:
        msg = "no signed checkpoint"
        raise UntrustedError(msg)
    return _parse_payload(message.payload)


def _kid_of(public_key: bytes) -> Kid:
    return Kid(hashlib.sha256(public_key).digest()[:KID_BYTES])


def _parse_payload(payload: bytes) -> Checkpoint:
    try:
        value = parse(payload, DOCUMENT_LIMITS)
    except CborError as error:
        msg = f"a signed payload that is no checkpoint: {error}"
        raise UntrustedError(msg) from error
    said = value.get(_STATEMENT) if isinstance(value, Mapping) and len(value) == 1 else None
    match said:
        case (str() as device, bytes() as epoch, int() as seq, bytes() as digest, int() as at) if (
            len(epoch) == EPOCH_BYTES and len(digest) == HASH_BYTES and seq > 0 and at >= 0
        ):
            return Checkpoint(
                device=DeviceId(device),
                epoch=Epoch(epoch),
                seq=Seq(seq),
                hash=digest,
                at=Micros(at),
            )
        case _:
            msg = "a checkpoint of another shape"
            raise UntrustedError(msg)
