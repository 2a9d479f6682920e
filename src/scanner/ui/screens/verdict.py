"""The verdict, over the whole screen."""

from collections.abc import Sequence
from typing import ClassVar

from textual.timer import Timer
from textual.widget import Widget

from scanner.ui.i18n import mark
from scanner.ui.keymap import Action
from scanner.ui.messages import ActionPressed
from scanner.ui.phrases import Kind, Sign
from scanner.ui.screens.base import DoorScreen, Offer, plain
from scanner.ui.stage import Stage
from scanner.ui.widgets.panels import SignPanel

_NEXT: tuple[Offer, ...] = ((Action.ACCEPT, mark("Next")),)
_REST = plain(Action.HELP, Action.SEARCH, Action.RECENT)


class VerdictScreen(DoorScreen):
    """Stays until the next card or Enter; on a kiosk it clears itself."""

    offers: ClassVar[tuple[Offer, ...]] = (
        *_NEXT,
        *plain(Action.BACK, Action.OVERRIDE, Action.UNDO, Action.MANUAL),
        *_REST,
        *plain(Action.LAST, Action.COUNTER, Action.DUTY, Action.DIAGNOSTICS),
    )

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._panel = SignPanel()
        self._clearing: Timer | None = None

    def compose_body(self) -> Sequence[Widget]:
        """The sign."""
        return (self._panel,)

    def show(self, sign: Sign) -> None:
        """Show ``sign`` in place of the one before."""
        self._panel.show(sign)
        self._notice.display = False
        self.offer(self.offered())
        if self.stage.kiosk:
            self._clear_later(sign)

    def offered(self) -> Sequence[Offer]:
        """The keys for the sign that is shown: what was let in can be taken back, what was not, let in."""
        sign = self._panel.sign
        if sign is None or sign.kind is Kind.GOODBYE:
            return (*_NEXT, *_REST)
        let_in = sign.kind in {Kind.ADMIT, Kind.UNCONFIRMED}
        return (*_NEXT, *plain(Action.UNDO if let_in else Action.OVERRIDE), *_REST)

    def _clear_later(self, sign: Sign) -> None:
        timing = self.stage.timing
        refused = sign.kind in {Kind.REFUSE, Kind.REVIEW}
        if self._clearing is not None:
            self._clearing.stop()
        self._clearing = self.set_timer(
            timing.kiosk_refusal if refused else timing.kiosk_verdict, self._clear
        )

    def act(self, action: Action) -> None:
        """Do what was pressed; on a kiosk no key does anything."""
        if not self.stage.kiosk:
            super().act(action)

    def _clear(self) -> None:
        self._clearing = None
        if self.is_current:
            self.post_message(ActionPressed(Action.ACCEPT))
