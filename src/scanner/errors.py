"""Faults of the door; a bad card is never one of them.

::

ScannerError
├── ConfigError        a setting is wrong: which, its value, what to do
├── CameraError        no frames from there: reopen
├── DeviceError        a strike or a keyboard scanner that does not do its part: stay shut, reopen
├── LedgerError        what was decided cannot be written: refuse, alarm
├── SealError          sealed under another secret, or damaged
└── LinkError          central
    ├── LinkDownError      no usable answer: retry, counts for the circuit
    │   ├── LateAnswerError    it came, but later than a door waits
    │   ├── OddAnswerError     longer than any answer of central's, or packed
    │   └── ForeignLogError    what central says it holds of this log is not this log
    ├── LinkRefusedError   central said no (4xx): show it, retry at the backoff's cap
    └── DeviceRevokedError the root shut this device out, by name: close the door, keep the log
"""


class ScannerError(Exception):
    """Root of all faults of the door."""


class ConfigError(ScannerError):
    """A setting that cannot be used."""

    def __init__(self, *, field: str, value: object, hint: str) -> None:
        super().__init__(f"{field} = {value!r}: {hint}")
        self.field = field
        self.value = value
        self.hint = hint


class CameraError(ScannerError):
    """A source that gives no frames."""


class DeviceError(ScannerError):
    """A strike or a keyboard scanner that does not do its part."""


class LedgerError(ScannerError):
    """A ledger that cannot be read or written; the door admits nobody meanwhile."""


class SealError(ScannerError):
    """What was kept does not open under this device's secret."""


class LinkError(ScannerError):
    """Central could not be asked, or would not answer."""


class LinkDownError(LinkError):
    """No usable answer. ``retry_after`` is central's own wish in seconds, where it gave one."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class LinkRefusedError(LinkError):
    """Central answered and said no: its HTTP status, its stable problem type and its words.

    ``document`` came with it; nobody has looked yet at who signed that.
    """

    def __init__(self, status: int, kind: str, detail: str, document: bytes | None = None) -> None:
        super().__init__(f"central refused ({status} {kind}): {detail}")
        self.status = status
        self.kind = kind
        self.detail = detail
        self.document = document


class DeviceRevokedError(LinkError):
    """A revocation that the root signed and that names this device; ``since`` in seconds since 1970."""

    def __init__(self, document: bytes, since: int) -> None:
        super().__init__("central has revoked this device")
        self.document = document
        self.since = since


class LateAnswerError(LinkDownError):
    """An answer that is later than a door waits: worth keeping, and a failure to the circuit."""


class OddAnswerError(LinkDownError):
    """An answer that is longer than any of central's, or packed, which nobody asked for."""


class ForeignLogError(LinkDownError):
    """What central says it holds is not of this log: another device's, or nonsense."""
