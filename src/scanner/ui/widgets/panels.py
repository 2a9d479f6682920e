"""Big words and short lists: what the middle of a screen is made of."""

import textwrap
from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.widget import Widget

from scanner.ui.letters import ROWS, draw
from scanner.ui.phrases import SHAPES, Kind, Sign
from scanner.ui.stage import Stage

_TALL: Final = 30  # rows from which the rule, too, is drawn in large letters
_MARKS: Final = {
    Kind.ADMIT: "● ● ●",
    Kind.UNCONFIRMED: "● ? ●",
    Kind.REFUSE: "× × ×",
    Kind.REVIEW: "? ? ?",
    Kind.GOODBYE: "> > >",
}


def big(word: str, width: int, height: int, *, shape: str = "") -> list[str]:
    """``word`` in the largest letters there is room for; where there is none, the word itself."""
    drawing = draw(word, width, height, shape=shape)
    if drawing is None:
        return [" ".join(word) if 2 * len(word) <= width else word]
    return list(drawing.rows)


def centred(rows: Sequence[Content], width: int) -> Content:
    """Each row in the middle of ``width``; blanks inside a row stay where they are."""
    return Content("\n").join(row.pad_left(max(0, (width - row.cell_length) // 2)) for row in rows)


def wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width``; one blank line for nothing."""
    return textwrap.wrap(text, max(1, width)) or [""]


class SignPanel(Widget, can_focus=False, inherit_bindings=False):
    """A verdict over the whole of its space."""

    sign: Sign | None = None

    def show(self, sign: Sign) -> None:
        """Show ``sign`` now."""
        self.sign = sign
        for kind in Kind:
            self.set_class(kind is sign.kind, f"-{kind.value}")
        self.border_title = _MARKS[sign.kind]
        self.refresh()

    def render(self) -> Content:
        """The word, then the rule, what the door remembers, whose card, what to do."""
        if self.sign is None:
            return Content("")
        width, height = self.size
        texts = _texts(self.sign, height - ROWS)
        rule = draw(self.sign.rule, width, ROWS) if height >= _TALL else None
        if rule is not None:
            texts[:1] = [*(Content(row) for row in rule.rows), Content("")]
        rows = big(self.sign.word, width, height - len(texts), shape=SHAPES[self.sign.kind])
        spare = height - len(texts) - len(rows)
        lines = [Content.styled(row, "bold") for row in rows]
        gap = 2 if spare > 2 else min(1, spare)  # noqa: PLR2004 -- air where there is room
        return centred([*lines, *[Content("")] * gap, *texts], width)


def _texts(sign: Sign, room: int) -> list[Content]:
    """The lines under the word, in the order of reading; the least needed go where there is no room."""
    by_need = [
        (1, Content.styled(sign.rule, "bold")),
        (3, Content(sign.memory)),
        (6, Content("")),
        (2, Content.styled(sign.name, "bold")),
        (7, Content("")),
        (4, Content(f"▸ {sign.advice}" if sign.advice else "")),
        (8, Content(sign.source)),
        (5, Content(sign.trouble)),
    ]
    shown = [(need, text) for need, text in by_need if text.plain or need in {6, 7}]
    if not (sign.name or sign.memory):
        shown = [one for one in shown if one[0] != 6]  # noqa: PLR2004 -- the blank line before the name
    if not (sign.advice or sign.source):
        shown = [one for one in shown if one[0] != 7]  # noqa: PLR2004 -- the blank line after it
    kept = sorted(need for need, _ in shown)[: max(1, room)]
    return [text for need, text in shown if need in kept]


class WordPanel(Widget, can_focus=False, inherit_bindings=False):
    """A big word with lines of text under it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id)
        self._word = ""
        self._lines: tuple[str, ...] = ()

    def show(self, word: str, lines: Sequence[str]) -> None:
        """Show ``word``, and ``lines`` below; the first of them is the strongest."""
        if (word, tuple(lines)) != (self._word, self._lines):
            self._word, self._lines = word, tuple(lines)
            self.refresh()

    def render(self) -> Content:
        """Word and lines."""
        width, height = self.size
        texts = [
            (place, line) for place, text in enumerate(self._lines) for line in wrapped(text, width)
        ][: max(0, height - 1)]
        rows = big(self._word, width, height - len(texts) - 1) if self._word else []
        shown = [Content.styled(row, "bold") for row in rows]
        if texts and rows:
            shown.append(Content(""))
        shown += [Content.styled(text, "bold" if place == 0 else "$dim") for place, text in texts]
        return centred(shown, width)


class Page(Widget, can_focus=False, inherit_bindings=False):
    """Lines of text, one of which may be chosen; scrolls so that the chosen one is in view."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.lines: tuple[Content, ...] = ()
        self.chosen: int | None = None

    def show(self, lines: Sequence[Content | str], chosen: int | None = None) -> None:
        """Show ``lines``."""
        self.lines = tuple(Content(line) if isinstance(line, str) else line for line in lines)
        self.chosen = chosen if chosen is None or not lines else min(chosen, len(lines) - 1)
        self.refresh()

    def move(self, by: int) -> None:
        """Choose another line, or scroll where none is chosen."""
        if self.lines:
            last = len(self.lines) - 1
            self.chosen = min(max(0, (self.chosen or 0) + by), last)
            self.refresh()

    def render(self) -> Content:
        """The lines around the chosen one."""
        width, height = self.size
        first = max(0, min((self.chosen or 0) - height // 2, len(self.lines) - height))
        shown = []
        for place, line in enumerate(self.lines[first : first + height], first):
            cut = line.truncate(width, ellipsis=True)
            if place == self.chosen:
                cut = cut.pad_right(max(0, width - cut.cell_length)).stylize(
                    "$chosen-ink on $chosen-back"
                )
            shown.append(cut)
        return Content("\n").join(shown)
