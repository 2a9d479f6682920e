"""The vectors of what proves itself outside the usual documents: a device's checkpoints, and whom to trust at an enrolment."""

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.cbor import CborValue, serialise
from cardcore.checkpoint import Checkpoint, countersign, sign_checkpoint
from cardcore.documents import Document, DocumentKind, RootKey, sign_document
from cardcore.enrolment import EnrolmentCode, fingerprint_of, serialise_code
from cardcore.ids import Audience, DeviceId, Epoch, Kid, Micros, Seq, UnixSeconds
from cardcore.signing import sign_message
from cardcore.trust_document import EVERYBODY, sign_trust
from tools.vector_json import Json

VENUE: Final = Audience("venue-12")
NOW: Final = UnixSeconds(1_790_000_000)


def _fixed(name: str, size: int = 32) -> bytes:
    return hashlib.sha256(f"Gatepost test vectors: {name}".encode()).digest()[:size]


def _public(private: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


_ROOT_KEY, _STRANGER, _DEVICE = _fixed("root"), _fixed("another root"), _fixed("device")
_ROOT: Final = RootKey(kid=Kid(_fixed("root kid", 4)), public_key=_public(_ROOT_KEY))
_OTHER: Final = RootKey(kid=Kid(_fixed("another root kid", 4)), public_key=_public(_STRANGER))
_SAID: Final = Checkpoint(
    device=DeviceId("d-0123456789abcdef"),
    epoch=Epoch(_fixed("epoch", 8)),
    seq=Seq(4_711),
    hash=_fixed("entry 4711"),
    at=Micros(NOW * 1_000_000 + 7),
)
_STATEMENT: Final = -65_541
_NONCE: Final = _fixed("nonce", 16)
_PEM: Final = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
_CODE: Final = EnrolmentCode(
    selector=_fixed("selector", 5),
    secret=_fixed("secret", 10),
    fingerprint=fingerprint_of(_ROOT.public_key),
)


def proof_file() -> Json:
    """The content of proofs1.json."""
    good = sign_checkpoint(_SAID, private_key=_DEVICE, public_key=_public(_DEVICE))
    return {
        "format": "proofs",
        "version": 1,
        "root": {
            "kid": _ROOT.kid.hex(),
            "private_key": _ROOT_KEY.hex(),
            "public_key": _ROOT.public_key.hex(),
        },
        "device": {"private_key": _DEVICE.hex(), "public_key": _public(_DEVICE).hex()},
        "checkpoint": {
            "device": _SAID.device,
            "epoch": _SAID.epoch.hex(),
            "size": _SAID.seq,
            "head": _SAID.hash.hex(),
            "instant": _SAID.at,
            "bytes": good.hex(),
        },
        "countersigned": {
            "audience": VENUE,
            "issued_at": NOW,
            "bytes": _countersigned(good, _ROOT_KEY).hex(),
        },
        "refused_checkpoints": _named(_bad_checkpoints(good)),
        "refused_countersigned": _named(_bad_countersigned(good)),
        "trust": [_trust("with a certificate", _PEM), _trust("without", None)],
        "refused_trust": _named(_bad_trust()),
    }


def _named(found: dict[str, bytes]) -> Json:
    return [{"id": name, "bytes": data.hex()} for name, data in found.items()]


def _countersigned(checkpoint: bytes, key: bytes, audience: Audience = VENUE) -> bytes:
    return countersign(checkpoint, audience, NOW, root=_ROOT, private_key=key)


def _trust(name: str, certificate: str | None) -> Json:
    data = sign_trust(_NONCE, certificate, NOW, root=_ROOT, private_key=_ROOT_KEY)
    return {
        "id": name,
        "code": serialise_code(_CODE),
        "nonce": _NONCE.hex(),
        "certificate": certificate or "",
        "issued_at": NOW,
        "bytes": data.hex(),
    }


def _bad_checkpoints(good: bytes) -> dict[str, bytes]:
    def said(payload: CborValue, key: bytes = _DEVICE) -> bytes:
        kid = Kid(hashlib.sha256(_public(key)).digest()[:4])
        return sign_message(serialise(payload), kid=kid, private_key=key)

    items = (_SAID.device, _SAID.epoch, _SAID.seq, _SAID.hash, _SAID.at)
    return {
        "nothing": b"",
        "cut": good[:-1],
        "a byte after it": good + b"\x00",
        "one bit off": good[:-1] + bytes((good[-1] ^ 1,)),
        "of another device": said({_STATEMENT: items}, _STRANGER),
        "another key": said({-65_540: items}),
        "a key more": said({_STATEMENT: items, 1: 1}),
        "four items": said({_STATEMENT: items[:-1]}),
        "epoch of 7": said({_STATEMENT: (items[0], items[1][1:], *items[2:])}),
        "entry 0": said({_STATEMENT: (*items[:2], 0, *items[3:])}),
        "head of 31": said({_STATEMENT: (*items[:3], items[3][1:], items[4])}),
        "before 1970": said({_STATEMENT: (*items[:4], -1)}),
        "too long": said({_STATEMENT: ("d" * 512, *items[1:])}),
    }


def _bad_countersigned(good: bytes) -> dict[str, bytes]:
    data = _countersigned(good, _ROOT_KEY)
    return {
        "cut": data[:-1],
        "one bit off": data[:-1] + bytes((data[-1] ^ 1,)),
        "of another root": _countersigned(good, _STRANGER),
        "of another venue": _countersigned(good, _ROOT_KEY, Audience("venue-13")),
        "of another kind": _document(DocumentKind.RECEIPT, good, VENUE),
        "the checkpoint alone": good,
        "a text": _document(DocumentKind.CHECKPOINT, "checkpoint", VENUE),
    }


def _document(kind: DocumentKind, body: CborValue, audience: Audience = EVERYBODY) -> bytes:
    document = Document(
        kind=kind,
        audience=audience,
        version=NOW,
        issued_at=NOW,
        expires_at=UnixSeconds(NOW + 60),
        body=body,
    )
    return sign_document(document, kid=_ROOT.kid, private_key=_ROOT_KEY)


def _bad_trust() -> dict[str, bytes]:
    good = sign_trust(_NONCE, _PEM, NOW, root=_ROOT, private_key=_ROOT_KEY)
    kind, key = DocumentKind.TRUST, _ROOT.public_key
    return {
        "nothing": b"",
        "cut": good[:-1],
        "one bit off": good[:-1] + bytes((good[-1] ^ 1,)),
        "over another nonce": sign_trust(bytes(16), _PEM, NOW, root=_ROOT, private_key=_ROOT_KEY),
        "of another root": sign_trust(_NONCE, _PEM, NOW, root=_OTHER, private_key=_STRANGER),
        "the right root, signed by another": sign_trust(
            _NONCE, _PEM, NOW, root=_ROOT, private_key=_STRANGER
        ),
        "for a venue": _document(kind, (_NONCE, key, _PEM), VENUE),
        "of another kind": _document(DocumentKind.TIME, (_NONCE, key, _PEM)),
        "without a certificate's place": _document(kind, (_NONCE, key)),
        "a certificate in bytes": _document(kind, (_NONCE, key, _PEM.encode())),
    }
