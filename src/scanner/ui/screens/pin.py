"""A PIN, asked for a purpose."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.timer import Timer
from textual.widget import Widget

from scanner.desk import PinResult
from scanner.ui.i18n import mark
from scanner.ui.keymap import Action
from scanner.ui.phrases import PIN_WORDS
from scanner.ui.screens.entry import EntryScreen
from scanner.ui.stage import Stage
from scanner.ui.widgets.panels import WordPanel


class PinScreen(EntryScreen):
    """Asks for a PIN; when it is right, its holder vouches for what was wanted, or is on duty if that was it."""

    label: ClassVar[str] = mark("PIN")
    limit: ClassVar[int] = 16
    secret: ClassVar[bool] = True

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._panel = WordPanel(id="word")
        self._purpose = ""
        self._then: Callable[[], None] = lambda: None
        self._for_duty = False
        self._idle: Timer | None = None

    def compose_body(self) -> Sequence[Widget]:
        """Purpose and field."""
        return (self._panel, self.field)

    def ask(self, purpose: str, then: Callable[[], None], *, for_duty: bool) -> None:
        """Ask from now on; ``purpose`` is what the PIN is for."""
        self._purpose, self._then, self._for_duty = purpose, then, for_duty
        self.field.clear()
        self._say("")
        self._wait()

    def changed(self) -> None:
        """Somebody is there."""
        self._wait()

    def entered(self, text: str) -> None:
        """Try the PIN. What cannot be one is not tried: a scanned code must not lock an attendant out."""
        self.field.clear()
        if not text:
            return
        if not (text.isascii() and text.isdigit()):
            self._say(self.say("A PIN has digits only"))
            return
        desk = self.stage.desk
        result = desk.come_on_duty(text) if self._for_duty else desk.vouch(text)
        if result is PinResult.GOOD:
            self._then()
        else:
            self._say(self.say(PIN_WORDS[result]))

    def _say(self, text: str) -> None:
        self._panel.show("PIN", [self._purpose, text])

    def _wait(self) -> None:
        if self._idle is not None:
            self._idle.stop()
            self._idle = None
        if self.stage.kiosk:
            self._idle = self.set_timer(self.stage.timing.service_idle, self._leave)

    def _leave(self) -> None:
        self._idle = None
        if self.is_current:
            self.act(Action.BACK)
