"""What central keeps, as plain values. Instants are in seconds since 1970 unless a name says otherwise."""

from dataclasses import dataclass, field
from enum import StrEnum

from cardcore.audit import AuditEntry, ChainHead
from cardcore.card import Mode
from cardcore.device_keys import DevicePublicKeys
from cardcore.documents import DocumentKind
from cardcore.ids import (
    Audience,
    CardId,
    DeviceId,
    DoorId,
    Epoch,
    Kid,
    MemberId,
    Micros,
    Seq,
    UnixSeconds,
)
from cardcore.keyset import Alg, KeyState
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of one audience, as the membership system knows them."""

    member_id: MemberId
    audience: Audience
    display_name: str | None = field(repr=False)
    status: MemberStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card of one member. ``generation`` grows with every reissue; ``expires_at`` is None for one without an end."""

    card_id: CardId
    audience: Audience
    member_id: MemberId
    mode: Mode
    state: CardState
    generation: int
    issued_at: UnixSeconds
    changed_at: UnixSeconds
    expires_at: UnixSeconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLink:
    """A single-use invitation for a member's phone; central keeps only the SHA-256 of its secret."""

    secret_hash: bytes
    card_id: CardId
    expires_at: UnixSeconds
    used_at: UnixSeconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPhone:
    """A phone that claimed a link; central keeps only the SHA-256 of its token.

    It speaks for one generation of one card: a reissue ends it.
    """

    token_hash: bytes = field(repr=False)
    card_id: CardId
    generation: int
    linked_at: UnixSeconds


class KeyUse(StrEnum):
    """What a key is for; it decides the algorithm."""

    SCREEN = "screen"
    PRINT_MAC = "print_mac"
    PRINT_SIGNATURE = "print_signature"
    DOCUMENT_ROOT = "document_root"

    @property
    def alg(self) -> Alg:
        """The one algorithm of keys of this use."""
        match self:
            case KeyUse.SCREEN:
                return Alg.HMAC_256_64
            case KeyUse.PRINT_MAC:
                return Alg.HMAC_256_256
            case KeyUse.PRINT_SIGNATURE | KeyUse.DOCUMENT_ROOT:
                return Alg.EDDSA


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """A key that only central has.

    ``secret`` is the 32-byte HMAC root key or raw Ed25519 private key; ``public_key`` is empty for HMAC. The
    document root belongs to no audience.
    """

    kid: Kid
    use: KeyUse
    audience: Audience | None
    secret: bytes = field(repr=False)
    public_key: bytes
    not_before: UnixSeconds
    signs_until: UnixSeconds
    expires_at: UnixSeconds
    state: KeyState


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One enrolled piece of hardware; central keeps only the SHA-256 of its token.

    ``keys`` is None for one that has not made any yet. ``revocation`` is the document, signed by the root, that shuts it
    out.
    """

    device_id: DeviceId
    door: DoorId
    audience: Audience
    token_hash: bytes = field(repr=False)
    program: str
    enrolled_at: UnixSeconds
    keys: DevicePublicKeys | None = None
    revoked_at: UnixSeconds | None = None
    revocation: bytes | None = field(default=None, repr=False)


class Role(StrEnum):
    """What an operator may do: look; change things, which includes looking; hand in membership events, and nothing else."""

    READ = "read"
    MANAGE = "manage"
    EVENTS = "events"

    def allows(self, wanted: "Role") -> bool:
        """Whether whoever has this role may do what ``wanted`` may."""
        return self is wanted or (self is Role.MANAGE and wanted is Role.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person or program that runs central; central keeps only the SHA-256 of its token.

    ``grants`` says what it may do, and where.
    """

    name: str
    token_hash: bytes = field(repr=False)
    grants: frozenset[tuple[Role, Audience]]
    added_at: UnixSeconds
    revoked_at: UnixSeconds | None = None

    def audiences(self, wanted: Role) -> frozenset[Audience]:
        """Where it may do what ``wanted`` may; nowhere, once revoked."""
        if self.revoked_at is not None:
            return frozenset()
        return frozenset(audience for role, audience in self.grants if role.allows(wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An operator in the act of one call: who, and the audiences in which it may do what this route does.

    Anything of another audience is to be answered as if it were not there.
    """

    name: str
    audiences: frozenset[Audience]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCode:
    """An enrolment code that was given out; central keeps only the SHA-256 of its secret."""

    selector: str
    secret_hash: bytes = field(repr=False)
    door: DoorId
    audience: Audience
    expires_at: UnixSeconds
    used_at: UnixSeconds | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDocument:
    """A document as handed out; ``revision`` is that of the audience when it was signed."""

    kind: DocumentKind
    audience: Audience
    version: int
    issued_at: UnixSeconds
    revision: int
    content: bytes = field(repr=False)


class Quarantine(StrEnum):
    """Why an audit entry is kept apart."""

    UNREADABLE = "unreadable"
    FOREIGN_DEVICE = "foreign_device"
    REVOKED_DEVICE = "revoked_device"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """One audit entry as it arrived. ``entry`` is None where central cannot read it."""

    seq: Seq
    hash: bytes
    raw: bytes = field(repr=False)
    entry: AuditEntry | None
    quarantine: Quarantine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """What a device signed of its log, and central's countersignature under it (:mod:`cardcore.checkpoint`)."""

    seq: Seq
    statement: bytes = field(repr=False)
    countersigned: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An entry that contradicts the log central holds."""

    seq: Seq
    hash: bytes
    raw: bytes = field(repr=False)
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Entries that central had lost when the door had removed them: ``first`` to ``last``, and the hash of ``last``.

    ``receipt`` is central's own word, signed, that it once held them; ``found_at`` in microseconds since 1970.
    """

    epoch: Epoch
    first: Seq
    last: Seq
    hash: bytes
    receipt: bytes = field(repr=False)
    found_at: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One epoch of one device, and up to where it is held."""

    device_id: DeviceId
    epoch: Epoch
    head: ChainHead


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """One entry as it is kept: its bytes, their hash, and when it came (microseconds since 1970)."""

    seq: Seq
    hash: bytes
    raw: bytes = field(repr=False)
    arrived_at: Micros
    quarantine: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One stored entry, as lists show it. ``wall`` and ``arrived_at`` in microseconds since 1970."""

    device_id: DeviceId
    epoch: bytes
    seq: int
    arrived_at: Micros
    wall: int | None
    door: str | None
    decision: str | None
    reason: str | None
    card_id: bytes | None
    quarantine: str | None
