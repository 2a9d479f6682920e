"""How long each step of the path took."""

from collections.abc import Callable

from cardcore.ids import Micros


class Laps:
    """Microseconds by step; ``mono`` reads the monotonic clock."""

    def __init__(self, mono: Callable[[], Micros], decode_us: Micros) -> None:
        self._mono = mono
        self._last = mono()
        self.took: dict[str, Micros] = {"decode": decode_us}

    def lap(self, stage: str) -> None:
        """This step is over."""
        now = self._mono()
        self.took[stage] = Micros(now - self._last)
        self._last = now
