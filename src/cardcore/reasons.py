"""Why a decision came out as it did: wire-stable words, written in every log and every answer.

A reason may be added, never renamed. What staff see is a phrase of their own (scanner.door.verdict).
"""

from enum import StrEnum


class Reason(StrEnum):
    """One word for the first rule that decided."""

    # Judging the token alone, in this order (token.md, rows 1 to 15).
    TOKEN_TOO_LONG = "token_too_long"  # noqa: S105 -- a reason, no password
    NOT_A_CARD = "not_a_card"
    MALFORMED_ENCODING = "malformed_encoding"
    MALFORMED_ENVELOPE = "malformed_envelope"
    UNKNOWN_KEY = "unknown_key"
    REVOKED_KEY = "revoked_key"
    ALGORITHM_MISMATCH = "algorithm_mismatch"
    KEY_NOT_VALID_NOW = "key_not_valid_now"
    MALFORMED_CLAIMS = "malformed_claims"
    MODE_NOT_ALLOWED = "mode_not_allowed"
    BAD_SIGNATURE = "bad_signature"
    LIFETIME_TOO_LONG = "lifetime_too_long"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    WRONG_AUDIENCE = "wrong_audience"

    # The door's own, in this order.
    CLOCK_UNTRUSTED = "clock_untrusted"
    SUPERSEDED = "superseded"
    CARD_REVOKED = "card_revoked"
    CARD_UNKNOWN = "card_unknown"
    PURGED = "purged"
    REPLAYED = "replayed"
    PASSBACK = "passback"
    MEMBER_SUSPENDED = "member_suspended"
    MEMBER_CANCELLED = "member_cancelled"
    MEMBER_EXPIRED = "member_expired"
    CARD_NOT_ACTIVE = "card_not_active"
    CARD_SUSPENDED = "card_suspended"
    CARD_EXPIRED = "card_expired"
    CAPACITY_FULL = "capacity_full"
    STATUS_UNKNOWN = "status_unknown"
    STATUS_STALE = "status_stale"

    # At any point.
    LEDGER_UNWRITABLE = "ledger_unwritable"
    DEVICE_REVOKED = "device_revoked"

    # Admissions.
    OK = "ok"
    OK_CACHED = "ok_cached"
    OK_SNAPSHOT = "ok_snapshot"
    OK_FALLBACK = "ok_fallback"
    OVERRIDE = "override"

    # Entries in the log that judge no card.
    MANUAL = "manual"
    EXIT = "exit"
    UNDO = "undo"
    CLOCK_RESET = "clock_reset"
