"""A line to type in. It has no keys of its own: its screen hands it what was typed."""

from textual.content import Content
from textual.widget import Widget

from scanner.ui.stage import Stage

_CURSOR = "█"


class Field(Widget, can_focus=False, inherit_bindings=False):
    """``label: text``; with ``secret``, a dot a character."""

    def __init__(self, stage: Stage, label: str, *, limit: int, secret: bool = False) -> None:
        super().__init__()
        self._stage = stage
        self._label = label
        self.limit = limit
        self._secret = secret
        self.text = ""

    def add(self, character: str) -> None:
        """One more character; more than the limit is kept, so that a scanned code is known for what it is."""
        self.text += character
        self.refresh()

    def erase(self) -> None:
        """Take the last character back."""
        self.text = self.text[:-1]
        self.refresh()

    def clear(self) -> None:
        """Begin anew."""
        self.text = ""
        self.refresh()

    def render(self) -> Content:
        """The line, cut at the left where it is too long."""
        label = self._stage.words.say(self._label)
        room = max(1, self.size.width - len(label) - 4)
        shown = "●" * len(self.text) if self._secret else self.text
        return Content.assemble((f"{label}  ", "$dim"), (shown[-room:], "bold"), (_CURSOR, "$dim"))
