"""What every screen is handed: the desk, the words, the keys, and how the terminal looks."""

from collections.abc import Callable
from dataclasses import dataclass, field

from scanner.desk import Desk
from scanner.ui.i18n import Words
from scanner.ui.keymap import Keymap
from scanner.ui.look import Look
from scanner.ui.wedge import Wedge


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things stay, in seconds."""

    kiosk_verdict: float = 3.5  # read in two; the next guest is waiting
    kiosk_refusal: float = 4.0  # a refusal has more to read
    service_idle: float = 20.0  # an open PIN page on a kiosk is an invitation
    diagnostics_idle: float = 120.0
    notice: float = 6.0
    preview: float = 0.1
    facts: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything a screen may use."""

    desk: Desk
    words: Words = field(default_factory=Words)
    keymap: Keymap = field(default_factory=Keymap)
    look: Look = field(default_factory=Look)
    timing: Timing = field(default_factory=Timing)
    kiosk: bool = False
    caption: Callable[[], str | None] | None = None
    wedge: Wedge = field(default_factory=Wedge)
    """The burst under way: one for all screens, since a verdict may come in the middle of a code."""

    @property
    def demo(self) -> bool:
        """Whether this is the demonstration, which says what it shows and can be quit."""
        return self.caption is not None
