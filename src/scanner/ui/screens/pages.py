"""Screens of lines: the last entries, what a support call asks for, and every key."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from scanner.desk import DoorFacts, RecentLine
from scanner.ui import lines
from scanner.ui.i18n import mark
from scanner.ui.keymap import EXPLAINED, Action
from scanner.ui.phrases import OUTCOME_WORDS, clean, reason_word
from scanner.ui.screens.base import DoorScreen, Offer, plain
from scanner.ui.stage import Stage
from scanner.ui.widgets.panels import Page

RECENT_LINES: Final = 200


class PageScreen(DoorScreen):
    """A title and lines that scroll."""

    title_text: ClassVar[str] = ""
    offers: ClassVar[tuple[Offer, ...]] = plain(Action.UP, Action.DOWN, Action.BACK)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.page = Page(stage)
        self._title = Static("", markup=False, classes="title")

    def compose_body(self) -> Sequence[Widget]:
        """Title and lines."""
        self._title.update(self.say(self.title_text))
        return (self._title, self.page)

    def act(self, action: Action) -> None:
        """Move in the lines."""
        if action in {Action.UP, Action.DOWN}:
            self.page.move(-1 if action is Action.UP else 1)
        else:
            super().act(action)


class RecentScreen(PageScreen):
    """The newest entries of this door's log."""

    title_text: ClassVar[str] = mark("The last entries here")

    def begin(self) -> None:
        """Read them now."""
        recent = self.stage.desk.recent(RECENT_LINES)
        if recent:
            self.page.show([self._line(line) for line in recent], 0)
        else:
            self.page.show([self.say("Nothing yet")])

    def _line(self, line: RecentLine) -> Content:
        words = self.stage.words
        decision = clean(line.decision)
        word = words.say(OUTCOME_WORDS.get(decision, decision))
        who = clean(line.name) if line.name else "–"
        by = f" · {clean(line.attendant)}" if line.attendant else ""
        rule = reason_word(line.reason, words)
        return Content.assemble(
            (words.clock_seconds(line.at), "$dim"),
            "  ",
            (word.ljust(9), "bold"),
            f"{who.ljust(20)}  {rule}{by}",
        )


class DiagnosticsScreen(PageScreen):
    """Everything a support call asks for; no secret, no name."""

    title_text: ClassVar[str] = mark("Diagnostics")

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._closing_timer: Timer | None = None

    def begin(self) -> None:
        """Gather it now; on a kiosk, the page closes itself."""
        found = self.stage.desk.diagnostics()
        wide = max((len(name) for name in found), default=0)
        self.page.show([self._line(name, value, wide) for name, value in found.items()], 0)
        if self._closing_timer is not None:
            self._closing_timer.stop()
            self._closing_timer = None
        if self.stage.kiosk:
            idle = self.stage.timing.diagnostics_idle
            self._closing_timer = self.set_timer(idle, self._leave)

    def _line(self, name: str, value: object, wide: int) -> Content:
        return Content.assemble(
            (clean(name).ljust(wide), "$dim"), "  ", (clean(f"{value}"), "bold")
        )

    def _leave(self) -> None:
        self._closing_timer = None
        if self.is_current:
            self.act(Action.BACK)


class HelpScreen(PageScreen):
    """Every key and what it does."""

    title_text: ClassVar[str] = mark("Every key, and what it does")

    def begin(self) -> None:
        """Write the keys down."""
        keymap = self.stage.keymap
        rows = [
            Content.assemble(
                (keymap.cap(action).ljust(6), "bold"),
                self.say(explained),
            )
            for action, explained in EXPLAINED.items()
        ]
        if self.stage.demo:
            rows.append(Content.assemble(("q".ljust(6), "bold"), self.say("end the demonstration")))
        self.page.show([*rows, *self._more()])
        self._more_facts()

    def _more(self) -> list[str]:
        return [
            "",
            self.say("The next card always clears the last verdict."),
            self.say("× REFUSE: heavy border   ? REVIEW: double border   ● ADMIT: thin border"),
        ]

    def _more_facts(self) -> None:
        facts: DoorFacts | None = self.facts
        if facts is not None:
            retry = lines.retry_line(facts.link, self.stage.words)
            link = lines.link_line(facts, self.stage.words)
            self.page.show([*self.page.lines, "", f"{link}  {retry}".rstrip()])
