"""How far the door's clock can be believed.

The floor is an instant that has certainly passed: raised only by documents that central signed and by entries written
while the clock was trusted. A clock that reads earlier than the floor is wrong. The time in a member's token
never teaches the clock.
"""

from cardcore.audit import ClockTrust
from cardcore.ids import UnixSeconds
from cardcore.reasons import Reason
from cardcore.verify import SKEW, RejectedCard, VerifiedCard

_TIME_REASONS = frozenset((Reason.KEY_NOT_VALID_NOW, Reason.NOT_YET_VALID, Reason.EXPIRED))


def judge_clock(now: UnixSeconds, floor: UnixSeconds) -> ClockTrust:
    """Whether a clock that reads ``now`` is believed, given what has certainly passed."""
    return ClockTrust.TRUSTED if now >= floor - SKEW else ClockTrust.UNTRUSTED


def without_time(verification: VerifiedCard | RejectedCard) -> RejectedCard:
    """The verification as a door without a trusted clock may state it: time cannot be judged.

    ``clock_untrusted`` stands in for the rows that depend on the time, and for a pass.
    """
    if isinstance(verification, VerifiedCard):
        return RejectedCard(
            reason=Reason.CLOCK_UNTRUSTED, kid=verification.kid, claims=verification.claims
        )
    if verification.reason in _TIME_REASONS:
        return RejectedCard(
            reason=Reason.CLOCK_UNTRUSTED, kid=verification.kid, claims=verification.claims
        )
    return verification
