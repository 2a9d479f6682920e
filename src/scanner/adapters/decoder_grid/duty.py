"""Keep to a share of one core: after each piece of work, rest so long that the share is kept."""

from collections.abc import Callable
from typing import Final

from cardcore.ids import Micros

SHARE: Final = 0.45  # of one core: with the look that is under way it stays under half
EASY_SHARE: Final = (
    0.15  # over a familiar view: what changes in it is looked at by the other share at once
)


class Duty:
    """Measures work by the clock it is given. A busy machine makes work look longer, and rests longer too."""

    def __init__(self, mono: Callable[[], Micros], share: float = SHARE) -> None:
        self._mono = mono
        self._share = share
        self._began = mono()
        self._ready_at = self._began
        self.worked = Micros(0)

    def begin(self) -> None:
        """Work begins now."""
        self._began = self._mono()

    def end(self) -> None:
        """Work ends now."""
        now = self._mono()
        took = max(0, now - self._began)
        self.worked = Micros(self.worked + took)
        pause = round(took * (1 - self._share) / self._share)
        # what was left of a rest is not forgotten for a small piece of work in it
        self._ready_at = Micros(max(self._ready_at, self._began) + took + pause)

    @property
    def rest(self) -> Micros:
        """How long to rest from now on, in µs."""
        return Micros(max(0, self._ready_at - self._mono()))
