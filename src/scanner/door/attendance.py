"""Rules for staff: how long an admission can be taken back, and when PINs are locked.

PINs name nobody until they are right, so wrong ones are counted for the device. After PINS_ALLOWED wrong ones in a row
it is locked for LOCKED_FOR, by the monotonic clock; where the machine was started anew meanwhile, the time begins anew.
"""

from dataclasses import dataclass, replace
from typing import Final

from cardcore.ids import Micros
from scanner.door.moment import Moment

UNDO_WITHIN: Final = Micros(
    15_000_000
)  # µs; long enough to see the mistake, too short to be a habit
PINS_ALLOWED: Final = 5
LOCKED_FOR: Final = Micros(
    300_000_000
)  # µs; 5 guesses in 5 minutes try a tenth of 10,000 PINs in 17 hours


@dataclass(frozen=True, slots=True, kw_only=True)
class PinLock:
    """Wrong PINs in a row, and when the last was."""

    wrong: int
    last: Moment


def elapsed(then: Moment, now: Moment) -> Micros:
    """µs from ``then`` to ``now``: by the monotonic clock within one boot, else by the wall clock."""
    if then.boot_id == now.boot_id:
        return Micros(now.mono - then.mono)
    return Micros(now.wall - then.wall)


def can_be_taken_back(admitted: Moment, now: Moment) -> bool:
    """Whether an admission is young enough for an undo."""
    return 0 <= elapsed(admitted, now) <= UNDO_WITHIN


def is_locked(lock: PinLock, now: Moment) -> bool:
    """Whether no PIN is taken now."""
    if lock.wrong < PINS_ALLOWED:
        return False
    return not _same_run(lock.last, now) or now.mono - lock.last.mono < LOCKED_FOR


def before_attempt(lock: PinLock, now: Moment) -> PinLock:
    """The lock as it must be written before a PIN is looked at: an attempt cut short counts as a wrong one.

    While locked, it stays as it is; only another boot moves the time it counts from.
    """
    if is_locked(lock, now):
        return lock if _same_run(lock.last, now) else replace(lock, last=now)
    served = lock.wrong >= PINS_ALLOWED  # the time has passed: counting begins anew
    return PinLock(wrong=1 if served else lock.wrong + 1, last=now)


def _same_run(then: Moment, now: Moment) -> bool:
    """Whether the monotonic clock ran on since; not every machine knows which boot it is."""
    return then.boot_id == now.boot_id and now.mono >= then.mono
