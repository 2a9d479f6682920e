"""Signed documents from central: one envelope and one head, a body each.

A document is a COSE_Sign1 message (alg -8) whose payload is a CBOR map::

    3 audience   4 expires_at   6 issued_at   -65538 kind   -65539 version   -65540 body

The rules a door keeps, in this order, before it lets a document replace the one in force:

1. signed by the pinned root;
2. of the kind and the audience asked for (the kind stands in the signed payload: no document passes for
   another, nor for a card, whose claims have no such keys);
3. not older than the one in force (rollback);
4. not already expired on arrival (freeze).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardcore.card import AUDIENCE_CHARS_MAX, INSTANT_LIMIT, is_plain_text
from cardcore.cbor import DOCUMENT_LIMITS, CborValue, parse, serialise
from cardcore.errors import CborError, DocumentError, ExpiredError, RollbackError, UntrustedError
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.keyset import Alg
from cardcore.signing import sign_message
from cardcore.token import Envelope, parse_message
from cardcore.verify import SKEW, verify_ed25519

_AUDIENCE, _EXPIRES_AT, _ISSUED_AT, _KIND, _VERSION, _BODY = 3, 4, 6, -65_538, -65_539, -65_540
_HEAD_KEYS: Final = frozenset((_AUDIENCE, _EXPIRES_AT, _ISSUED_AT, _KIND, _VERSION, _BODY))
_VERSION_LIMIT: Final = 1 << 63  # what SQLite and PostgreSQL keep in one integer


class DocumentKind(StrEnum):
    """What a document is; the word stands in its signed payload."""

    KEY_SET = "keyset"
    SNAPSHOT = "snapshot"
    SNAPSHOT_MANIFEST = "snapshot-manifest"
    TIME = "time"
    TRUST = "trust"
    DEVICE_REVOCATION = "device_revocation"
    RECEIPT = "receipt"
    ROOT = "root"
    POLICY = "policy"
    REVOKED = "revoked"
    REVOKED_DELTA = "revoked-delta"
    ACTIVE = "active"
    ACTIVE_DELTA = "active-delta"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class RootKey:
    """The public half of central's signing root, as a door pinned it: 4-byte id, 32-byte Ed25519 key."""

    kid: Kid
    public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that central signed. Instants in seconds since 1970; ``version`` only ever grows."""

    kind: DocumentKind
    audience: Audience
    version: int
    issued_at: UnixSeconds
    expires_at: UnixSeconds
    body: CborValue

    def is_stale(self, now: UnixSeconds) -> bool:
        """Whether it has expired: what it says may no longer be so."""
        return now >= self.expires_at + SKEW


def sign_document(document: Document, *, kid: Kid, private_key: bytes) -> bytes:
    """The bytes of ``document`` under a raw 32-byte Ed25519 private key.

    Raises:
        DocumentError: a head out of its bounds, which every door would refuse.
        CborError: a body that has no form.
    """
    payload: dict[int, CborValue] = {
        _AUDIENCE: document.audience,
        _EXPIRES_AT: document.expires_at,
        _ISSUED_AT: document.issued_at,
        _KIND: document.kind.value,
        _VERSION: document.version,
        _BODY: document.body,
    }
    if _parse_head(payload) is None:
        msg = "the head of the document is out of its bounds"
        raise DocumentError(msg)
    return sign_message(serialise(payload), kid=kid, private_key=private_key)


def open_document(
    data: bytes,
    *,
    root: RootKey,
    kind: DocumentKind,
    audience: Audience,
    also: DocumentKind | None = None,
) -> Document:
    """The document in ``data``, by rules 1 and 2 alone: for one that was accepted before.

    ``also`` is another kind that will do.

    Raises:
        UntrustedError: not signed by ``root``, or another kind, audience or shape.
    """
    message = parse_message(data)
    if message is None or message.envelope is not Envelope.SIGN1:
        msg = "no signed document"
        raise UntrustedError(msg)
    if message.alg != Alg.EDDSA.value or message.kid != root.kid:
        msg = f"signed by {message.kid.hex()}, the pinned root is {root.kid.hex()}"
        raise UntrustedError(msg)
    if not verify_ed25519(root.public_key, message.tag, message.signed_bytes()):
        msg = "the signature is wrong"
        raise UntrustedError(msg)
    document = _parse_payload(message.payload)
    if document.kind not in {kind, also} or document.audience != audience:
        msg = f"a {document.kind} for {document.audience!r}, not a {kind} for {audience!r}"
        raise UntrustedError(msg)
    return document


def signer_of(data: bytes) -> Kid | None:
    """The id of the root that ``data`` says it is signed by; nothing is proved by that."""
    message = parse_message(data)
    return None if message is None else message.kid


def root_of(data: bytes, roots: Iterable[RootKey], otherwise: RootKey) -> RootKey:
    """The one of ``roots`` that ``data`` says it is signed by, to be checked against; ``otherwise`` where it is none."""
    signer = signer_of(data)
    return next((root for root in roots if root.kid == signer), otherwise)


def newest_of(roots: Sequence[RootKey], otherwise: RootKey) -> RootKey:
    """The last of ``roots``: it alone may sign what is new. ``otherwise`` where there are none."""
    return roots[-1] if roots else otherwise


def open_by_any(
    data: bytes, *, roots: Iterable[RootKey], kind: DocumentKind, audience: Audience
) -> Document:
    """As :func:`open_document`, where any of ``roots`` may have signed: for one accepted before a root rotation.

    Raises:
        UntrustedError: signed by none of them, or another kind, audience or shape.
    """
    known = {root.kid: root for root in roots}
    signer = signer_of(data)
    if signer is None:
        msg = "no signed document"
        raise UntrustedError(msg)
    if signer not in known:
        msg = f"signed by {signer.hex()}, which is no root of this door"
        raise UntrustedError(msg)
    return open_document(data, root=known[signer], kind=kind, audience=audience)


def accept_document(
    data: bytes,
    *,
    root: RootKey,
    kind: DocumentKind,
    audience: Audience,
    in_force: int,
    now: UnixSeconds,
    also: DocumentKind | None = None,
) -> Document:
    """The document in ``data``, by all four rules.

    ``in_force`` is the highest version that was in force under this root, 0 for none: another root counts anew.

    Raises:
        UntrustedError: rules 1 and 2.
        RollbackError: older than the one in force.
        ExpiredError: expired when it arrived.
    """
    document = open_document(data, root=root, kind=kind, audience=audience, also=also)
    if document.version < in_force:
        raise RollbackError(document.version, in_force)
    if document.is_stale(now):
        raise ExpiredError(document.expires_at)
    return document


def _parse_payload(payload: bytes) -> Document:
    try:
        value = parse(payload, DOCUMENT_LIMITS)
    except CborError as error:
        msg = f"a signed payload that is no document: {error}"
        raise UntrustedError(msg) from error
    document = _parse_head(value) if isinstance(value, Mapping) else None
    if document is None:
        msg = "a signed payload that is no document"
        raise UntrustedError(msg)
    return document


def _parse_head(value: Mapping[int, CborValue]) -> Document | None:
    if value.keys() != _HEAD_KEYS:
        return None
    audience, kind, version = value[_AUDIENCE], value[_KIND], value[_VERSION]
    issued_at, expires_at = value[_ISSUED_AT], value[_EXPIRES_AT]
    if not isinstance(audience, str) or not is_plain_text(audience, AUDIENCE_CHARS_MAX):
        return None
    if not isinstance(kind, str) or kind not in {known.value for known in DocumentKind}:
        return None
    if not isinstance(version, int) or not 0 < version < _VERSION_LIMIT:
        return None
    if not isinstance(issued_at, int) or not isinstance(expires_at, int):
        return None
    if not 0 <= issued_at < expires_at < INSTANT_LIMIT:
        return None
    return Document(
        kind=DocumentKind(kind),
        audience=Audience(audience),
        version=version,
        issued_at=UnixSeconds(issued_at),
        expires_at=UnixSeconds(expires_at),
        body=value[_BODY],
    )
