"""Waiting for a card: the picture at the left; READY, who is inside and the last verdict at the right."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.containers import Horizontal
from textual.widget import Widget

from scanner.desk import DoorFacts
from scanner.ui import lines
from scanner.ui.i18n import mark
from scanner.ui.keymap import Action
from scanner.ui.phrases import Sign
from scanner.ui.screens.base import DoorScreen, Offer, plain
from scanner.ui.stage import Stage
from scanner.ui.widgets.panels import WordPanel
from scanner.ui.widgets.preview import Preview

PICTURE_COLUMNS: Final = 64  # of the whole screen; below, the word has it all
PICTURE_ROWS: Final = 16


class Lookout(DoorScreen):
    """A screen that watches: the picture where it can be drawn, and a word."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._preview = Preview(stage)
        self._word = WordPanel(id="word")
        self._wants_picture = stage.look.can_preview

    def compose_body(self) -> Sequence[Widget]:
        """Picture and word."""
        self._preview.display = False
        return (Horizontal(self._preview, self._word, id="lookout"),)

    def on_mount(self) -> None:
        """Begin to pull pictures."""
        self.set_interval(self.stage.timing.preview, self._pull)

    def _pull(self) -> None:
        if not self.is_current or not self._wants_picture:
            return
        there = self._preview.pull() and self._has_room
        if there != self._preview.display:
            self._preview.display = there

    @property
    def _has_room(self) -> bool:
        return self.size.width >= PICTURE_COLUMNS and self.size.height >= PICTURE_ROWS

    def toggle_picture(self) -> bool:
        """Hide or show the picture; whether it is shown now."""
        self._wants_picture = self.stage.look.can_preview and not self._wants_picture
        if not self._wants_picture:
            self._preview.display = False
        return self._wants_picture


class ScanScreen(Lookout):
    """The door waits for a card."""

    offers: ClassVar[tuple[Offer, ...]] = plain(
        Action.HELP,
        Action.MANUAL,
        Action.SEARCH,
        Action.RECENT,
        Action.LAST,
        Action.UNDO,
        Action.COUNTER,
        Action.DUTY,
        Action.CAMERA,
        Action.OVERRIDE,
        Action.DIAGNOSTICS,
    )

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._last: Sign | None = None
        self._ended = False

    def show_facts(self, facts: DoorFacts) -> None:
        """Show how the door is now."""
        super().show_facts(facts)
        self._draw()

    def show_last(self, sign: Sign) -> None:
        """Show what the last verdict was."""
        self._last = sign
        self._draw()

    def source_ended(self) -> None:
        """Say that no more pictures come."""
        self._ended = True
        self._draw()

    def _draw(self) -> None:
        facts, words = self.facts, self.stage.words
        if facts is None:
            return
        fault = lines.worst(facts.faults)
        if fault is None:
            word = words.say("READY")
            first = words.say("No more pictures") if self._ended else words.say("Show card")
            passed = facts.passed_over
            top = [first, *([] if passed is None else [lines.passed_line(passed, words)])]
            top += lines.doubt_lines(facts, words)
        else:
            word = words.say("FAULT")
            top = [
                words.say(lines.FAULTS[fault.kind].what),
                words.say("since {when}", when=words.when(fault.since, facts.now)),
                words.say(lines.FAULTS[fault.kind].remedy),
            ]
        here, venue = (
            lines.here_line(facts.occupancy, words),
            lines.venue_line(facts.occupancy, words),
        )
        counted = [here, venue] if venue else [lines.count_line(facts.occupancy, words)]
        self._word.show(word, [*top, "", *counted, *self._last_lines()])

    def _last_lines(self) -> list[str]:
        if self._last is None:
            return []
        who = self._last.name or self._last.rule
        return ["", self.say(mark("Last: {word}"), word=self._last.word), who]
