"""The bar above: which door, how things stand with central, who is on duty. The bar below: the keys."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widget import Widget

from scanner.desk import DoorFacts
from scanner.ui import lines
from scanner.ui.i18n import Words, mark
from scanner.ui.keymap import LABELS, Action
from scanner.ui.phrases import clean
from scanner.ui.stage import Stage


class Bar(Widget, can_focus=False, inherit_bindings=False):
    """One or two lines of the screen's full width."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage


class Header(Bar):
    """``East · Entry   OFFLINE 14 min · list 18:02   18:16``, and a second line where there is room."""

    facts: DoorFacts | None = None

    def show(self, facts: DoorFacts) -> None:
        """From now on show ``facts``."""
        if facts != self.facts:
            self.facts = facts
            self.set_class(not facts.link.online, "-offline")
            self.refresh()

    def render(self) -> Content:
        """The lines."""
        facts, words = self.facts, self.stage.words
        if facts is None:
            return Content("")
        width = max(1, self.size.width - 2)
        top = Content.styled(_top(facts, words, width), "bold")
        if self.size.height < 2:  # noqa: PLR2004 -- one line or two
            return top
        duty = lines.duty_line(facts.attendant, words)
        retry = _cut(lines.retry_line(facts.link, words), width - cell_len(duty) - 2)
        under = spread([retry, duty], width)
        return Content("\n").join([top, Content.styled(under, "$dim")])


class Footer(Bar):
    """The keys that do something here, as many as there is room for; Help names all."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._keys: tuple[tuple[Action, str], ...] = ()

    def offer(self, keys: Sequence[tuple[Action, str]]) -> None:
        """Show these actions, each under its label (English)."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.refresh()

    def render(self) -> Content:
        """The line."""
        words, keymap = self.stage.words, self.stage.keymap
        room = max(1, self.size.width - 2)
        named = [(keymap.cap(action), label or LABELS[action]) for action, label in self._keys]
        if self.stage.demo:
            named.insert(0, ("q", mark("Quit")))
        parts: list[Content] = []
        for cap, label in named:
            text = words.say(label)
            room -= cell_len(f"{cap} {text}") + (2 if parts else 0)
            if room < 0:
                break
            parts.append(Content.assemble((cap, "bold"), " ", (text, "$dim")))
        return Content("  ").join(parts)


def _top(facts: DoorFacts, words: Words, width: int) -> str:
    """The first line, in fewer words where there is less room; the age of the list is the last to go."""
    door, link = lines.door_line(facts, words), lines.link_line(facts, words)
    clock, name = lines.clock_line(facts, words), clean(facts.door)
    choices = ([door, link, clock], [name, link, clock], [link, clock])
    fitting = (parts for parts in choices if sum(map(cell_len, parts)) + len(parts) <= width)
    return spread(next(fitting, [link]), width)


def _cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells."""
    if cell_len(text) <= width:
        return text
    return f"{set_cell_size(text, max(0, width - 1)).rstrip()}…"


def spread(parts: Sequence[str], width: int) -> str:
    """``parts`` over ``width`` cells: the first at the left, the last at the right; cut where they do not fit."""
    shown = [part for part in parts if part]
    if len(shown) < 2:  # noqa: PLR2004 -- nothing to spread
        line = shown[0] if shown else ""
        return line if parts and parts[0] else line.rjust(width)
    room = width - sum(cell_len(part) for part in shown)
    if room < len(shown) - 1:
        return " ".join(shown)
    gaps = len(shown) - 1
    left = room // gaps
    return (" " * left).join(shown[:-1]) + " " * (room - left * (gaps - 1)) + shown[-1]
