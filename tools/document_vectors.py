"""The vectors of signed documents: key sets and snapshots under a fixed test root, and what must be refused."""

import hashlib
from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.cbor import CborValue, serialise
from cardcore.documents import Document, DocumentKind, sign_document
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.keyset import Alg, Key, KeyState, key_set_of
from cardcore.keyset_document import key_set_body
from cardcore.signing import sign_message
from cardcore.snapshot_document import snapshot_body
from cardcore.token import parse_message
from tools.list_vectors import GOOD, REFUSED, hashes
from tools.snapshot_vectors import (
    GOOD as GOOD_MANIFESTS,
    ISSUED,
    REFUSED as REFUSED_MANIFESTS,
    ROWS,
    chunks,
    refused_chunks,
)
from tools.vector_json import Json, json_of

VENUE: Final = Audience("venue-12")
EXPIRES: Final = UnixSeconds(ISSUED + 86_400)
SKEW: Final = 30


def _fixed(name: str, size: int = 32) -> bytes:
    return hashlib.sha256(f"Gatepost test vectors: {name}".encode()).digest()[:size]


ROOT_KID: Final = Kid(_fixed("root kid", 4))
ROOT: Final = _fixed("root")
STRANGER: Final = _fixed("another root")
PUBLIC: Final = Ed25519PrivateKey.from_private_bytes(ROOT).public_key().public_bytes_raw()


def _key(name: str, alg: Alg, state: KeyState, audience: Audience = VENUE) -> Key:
    return Key(
        kid=Kid(_fixed(f"kid {name}", 4)),
        alg=alg,
        secret=_fixed(f"key {name}"),
        audience=audience,
        not_before=UnixSeconds(ISSUED - 3_600),
        signs_until=UnixSeconds(ISSUED + 30 * 86_400),
        expires_at=UnixSeconds(ISSUED + 430 * 86_400),
        state=state,
    )


KEYS: Final = key_set_of(
    (
        _key("a", Alg.HMAC_256_64, KeyState.ACTIVE),
        _key("b", Alg.HMAC_256_256, KeyState.RETIRING),
        _key("c", Alg.EDDSA, KeyState.REVOKED),
    )
)


def _document(
    body: CborValue, kind: DocumentKind = DocumentKind.KEY_SET, version: int = 7
) -> Document:
    return Document(
        kind=kind,
        audience=VENUE,
        version=version,
        issued_at=ISSUED,
        expires_at=EXPIRES,
        body=body,
    )


KEY_SET: Final = _document(key_set_body(KEYS))
SNAPSHOT: Final = _document(snapshot_body(ROWS), DocumentKind.SNAPSHOT, version=301)
DOCUMENTS: Final = {
    "key set": KEY_SET,
    "key set without keys": _document(()),
    "snapshot": SNAPSHOT,
    "snapshot without cards": _document((), DocumentKind.SNAPSHOT, version=1),
    "largest version": _document((), DocumentKind.SNAPSHOT, version=(1 << 63) - 1),
    "shortest life": replace(_document(()), issued_at=UnixSeconds(EXPIRES - 1)),
    "audience of 32": replace(_document(()), audience=Audience("ü" * 32)),
} | {
    name: _document(body, kind, version)
    for name, (kind, version, body) in (GOOD | GOOD_MANIFESTS).items()
}

Refusal = tuple[bytes, str, str]  # the bytes, which error, a piece of its text


def document_file() -> Json:
    """The content of documents1.json."""
    return {
        "format": "signed document",
        "version": 1,
        "skew": SKEW,
        "root": {"kid": ROOT_KID.hex(), "private_key": ROOT.hex(), "public_key": PUBLIC.hex()},
        "documents": [_good(name, document) for name, document in DOCUMENTS.items()],
        "hashes": hashes(),
        "chunks": chunks(),
        "refused_chunks": refused_chunks(),
        "judged": _judged(),
        "refused": [
            {"id": name, "bytes": data.hex(), "refusal": refusal, "says": says}
            for name, (data, refusal, says) in (_forged() | _malformed() | _bad_bodies()).items()
        ],
    }


def _sign(document: Document) -> bytes:
    return sign_document(document, kid=ROOT_KID, private_key=ROOT)


def _good(name: str, document: Document) -> Json:
    return {
        "id": name,
        "kind": document.kind.value,
        "audience": document.audience,
        "version": document.version,
        "issued_at": document.issued_at,
        "expires_at": document.expires_at,
        "body": json_of(document.body),
        "bytes": _sign(document).hex(),
    }


def _judged() -> Json:
    """The key set above (version 7), judged as asked for: who asks, what is in force, when."""
    cases: dict[str, tuple[dict[str, Json], str]] = {
        "first": ({}, "accepted"),
        "the same again": ({"in_force": 7}, "accepted"),
        "a later one": ({"in_force": 6}, "accepted"),
        "rollback": ({"in_force": 8}, "rollback"),
        "one second left": ({"now": EXPIRES + SKEW - 1}, "accepted"),
        "expired": ({"now": EXPIRES + SKEW}, "expired"),
        "rollback before expired": ({"in_force": 8, "now": EXPIRES + SKEW}, "rollback"),
        "wrong kind": ({"kind": "snapshot"}, "untrusted"),
        "wrong audience": ({"audience": "venue-13"}, "untrusted"),
        "untrusted before rollback": ({"audience": "venue-13", "in_force": 8}, "untrusted"),
    }
    ask: dict[str, Json] = {"kind": "keyset", "audience": VENUE, "in_force": 0, "now": ISSUED}
    return [
        {"id": name, "ask": ask | changed, "result": result}
        for name, (changed, result) in cases.items()
    ]


def _forged() -> dict[str, Refusal]:
    good = _sign(KEY_SET)
    stranger = sign_document(KEY_SET, kid=ROOT_KID, private_key=STRANGER)
    other_kid = sign_document(KEY_SET, kid=Kid(bytes(4)), private_key=ROOT)
    message = parse_message(good)
    payload = message.payload if message else b""
    mac = bytes((0xD1,)) + good[1:]
    return {
        "one bit off in the body": (_flip(good, len(good) // 2), "untrusted", "signature"),
        "one bit off in the signature": (_flip(good, len(good) - 1), "untrusted", "signature"),
        "one bit off in the header": (_flip(good, 5), "untrusted", "the pinned root is"),
        "one bit off in the envelope": (_flip(good, 1), "untrusted", "no signed document"),
        "cut": (good[:-1], "untrusted", "no signed document"),
        "a byte after it": (good + b"\x00", "untrusted", "no signed document"),
        "nothing": (b"", "untrusted", "no signed document"),
        "another root under this id": (stranger, "untrusted", "signature"),
        "another id": (other_kid, "untrusted", "the pinned root is"),
        "no signature": (_unsigned(payload), "untrusted", "signature"),
        "a MAC instead": (mac, "untrusted", "no signed document"),
        "the payload alone": (payload, "untrusted", "no signed document"),
    }


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def _unsigned(payload: bytes) -> bytes:
    protected = serialise({1: -8, 4: ROOT_KID})
    return bytes((0xD2,)) + serialise((protected, {}, payload, b""))


def _malformed() -> dict[str, Refusal]:
    head: dict[int, CborValue] = {
        3: VENUE,
        4: EXPIRES,
        6: ISSUED,
        -65_538: "keyset",
        -65_539: 7,
        -65_540: (),
    }
    heads: dict[str, dict[int, CborValue]] = {
        "version 0": head | {-65_539: 0},
        "version of 64 bits": head | {-65_539: 1 << 63},
        "version in text": head | {-65_539: "7"},
        "unknown kind": head | {-65_538: "lists"},
        "kind a number": head | {-65_538: 1},
        "an unknown key": head | {-65_541: 1},
        "no body": dict(list(head.items())[:-1]),
        "no life": head | {4: ISSUED},
        "issued before 1970": head | {6: -1},
        "after 2242": head | {4: 1 << 33},
        "instants in text": head | {6: "0"},
        "audience of 33": head | {3: "v" * 33},
        "audience in bytes": head | {3: b"venue-12"},
        "a control in the audience": head | {3: "venue\n"},
    }
    payloads = {name: serialise(value) for name, value in heads.items()} | {
        "a list": serialise((1, 2)),
        "no CBOR": b"\xff",
        "a byte after the payload": serialise(head) + b"\x00",
    }
    return {
        name: (_signed(payload), "untrusted", "no document") for name, payload in payloads.items()
    }


def _signed(payload: bytes) -> bytes:
    return sign_message(payload, kid=ROOT_KID, private_key=ROOT)


def _bad_bodies() -> dict[str, Refusal]:
    key = (bytes(4), 4, bytes(32), 0, 1, 2, 0)
    card = (bytes(16), 1, 1, 0)
    keys: dict[str, tuple[CborValue, str]] = {
        "key set: no list": ({}, "no list of keys"),
        "key set: six items": ((key[:6],), "7 items"),
        "key set: a key no list": ((1,), "7 items"),
        "key set: id in text": ((("kid!", *key[1:]),), "byte strings"),
        "key set: algorithm 6": (((key[0], 6, *key[2:]),), "algorithm 6"),
        "key set: state 3": (((*key[:6], 3),), "state 3"),
        "key set: state in text": (((*key[:6], "active"),), "state 'active'"),
        "key set: key of 31": (((*key[:2], bytes(31), *key[3:]),), "a key 32"),
        "key set: id of 3": (((bytes(3), *key[1:]),), "an id has 4 bytes"),
        "key set: instant in text": (((*key[:3], "0", *key[4:]),), "no instant"),
        "key set: instant negative": (((*key[:3], -1, *key[4:]),), "no instant"),
        "key set: one id twice": ((key, key), "two keys"),
    }
    cards: dict[str, tuple[CborValue, str]] = {
        "snapshot: no list": ("cards", "no list of cards"),
        "snapshot: three items": ((card[:3],), "4 or 5 items"),
        "snapshot: six items": (((*card, "n", "n"),), "4 or 5 items"),
        "snapshot: id of 15": (((bytes(15), *card[1:]),), "16 bytes"),
        "snapshot: id in text": ((("0" * 16, *card[1:]),), "16 bytes"),
        "snapshot: generation 65536": (((card[0], 65_536, 1, 0),), "65535"),
        "snapshot: state 5": (((card[0], 1, 5, 0),), "0 to 4"),
        "snapshot: state negative": (((card[0], 1, -1, 0),), "0 to 4"),
        "snapshot: member 4": (((card[0], 1, 1, 4),), "0 to 3"),
        "snapshot: member in text": (((card[0], 1, 1, "active"),), "0 to 3"),
        "snapshot: name in bytes": (((*card, b"Ada"),), "display name"),
        "snapshot: empty name": (((*card, ""),), "display name"),
        "snapshot: name of 65": (((*card, "n" * 65),), "display name"),
        "snapshot: not in order": (((b"\x01" * 16, 1, 1, 0), card), "not in order"),
        "snapshot: one card twice": ((card, card), "not in order"),
    }
    in_keys = {
        name: (_sign(_document(body)), "keyset", says) for name, (body, says) in keys.items()
    }
    in_cards = {
        name: (_sign(_document(body, DocumentKind.SNAPSHOT)), "snapshot", says)
        for name, (body, says) in cards.items()
    }
    elsewhere = {
        name: (_sign(_document(body, kind)), kind.value, says)
        for name, (kind, body, says) in (REFUSED | REFUSED_MANIFESTS).items()
    }
    return in_keys | in_cards | elsewhere
