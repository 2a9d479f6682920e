"""Faults of the card core.

A bad card is a value (:class:`cardcore.verify.RejectedCard`), never one of these::

    CardcoreError
    ├── TokenError               a token cannot be made as asked
    ├── CborError                bytes are not the one deterministic form
    ├── WireError                a message between door and central has another shape
    ├── RequestSignatureError    a request is not signed by whom it claims
    ├── KeySetError              a key set cannot be used
    │   └── DocumentError        a signed document is refused
    │       ├── RollbackError    older than the one in force
    │       ├── ExpiredError     no longer valid when it arrived
    │       ├── SealedElsewhereError  sealed to another device
    │       └── UntrustedError   not signed by the pinned root, or not what was asked for
    ├── ScheduleError            a schedule cannot be read
    ├── IllegalTransitionError   a card cannot go from this state to that one
    └── BrokenAuditChainError    the log was changed; says where
"""


class CardcoreError(Exception):
    """Root of all faults raised by the card core."""


class TokenError(CardcoreError):
    """A token cannot be made from these claims and this key."""


class CborError(CardcoreError):
    """Bytes that are not the one deterministic CBOR form of a value."""


class WireError(CardcoreError):
    """A message whose shape is not the one agreed between door and central."""


class RequestSignatureError(CardcoreError):
    """A request that is not signed as agreed, by the key it names, over what was sent."""


class KeySetError(CardcoreError):
    """A key set that cannot be used: two keys of one id, an unknown state or algorithm."""


class DocumentError(KeySetError):
    """A signed document that is refused; the one in force stays in force."""


class RollbackError(DocumentError):
    """A document older than the one in force."""

    def __init__(self, offered: int, in_force: int) -> None:
        super().__init__(f"version {offered} is older than version {in_force} in force")
        self.offered = offered
        self.in_force = in_force


class ExpiredError(DocumentError):
    """A document that had already expired when it arrived."""

    def __init__(self, expires_at: int) -> None:
        super().__init__(f"expired at {expires_at} (seconds since 1970)")
        self.expires_at = expires_at


class SealedElsewhereError(DocumentError):
    """A document whose body this device cannot open: it was sealed to another one."""


class UntrustedError(DocumentError):
    """A document not signed by the pinned root, or of another kind or venue than asked for."""


class ScheduleError(CardcoreError):
    """A schedule that cannot be read; the text says which field."""


class IllegalTransitionError(CardcoreError):
    """A step that a card in this state cannot take."""

    def __init__(self, state: str, step: str) -> None:
        super().__init__(f"a card that is {state} cannot be taken through '{step}'")
        self.state = state
        self.step = step


class BrokenAuditChainError(CardcoreError):
    """The chain of audit entries is broken; ``at_seq`` is the first entry that does not fit."""

    def __init__(self, at_seq: int, why: str) -> None:
        super().__init__(f"entry {at_seq}: {why}")
        self.at_seq = at_seq
        self.why = why
