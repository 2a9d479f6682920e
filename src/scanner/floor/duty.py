"""Who is on duty: PINs, and how long nothing may be done before the door is nobody's again.

Somebody may also vouch for one act (an override, an undo) without coming on duty: who was on duty stays so.

A PIN names its holder, so it is compared with everybody's, in a time that does not tell whose it is or how near it came.
What is written first is that a PIN was tried; a right one then clears it. So cutting the power gives nobody another guess.
"""

import hmac
import threading
from collections.abc import Callable
from typing import Final

from scanner.desk import Attendant, PinResult
from scanner.door.attendance import PinLock, before_attempt, elapsed, is_locked
from scanner.door.moment import MICROS, Moment
from scanner.errors import LedgerError
from scanner.floor.ports import AttendantBook, PinHolder
from scanner.ports import Clock

MAX_PIN_CHARS: Final = 12
VOUCHED_FOR: Final = (
    30 * MICROS
)  # µs; from the PIN to the act is one key, and the holder may be gone soon


class Duty:
    """The attendant on duty, for any thread. ``idle_s`` without :meth:`touch` ends it."""

    def __init__(
        self,
        *,
        book: AttendantBook,
        digest: Callable[[str], bytes],
        clock: Clock,
        idle_s: float,
    ) -> None:
        self._book = book
        self._digest = digest
        self._clock = clock
        self._idle = int(idle_s * MICROS)
        self._lock = threading.Lock()
        self._on_duty: Attendant | None = None
        self._touched: Moment | None = None
        self._vouching: tuple[Attendant, Moment] | None = None

    @property
    def attendant(self) -> Attendant | None:
        """Who is on duty now."""
        now = self._clock.now()
        with self._lock:
            if self._touched is None or elapsed(self._touched, now) >= self._idle:
                self._on_duty = None
            return self._on_duty

    def touch(self) -> None:
        """The attendant did something."""
        if self.attendant is not None:
            with self._lock:
                self._touched = self._clock.now()

    def end(self) -> None:
        """Nobody is on duty, and nobody vouches. A second time, nothing."""
        with self._lock:
            self._on_duty = None
            self._vouching = None

    def spend(self) -> Attendant | None:
        """Who vouches for this act; from now on nobody does."""
        now = self._clock.now()
        with self._lock:
            vouching, self._vouching = self._vouching, None
        if vouching is None or elapsed(vouching[1], now) >= VOUCHED_FOR:
            return None
        return vouching[0]

    def begin(self, pin: str) -> PinResult:
        """The holder of ``pin`` comes on duty. Where the attempt cannot be written down, no PIN is taken."""
        found = self._holder(pin)
        if isinstance(found, PinResult):
            return found
        with self._lock:
            self._on_duty, self._touched = found, self._clock.now()
        return PinResult.GOOD

    def vouch(self, pin: str) -> PinResult:
        """The holder of ``pin`` vouches for one act, soon; as :meth:`begin` otherwise."""
        found = self._holder(pin)
        if isinstance(found, PinResult):
            return found
        with self._lock:
            self._vouching = found, self._clock.now()
        return PinResult.GOOD

    def _holder(self, pin: str) -> Attendant | PinResult:
        try:
            return self._found(pin)
        except LedgerError:
            return PinResult.LOCKED

    def _found(self, pin: str) -> Attendant | PinResult:
        holders = self._book.holders()
        if not holders:
            return PinResult.NONE_SET
        now = self._clock.now()
        lock = self._book.lock() or PinLock(wrong=0, last=now)
        after = before_attempt(lock, now)
        if after != lock:
            self._book.set_lock(after)
        if is_locked(lock, now):
            return PinResult.LOCKED
        found = _holder_of(holders, self._digest(pin[:MAX_PIN_CHARS]))
        if found is None or len(pin) > MAX_PIN_CHARS:
            return PinResult.WRONG
        self._book.set_lock(None)
        return found


def _holder_of(holders: tuple[PinHolder, ...], digest: bytes) -> Attendant | None:
    """Whose digest it is; all are compared, whatever the first ones say."""
    found: Attendant | None = None
    for holder in holders:
        if hmac.compare_digest(holder.digest, digest):
            found = holder.attendant
    return found
