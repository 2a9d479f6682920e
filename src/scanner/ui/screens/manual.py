"""Let somebody in without a card: who, why, and a PIN."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget

from scanner.ui.i18n import mark
from scanner.ui.messages import NoteEntered
from scanner.ui.screens.entry import EntryScreen
from scanner.ui.stage import Stage
from scanner.ui.widgets.panels import WordPanel


class ManualScreen(EntryScreen):
    """Asks who comes in; the reason and the PIN are asked next."""

    label: ClassVar[str] = mark("Who (name, number or a note)")
    limit: ClassVar[int] = 60

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._panel = WordPanel(id="word")

    def compose_body(self) -> Sequence[Widget]:
        """What this is, and the field."""
        return (self._panel, self.field)

    def begin(self) -> None:
        """Start with nothing typed."""
        self.field.clear()
        self._panel.show(
            self.say("MANUAL"),
            [
                self.say("Let somebody in without a card"),
                self.say("Recorded as an override by whoever's PIN is given"),
            ],
        )

    def entered(self, text: str) -> None:
        """The note is whole; it may be empty."""
        self.post_message(NoteEntered(text))
