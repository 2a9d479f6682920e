"""How far the door's clock can be believed: a pure function of what it reads and of what is known.

The floor is an instant that has certainly passed: raised only by documents that central signed and by entries written
while the clock was trusted. The anchor is an instant at which somebody vouched for the time: the machine's NTP, central
by its signature over a nonce of the door's, or an operator. From an anchor of the same boot, monotonic time says what
the clock must read by now. The time in a member's token never teaches the clock.

1. A clock that reads earlier than the floor is wrong: UNTRUSTED.
2. So is one that is not where the anchor of this boot says it must be, whatever NTP says: a clock that was set.
3. One that NTP keeps, or that agrees with an anchor younger than ANCHOR_LASTS, is TRUSTED.
4. Of any other nothing is known against it, and nothing for it: HOLDOVER. It teaches nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardcore.audit import ClockTrust
from cardcore.ids import Micros, UnixSeconds
from cardcore.reasons import Reason
from cardcore.verify import SKEW, RejectedCard, VerifiedCard
from scanner.door.moment import MICROS, Moment

ANCHOR_LASTS: Final = Micros(24 * 3_600 * MICROS)  # a quartz of 100 ppm is 9 s off by then
ANCHOR_EVERY: Final = Micros(
    600 * MICROS
)  # how often a clock that NTP keeps is noted: a write each
_DRIFT: Final = 2_000  # one part in so many: the kernel slews a clock by 500 ppm at most
_UNKNOWN_BOOT: Final = bytes(16)
_TIME_REASONS: Final = frozenset((Reason.KEY_NOT_VALID_NOW, Reason.NOT_YET_VALID, Reason.EXPIRED))


class Ntp(StrEnum):
    """What the machine says of its own clock."""

    SYNCHRONISED = "synchronised"
    UNSYNCHRONISED = "unsynchronised"
    UNKNOWN = "unknown"  # a system that cannot be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMemory:
    """What a ledger remembers of the time: what has certainly passed, and when somebody last vouched for a clock."""

    floor: UnixSeconds = UnixSeconds(0)
    anchor: Moment | None = None


def judge_clock(now: Moment, memory: ClockMemory, ntp: Ntp) -> ClockTrust:
    """Whether a clock that reads ``now`` is believed."""
    if now.seconds < memory.floor - SKEW:
        return ClockTrust.UNTRUSTED
    age = _since(memory.anchor, now)
    if memory.anchor is not None and age is not None:
        off = abs(now.wall - (memory.anchor.wall + age))
        if off > SKEW * MICROS + age // _DRIFT:
            return ClockTrust.UNTRUSTED
        if age <= ANCHOR_LASTS:
            return ClockTrust.TRUSTED
    return ClockTrust.TRUSTED if ntp is Ntp.SYNCHRONISED else ClockTrust.HOLDOVER


def wants_anchor(now: Moment, memory: ClockMemory, ntp: Ntp) -> bool:
    """Whether ``now`` should be noted as an anchor: NTP keeps a clock that is trusted, and the last note is old."""
    if ntp is not Ntp.SYNCHRONISED or judge_clock(now, memory, ntp) is not ClockTrust.TRUSTED:
        return False
    age = _since(memory.anchor, now)
    return age is None or age >= ANCHOR_EVERY


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


def _since(anchor: Moment | None, now: Moment) -> Micros | None:
    """Monotonic time since ``anchor``; None where it is none of this boot."""
    if anchor is None or anchor.boot_id != now.boot_id or now.boot_id == _UNKNOWN_BOOT:
        return None
    return Micros(max(0, now.mono - anchor.mono))
