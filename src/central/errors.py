"""Faults of central.

Over HTTP each becomes a problem (RFC 9457), on the command line an exit code::

CentralError(kind, detail)
├── NotFoundError        no such card, member, path
├── ConflictError        it contradicts what central holds; ``mark`` where it is about the audit
├── NotAllowedError      the caller may not, or not that often
│   └── DocumentedError      ``document``, signed by the root, says why
├── UnprocessableError   the request itself cannot be understood
│   ├── UnsupportedVersionError  ``supported``, ``default``
│   └── ConfigError      a setting that cannot be; ``field``, ``value``, ``hint``
└── StorageDownError     the database cannot be used now
"""

from collections.abc import Sequence
from enum import StrEnum


class Kind(StrEnum):
    """The stable word of a fault, and the last part of its problem's ``type``."""

    UNKNOWN_CARD = "unknown_card"
    UNKNOWN_MEMBER = "unknown_member"
    UNKNOWN_OPERATOR = "unknown_operator"
    UNKNOWN_DEVICE = "unknown_device"
    UNKNOWN_INCIDENT = "unknown_incident"
    OPERATOR_EXISTS = "operator_exists"
    UNKNOWN_EVENT = "unknown_event"
    IN_PROGRESS = "in_progress"
    KEY_REUSED = "key_reused"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    GAP = "gap"
    FORK = "fork"
    BROKEN_CHAIN = "broken_chain"
    ILLEGAL_STEP = "illegal_step"
    NOT_AUTHENTICATED = "not_authenticated"
    CLOCK_SKEW = "clock_skew"
    REPLAYED = "replayed"
    DEVICE_REVOKED = "device_revoked"
    NOT_PERMITTED = "not_permitted"
    ENROLMENT_REFUSED = "enrolment_refused"
    LINK_REFUSED = "link_refused"
    RECEIPT_REFUSED = "receipt_refused"
    TOO_MANY_TRIES = "too_many_tries"
    TOO_MANY_CALLS = "too_many_calls"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    UNSUPPORTED_VERSION = "unsupported_version"
    CONFIGURATION = "configuration"
    STORAGE_DOWN = "storage_down"
    INTERNAL = "internal"


class CentralError(Exception):
    """Root of all faults raised by central."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(detail or kind.value)
        self.kind = kind
        self.detail = detail


class NotFoundError(CentralError):
    """There is no such thing, or not for this caller."""


class ConflictError(CentralError):
    """It contradicts what central holds; ``mark`` is where the audit of that epoch stands."""

    def __init__(self, kind: Kind, detail: str = "", mark: int | None = None) -> None:
        super().__init__(kind, detail)
        self.mark = mark


class NotAllowedError(CentralError):
    """The caller may not do this, or not now."""


class DocumentedError(NotAllowedError):
    """The caller may not, and the root signed why: ``document`` is for the caller to check."""

    def __init__(self, kind: Kind, detail: str, document: bytes | None) -> None:
        super().__init__(kind, detail)
        self.document = document


class UnprocessableError(CentralError):
    """A request that cannot be understood as it is."""


class UnsupportedVersionError(UnprocessableError):
    """A version of the API that is not spoken here; with those that are, and the one spoken without asking."""

    def __init__(self, *, supported: Sequence[str], default: str) -> None:
        detail = f"supported: {', '.join(supported)}; default: {default}"
        super().__init__(Kind.UNSUPPORTED_VERSION, detail)
        self.supported = tuple(supported)
        self.default = default


class ConfigError(UnprocessableError):
    """A setting that cannot be used."""

    def __init__(self, *, field: str, value: str, hint: str) -> None:
        super().__init__(Kind.CONFIGURATION, f"{field} = {value!r}: {hint}")
        self.field = field
        self.value = value
        self.hint = hint


class StorageDownError(CentralError):
    """The database cannot be used now; nothing of the request was kept."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(Kind.STORAGE_DOWN, detail)
