"""Let somebody in after all: the reason from a list; the PIN is asked next."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget
from textual.widgets import Static

from scanner.desk import OverrideReason
from scanner.ui.i18n import mark
from scanner.ui.keymap import Action
from scanner.ui.messages import ReasonChosen
from scanner.ui.phrases import OVERRIDE_WORDS
from scanner.ui.screens.base import DoorScreen, Offer
from scanner.ui.stage import Stage
from scanner.ui.widgets.panels import Page

_REASONS = tuple(OVERRIDE_WORDS)


class OverrideScreen(DoorScreen):
    """A list of reasons."""

    keeps_attention: ClassVar[bool] = True
    offers: ClassVar[tuple[Offer, ...]] = (
        (Action.UP, ""),
        (Action.DOWN, ""),
        (Action.ACCEPT, mark("Choose")),
        (Action.BACK, mark("Cancel")),
    )

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._title = Static("", markup=False, classes="title")
        self._page = Page(stage)

    def compose_body(self) -> Sequence[Widget]:
        """Whom, and the reasons."""
        return (self._title, self._page)

    def ask(self, whom: str) -> None:
        """Ask why ``whom`` is let in."""
        self._title.update(self.say("Why let in {whom}?", whom=whom or self.say("this person")))
        self._page.show([self.say(OVERRIDE_WORDS[reason]) for reason in _REASONS], 0)

    def act(self, action: Action) -> None:
        """Move, or choose."""
        if action in {Action.UP, Action.DOWN}:
            self._page.move(-1 if action is Action.UP else 1)
        elif action is Action.ACCEPT:
            chosen: OverrideReason = _REASONS[self._page.chosen or 0]
            self.post_message(ReasonChosen(chosen))
        else:
            super().act(action)
