"""The machine's own clocks."""

import time
from pathlib import Path
from typing import Final

from cardcore.ids import Micros, UnixSeconds
from scanner.door.moment import MICROS, Moment

BOOT_ID_FILE: Final = Path("/proc/sys/kernel/random/boot_id")
_NO_BOOT_ID: Final = bytes(16)
# Goes on while the machine sleeps, where there is one (Linux).
_MONOTONIC: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Wall time, time since boot, and which boot it is."""

    def __init__(self) -> None:
        self._boot_id = _read_boot_id()

    def now(self) -> Moment:
        """All clocks, read once."""
        return Moment(wall=Micros(time.time_ns() // 1_000), mono=self.mono(), boot_id=self._boot_id)

    def mono(self) -> Micros:
        """µs since boot."""
        return Micros(time.clock_gettime_ns(_MONOTONIC) // 1_000)


class RehearsalClock:
    """A clock whose wall time is what it was told: for judging pictures at another instant."""

    def __init__(self, at: UnixSeconds, boot_id: bytes = _NO_BOOT_ID) -> None:
        self._at = at
        self._boot_id = boot_id
        self._real = SystemClock()

    def now(self) -> Moment:
        """The instant told, with the real monotonic time."""
        return Moment(wall=Micros(self._at * MICROS), mono=self.mono(), boot_id=self._boot_id)

    def mono(self) -> Micros:
        """µs since boot."""
        return self._real.mono()


def _read_boot_id() -> bytes:
    try:
        return bytes.fromhex(BOOT_ID_FILE.read_text().strip().replace("-", ""))
    except (OSError, ValueError):
        return _NO_BOOT_ID
