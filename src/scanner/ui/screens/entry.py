"""Screens with something to type: a search, a note, a PIN.

Here characters belong to the field. Still a card may be scanned: a text that begins as every card does (``MC1:``), or is
longer than the field takes, was not typed by a hand; it goes to the desk, and the field is empty again.
"""

from typing import ClassVar

from cardcore.token import PREFIX
from scanner.ui.i18n import mark
from scanner.ui.keymap import Action
from scanner.ui.messages import CardTyped
from scanner.ui.screens.base import DoorScreen, Offer
from scanner.ui.stage import Stage
from scanner.ui.wedge import BURST_MAX
from scanner.ui.widgets.field import Field


class EntryScreen(DoorScreen):
    """A screen with one field."""

    keeps_attention: ClassVar[bool] = True
    offers: ClassVar[tuple[Offer, ...]] = ((Action.ACCEPT, ""), (Action.BACK, mark("Cancel")))

    label: ClassVar[str] = ""
    limit: ClassVar[int] = 40
    secret: ClassVar[bool] = False

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.field = Field(stage, self.label, limit=self.limit, secret=self.secret)

    def typed(self, character: str, at: float) -> None:
        """A character for the field."""
        self.wedge.touch(at)
        if len(self.field.text) < BURST_MAX:
            self.field.add(character)
            self.changed()

    def erased(self) -> None:
        """One character less."""
        self.field.erase()
        self.changed()

    def ended(self, key: str, at: float) -> None:
        """Enter: the text is whole."""
        self.wedge.touch(at)
        text = self.field.text
        if text.upper().startswith(PREFIX) or len(text) > self.limit:
            self.field.clear()
            self.changed()
            self.post_message(CardTyped(text))
        elif key == "enter":
            self.entered(text.strip())

    def changed(self) -> None:
        """The text is another."""

    def entered(self, text: str) -> None:
        """Enter was pressed behind ``text``."""
