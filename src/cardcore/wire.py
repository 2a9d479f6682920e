"""Every message between door and central, as both read and write it: JSON, these dataclasses, nothing else.

Byte strings travel as lower-case hex where people read them (ids, hashes) and as Base64 inside audit batches.
Unknown fields are ignored, so that an old door understands a new central; a missing or mistyped one is a fault.
"""

from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

import msgspec

from cardcore.errors import WireError
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from cardcore.policy import DoorPolicy

API_VERSION: Final = "1.0"
API_ROOT: Final = "/api/v1.0"
DOCUMENT_TYPE: Final = "application/cose"
MAX_BATCH_ENTRIES: Final = 500
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024  # decompressed; 500 entries of 4,096 bytes are under 3 MiB
MAX_ANSWER_BYTES: Final = 1024 * 1024  # any JSON answer; documents have their own bound
MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024  # a snapshot of a million cards with names

Hex = Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{2})*\Z", max_length=128)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Natural = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]

Message = TypeVar("Message")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolRequest:
    """POST /devices/enrol: the secret part of a one-time code."""

    selector: Name
    secret: Name
    program: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolAnswer:
    """What a new device is told: who it is, where it stands, whom to trust, what the venue wants."""

    device_id: Name
    door: Name
    audience: Name
    token: Name
    root_kid: Hex
    root_public_key: Hex
    policy: DoorPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStatusAnswer:
    """GET /cards/{card_id}/status."""

    card_id: Hex
    state: CardState
    generation: Natural
    member_status: MemberStatus
    display_name: str | None
    as_of: Natural


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAnswer:
    """GET /devices/me/audit/mark?epoch=…: up to where central holds this epoch, and that entry's hash."""

    epoch: Hex
    mark: Natural
    hash: Hex


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditBatch:
    """POST /devices/me/audit/batches: consecutive entries of one epoch, the first being ``first``."""

    epoch: Hex
    first: Natural
    entries: Annotated[list[bytes], msgspec.Meta(min_length=1, max_length=MAX_BATCH_ENTRIES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """Up to where central now holds the epoch, and what became of the entries sent."""

    epoch: Hex
    mark: Natural
    hash: Hex
    accepted: Natural
    duplicate: Natural
    quarantined: list[Natural]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error (RFC 9457). ``type`` is stable; ``mark`` is there on a gap or a fork in the audit."""

    type: str
    title: str
    status: int
    detail: str = ""
    mark: Natural | None = None


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
