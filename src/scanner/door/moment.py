"""One reading of the door's clocks; a presentation is judged at the instant its frame was taken."""

from dataclasses import dataclass

from cardcore.ids import Micros, UnixSeconds

MICROS: int = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Wall time (µs since 1970), monotonic time (µs since boot) and which boot that was (16 bytes)."""

    wall: Micros
    mono: Micros
    boot_id: bytes

    @property
    def seconds(self) -> UnixSeconds:
        """Wall time in whole seconds, as tokens have it."""
        return UnixSeconds(self.wall // MICROS)
