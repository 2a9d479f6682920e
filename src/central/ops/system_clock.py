"""The clock of this machine: the only place in central that reads one."""

import time
from typing import Final

from cardcore.ids import Micros, UnixSeconds

_NANOS: Final = 1_000


def nanos() -> int:
    """Nanoseconds since 1970, UTC: what traces count in."""
    return time.time_ns()


class SystemClock:
    """The clock of this machine."""

    def now(self) -> UnixSeconds:
        """Whole seconds since 1970, UTC."""
        return UnixSeconds(int(time.time()))

    def micros(self) -> Micros:
        """Microseconds since 1970, UTC."""
        return Micros(time.time_ns() // _NANOS)

    def monotonic(self) -> float:
        """Seconds since some instant, never set back."""
        return time.monotonic()
