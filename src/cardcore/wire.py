"""Every message between door and central, as both read and write it: JSON, these dataclasses, nothing else.

Byte strings travel as lower-case hex where people read them (ids, hashes) and as Base64 inside audit batches.
Unknown fields are ignored, so that an old door understands a new central; a missing or mistyped one is a fault.
"""

from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

import msgspec

from cardcore.audit import ClockTrust, Direction
from cardcore.errors import WireError
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from cardcore.policy import DoorPolicy

API_VERSION: Final = "1.0"
API_ROOT: Final = "/api/v1.0"
DOCUMENT_TYPE: Final = "application/cose"
CHUNK_TYPE: Final = "application/cbor"
MAX_BATCH_ENTRIES: Final = 1_000
MAX_BATCH_BYTES: Final = (
    8 * 1024 * 1024
)  # decompressed; 1,000 entries of 4,096 bytes are under 6 MiB
MAX_ANSWER_BYTES: Final = 1024 * 1024  # any JSON answer; documents have their own bound
MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024  # a snapshot of a million cards with names

Hex = Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{2})*\Z", max_length=128)]
Name = Annotated[
    str, msgspec.Meta(min_length=1, max_length=64, pattern=r"\A[^\x00-\x1f\x7f-\x9f]+\Z")
]
Natural = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Key32 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]  # a raw 32-byte public key

Message = TypeVar("Message")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolRequest:
    """POST /devices/enrol: the secret part of a one-time code, and the public keys the device has just made.

    Ed25519 to sign with, X25519 to seal to. A device that knows no keys yet sends neither, and is given a token.
    """

    selector: Name
    secret: Name
    program: Name
    signing_key: Key32 | None = None
    receiving_key: Key32 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolAnswer:
    """What a new device is told: who it is, where it stands, whom to trust, what the venue wants.

    ``token`` is for a device that came without keys; one that has keys signs what it asks.
    """

    device_id: Name
    door: Name
    audience: Name
    token: Name | None
    root_kid: Hex
    root_public_key: Hex
    policy: DoorPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeysRequest:
    """POST /devices/me/keys: the public keys of a device that had a token until now, signed with the new key."""

    signing_key: Key32
    receiving_key: Key32


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeysAnswer:
    """Whose keys they now are; the token is worth nothing from here on."""

    device_id: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStatusAnswer:
    """GET /cards/{card_id}/status."""

    card_id: Hex
    state: CardState
    generation: Natural
    member_status: MemberStatus
    display_name: Annotated[str, msgspec.Meta(max_length=256)] | None
    as_of: Natural


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberStatusAnswer:
    """GET /members/{member_id}/status."""

    member_id: Name
    status: MemberStatus
    display_name: Annotated[str, msgspec.Meta(max_length=256)] | None
    as_of: Natural


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAnswer:
    """GET /devices/me/audit/mark?epoch=…: up to where central holds this epoch, and that entry's hash."""

    epoch: Hex
    mark: Natural
    hash: Hex


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditBatch:
    """POST /devices/me/audit/batches: consecutive entries of one epoch, the first being ``first``.

    ``checkpoint`` is the device's signed word on the last of them (:mod:`cardcore.checkpoint`).
    """

    epoch: Hex
    first: Natural
    entries: Annotated[list[bytes], msgspec.Meta(min_length=1, max_length=MAX_BATCH_ENTRIES)]
    checkpoint: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """Up to where central now holds the epoch, and what became of the entries sent.

    ``countersigned`` is central's signature under the checkpoint that came with them.
    """

    epoch: Hex
    mark: Natural
    hash: Hex
    accepted: Natural
    duplicate: Natural
    quarantined: list[Natural]
    countersigned: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequest:
    """POST /devices/me/audit/resume: central's own receipt for what the device has removed since."""

    receipt: Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{2})*\Z", max_length=2_048)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error (RFC 9457). ``type`` is stable; ``mark`` is there on a gap or a fork in the audit.

    ``document`` is what the root signed about it: central's time where clocks differ, the revocation of a device.
    """

    type: str
    title: str
    status: int
    detail: str = ""
    mark: Natural | None = None
    document: bytes | None = None


PROBLEM_TYPE: Final = "application/problem+json"


def serialise(message: object) -> bytes:
    """The JSON of a message."""
    return msgspec.json.encode(message)


def parse(data: bytes, kind: type[Message]) -> Message:
    """The message of this ``kind`` in ``data``.

    Raises:
        WireError: not JSON, or another shape; the text says which field.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        msg = f"not a {kind.__name__}: {error}"
        raise WireError(msg) from error


def bytes_of(text: str) -> bytes:
    """The bytes of a hex field that has been parsed."""
    return bytes.fromhex(text)


# ── the doors of one venue, and how a door fares ────────────────────────────
MAX_ADMISSIONS: Final = 1_000  # a page of the feed; the rest is behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionLine:
    """Somebody came in or went out at another door; ``nonce`` where this admission burned one.

    ``at_us`` in microseconds since 1970, by that door's clock. An admission that was taken back goes out.
    """

    card_id: Hex | None
    nonce: Hex | None
    direction: Direction
    at_us: Natural
    door: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionsAnswer:
    """GET /devices/me/admissions?since=…: what other doors admitted behind ``since``, up to ``position``.

    ``more`` says that there is more to ask for at once. ``inside`` is how many are in the venue ``as_of`` (seconds).
    """

    position: Natural
    more: bool
    inside: Natural
    as_of: Natural
    admissions: Annotated[list[AdmissionLine], msgspec.Meta(max_length=MAX_ADMISSIONS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """POST /devices/me/heartbeat: how a door fares. ``wall_us`` is its clock, in microseconds since 1970.

    ``mark`` is up to where it believes central to hold ``epoch``; the ages are of the documents it decides by.
    """

    program: Name
    wall_us: Natural
    clock: ClockTrust
    outbox: Natural
    circuit: Name
    camera: Name | None = None
    keyset_version: Natural = 0
    snapshot_version: Natural = 0
    policy_version: Natural = 0
    free_bytes: Natural | None = None
    epoch: Hex | None = None
    mark: Natural = 0
    keyset_age_s: Natural | None = None
    snapshot_age_s: Natural | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatAnswer:
    """When central heard it, in microseconds since 1970 by central's clock."""

    received_us: Natural


# ── version 2.0-beta ────────────────────────────────────────────────────────
BETA_VERSION: Final = "2.0-beta"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberStanding:
    """A member's standing in version 2.0-beta."""

    status: MemberStatus
    display_name: Annotated[str, msgspec.Meta(max_length=256)] | None
    as_of: Natural


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLinks:
    """Where to ask further, as paths on this central."""

    self: str
    snapshot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStatusBeta:
    """GET /cards/{card_id}/status in version 2.0-beta: the member's standing is an object, and there are links."""

    card_id: Hex
    state: CardState
    generation: Natural
    standing: MemberStanding
    links: CardLinks


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionProblem:
    """A problem of type ``unsupported_version``: which versions are spoken, and which one without asking."""

    type: str
    title: str
    status: int
    detail: str
    supported: list[str]
    default: str
