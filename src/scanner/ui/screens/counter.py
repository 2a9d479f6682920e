"""Who is inside, and which way this door counts."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget

from cardcore.audit import Direction
from scanner.desk import DoorFacts
from scanner.ui import lines
from scanner.ui.i18n import mark
from scanner.ui.keymap import Action
from scanner.ui.screens.base import DoorScreen, Offer
from scanner.ui.stage import Stage
from scanner.ui.widgets.panels import WordPanel


class CounterScreen(DoorScreen):
    """The count in large figures; Enter turns the door round."""

    offers: ClassVar[tuple[Offer, ...]] = (
        (Action.ACCEPT, mark("Turn round: in or out")),
        (Action.BACK, ""),
    )

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._panel = WordPanel(id="word")

    def compose_body(self) -> Sequence[Widget]:
        """The figures."""
        return (self._panel,)

    def show_facts(self, facts: DoorFacts) -> None:
        """Show the count as it is now."""
        super().show_facts(facts)
        words, occupancy = self.stage.words, facts.occupancy
        entry = facts.direction is Direction.ENTRY
        way = (
            words.say("This door counts people IN")
            if entry
            else words.say("This door counts people OUT")
        )
        venue = lines.venue_line(occupancy, words) or words.say("The venue's count is not known")
        here = lines.here_line(occupancy, words)
        self._panel.show(lines.count_of(occupancy), [way, "", here, venue])

    def act(self, action: Action) -> None:
        """Turn the door round."""
        if action is not Action.ACCEPT:
            super().act(action)
        elif self.facts is not None:
            entry = self.facts.direction is Direction.ENTRY
            self.stage.desk.face(Direction.EXIT if entry else Direction.ENTRY)
            self.show_facts(self.stage.desk.facts())
