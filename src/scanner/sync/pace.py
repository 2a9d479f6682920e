"""When a running door asks central for documents: every ``every`` seconds, and sooner where a card named an unknown key.

A sync runs after each verdict, to hand it over; documents are not asked for each time. An unknown key is asked for once a
COOLDOWN, however many such cards are shown: codes of another issuer cause no storm.
"""

from collections.abc import Callable
from threading import Lock
from typing import Final

from cardcore.ids import Micros
from scanner.door.moment import MICROS

COOLDOWN: Final = 10.0  # seconds


class RefreshPace:
    """Shared by the thread that decides and the thread that syncs; ``mono`` reads the monotonic clock."""

    def __init__(
        self, mono: Callable[[], Micros], *, every: float, cooldown: float = COOLDOWN
    ) -> None:
        self._mono = mono
        self._every = every
        self._cooldown = min(cooldown, every)
        self._lock = Lock()
        self._missed = False
        self._last: Micros | None = None

    def missed_key(self) -> None:
        """A card named a key that this door has not got: central may have made it since."""
        with self._lock:
            self._missed = True

    def is_due(self) -> bool:
        """Whether documents shall be asked for now."""
        return self.due_in() <= 0

    def due_in(self) -> float:
        """In how many seconds they shall; never negative."""
        with self._lock:
            if self._last is None:
                return 0.0
            passed = (self._mono() - self._last) / MICROS
            return max(0.0, (self._cooldown if self._missed else self._every) - passed)

    def begun(self) -> None:
        """They are asked for; a key missed from now on was missed after that."""
        with self._lock:
            self._missed = False

    def done(self) -> None:
        """They were asked for, and central answered."""
        with self._lock:
            self._last = self._mono()
