"""What a person at the door reads: a word, the rule in a few words, and what to do next."""

from dataclasses import dataclass
from typing import Final

from cardcore.audit import Outcome
from cardcore.reasons import Reason
from scanner.door.decision import Decision, outcome_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``word`` is the decision, ``rule`` at most five words, ``advice`` what to do next or empty."""

    word: str
    rule: str
    advice: str


_WORDS: Final = {
    Outcome.ADMIT: "ADMIT",
    Outcome.REFUSE: "REFUSE",
    Outcome.REVIEW: "REVIEW",
    Outcome.RECORD: "NOTED",
}
_ASK_CURRENT: Final = "Ask for today's code in the app"
_ASK_OFFICE: Final = "Send to the membership desk"
_PHRASES: Final = {
    Reason.TOKEN_TOO_LONG: ("Not a member card", "Ask for the card"),
    Reason.NOT_A_CARD: ("Not a member card", "Ask for the card"),
    Reason.MALFORMED_ENCODING: ("Card damaged or altered", _ASK_CURRENT),
    Reason.MALFORMED_ENVELOPE: ("Card damaged or altered", _ASK_CURRENT),
    Reason.UNKNOWN_KEY: ("Card of another issuer", "Ask for this venue's card"),
    Reason.REVOKED_KEY: ("Card no longer accepted", _ASK_CURRENT),
    Reason.ALGORITHM_MISMATCH: ("Card is not genuine", _ASK_OFFICE),
    Reason.KEY_NOT_VALID_NOW: ("Card key not valid now", _ASK_CURRENT),
    Reason.MALFORMED_CLAIMS: ("Card is not genuine", _ASK_OFFICE),
    Reason.MODE_NOT_ALLOWED: ("Card is not genuine", _ASK_OFFICE),
    Reason.BAD_SIGNATURE: ("Card is not genuine", _ASK_OFFICE),
    Reason.LIFETIME_TOO_LONG: ("Card is not genuine", _ASK_OFFICE),
    Reason.NOT_YET_VALID: ("Card not valid yet", "Check the phone's clock"),
    Reason.EXPIRED: ("Code has expired", _ASK_CURRENT),
    Reason.WRONG_AUDIENCE: ("Card for another venue", "Ask for this venue's card"),
    Reason.CLOCK_UNTRUSTED: ("This door's clock is wrong", "Run: gatepost clock reset"),
    Reason.SUPERSEDED: ("Replaced by a newer card", "Ask for the newer card"),
    Reason.CARD_REVOKED: ("Card was revoked", _ASK_OFFICE),
    Reason.CARD_UNKNOWN: ("Card not on the list", _ASK_OFFICE),
    Reason.PURGED: ("Code older than this door", _ASK_CURRENT),
    Reason.REPLAYED: ("Code was already used", _ASK_CURRENT),
    Reason.PASSBACK: ("Already in", "Check out first"),
    Reason.MEMBER_SUSPENDED: ("Membership suspended", _ASK_OFFICE),
    Reason.MEMBER_CANCELLED: ("Membership cancelled", _ASK_OFFICE),
    Reason.MEMBER_EXPIRED: ("Membership expired", _ASK_OFFICE),
    Reason.CARD_NOT_ACTIVE: ("Card not activated yet", _ASK_OFFICE),
    Reason.CARD_SUSPENDED: ("Card suspended", _ASK_OFFICE),
    Reason.CARD_EXPIRED: ("Card has expired", _ASK_OFFICE),
    Reason.CAPACITY_FULL: ("House is full", "Wait until somebody leaves"),
    Reason.STATUS_UNKNOWN: ("Membership cannot be checked", "See staff"),
    Reason.STATUS_STALE: ("Membership data too old", "See staff"),
    Reason.LEDGER_UNWRITABLE: ("This door cannot record", "Use another door, call support"),
    Reason.DEVICE_REVOKED: ("This device was shut out", "Use another door, call support"),
    Reason.OK: ("Welcome", ""),
    Reason.OK_CACHED: ("Welcome", ""),
    Reason.OK_SNAPSHOT: ("Welcome", ""),
    Reason.OK_FALLBACK: ("Welcome, not confirmed", ""),
    Reason.OVERRIDE: ("Let in by staff", ""),
    Reason.MANUAL: ("Entered by hand", ""),
    Reason.EXIT: ("Goodbye", ""),
    Reason.UNDO: ("Taken back", ""),
    Reason.CLOCK_RESET: ("Clock was reset", ""),
}


def verdict_of(decision: Decision) -> Verdict:
    """What to show for ``decision``."""
    rule, advice = _PHRASES[decision.reason]
    return Verdict(word=_WORDS[outcome_of(decision)], rule=rule, advice=advice)
