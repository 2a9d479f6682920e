"""Tell a keyboard scanner from a person, by what comes how fast.

The rules, for times in seconds on any one clock:

    a printable character joins the burst; Enter or Tab ends it, and so does a pause of BURST_PAUSE
    a burst under BURST_MIN characters is a stray key and nothing at all
    a command key counts only alone: none within KEY_ALONE before it, none after it
"""

from dataclasses import dataclass, field
from typing import Final

BURST_PAUSE: Final = 0.080  # scanners send a character every 1 to 30 ms
BURST_MIN: Final = 4  # characters; "MC1:" has as many, a hand on the keyboard is slower
BURST_MAX: Final = 4_300  # a QR code holds 4,296; the door itself refuses over 512
KEY_ALONE: Final = 0.050  # nobody presses two function keys in 50 ms; a code with keys in it does


@dataclass(slots=True)
class Wedge:
    """The characters of the burst that is under way."""

    _text: list[str] = field(default_factory=list)
    _last: float = float("-inf")

    @property
    def pending(self) -> bool:
        """Whether a burst is under way."""
        return bool(self._text)

    def add(self, character: str, at: float) -> None:
        """One more character."""
        if len(self._text) < BURST_MAX:
            self._text.append(character)
        self._last = at

    def touch(self, at: float) -> None:
        """A key that is no character was pressed."""
        self._last = at

    def alone(self, at: float) -> bool:
        """Whether a key at ``at`` comes long enough after the one before, in no burst."""
        return not self._text and at - self._last >= KEY_ALONE

    def rests_for(self, now: float) -> float:
        """How long until the burst has paused; 0 when it has."""
        return max(0.0, self._last + BURST_PAUSE - now)

    def take(self) -> str | None:
        """The burst, which is then over; None where it was a stray key or nothing."""
        text = "".join(self._text)
        self._text.clear()
        return text if len(text) >= BURST_MIN else None
