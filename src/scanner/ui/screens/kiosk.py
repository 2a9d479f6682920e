"""What a kiosk shows while nobody is there, and when it is out of order. Nobody stands by: no key is named, none leaves.

The one thing keys can do is ask for the service PIN: SERVICE_KEYS, each alone (scanner.ui.wedge), within SERVICE_WITHIN.
"""

from typing import ClassVar, Final

from scanner.desk import DoorFacts, Fault
from scanner.ui import lines
from scanner.ui.messages import ServiceAsked
from scanner.ui.phrases import clean
from scanner.ui.screens.base import Offer
from scanner.ui.screens.scan import Lookout
from scanner.ui.stage import Stage

SERVICE_KEYS: Final = ("f4", "f8", "f4", "f8", "f12")
SERVICE_WITHIN: Final = 6.0  # seconds from the first to the last


class KioskScreen(Lookout):
    """A screen of the kiosk that knows the hidden keys."""

    offers: ClassVar[tuple[Offer, ...]] = ()

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._pressed: list[tuple[str, float]] = []

    def pressed(self, key: str) -> None:
        """Remember the last keys; nothing else comes of them."""
        now = self.loop_time
        self._pressed = [*self._pressed, (key, now)][-len(SERVICE_KEYS) :]
        keys = tuple(name for name, _ in self._pressed)
        if keys == SERVICE_KEYS and now - self._pressed[0][1] <= SERVICE_WITHIN:
            self._pressed = []
            self.post_message(ServiceAsked())

    def status(self, facts: DoorFacts) -> str:
        """The small line: which kiosk this is, how old its list, and a doubt of its clock."""
        words = self.stage.words
        doubt = lines.doubt_lines(facts, words)[:1]
        return " · ".join([lines.door_line(facts, words), lines.link_line(facts, words), *doubt])


class AttractScreen(KioskScreen):
    """Invites the next guest."""

    def show_facts(self, facts: DoorFacts) -> None:
        """Show how the kiosk is now."""
        super().show_facts(facts)
        words = self.stage.words
        self._word.show(
            words.say("SHOW CARD"),
            [
                words.say("Hold your card up to the camera"),
                "",
                lines.count_line(facts.occupancy, words),
                self.status(facts),
            ],
        )


class FaultScreen(KioskScreen):
    """Out of order: what is wrong, since when, what to do. Goes when the fault goes."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._wants_picture = False
        self._fault: Fault | None = None

    def show_fault(self, fault: Fault) -> None:
        """Show ``fault``."""
        self._fault = fault
        self._draw()

    def show_facts(self, facts: DoorFacts) -> None:
        """Show how the kiosk is now."""
        super().show_facts(facts)
        self._draw()

    def _draw(self) -> None:
        fault, facts, words = self._fault, self.facts, self.stage.words
        if fault is None or facts is None:
            return
        text = lines.FAULTS[fault.kind]
        detail = clean(fault.detail)
        self._word.show(
            words.say("OUT OF ORDER"),
            [
                lines.fault_line(fault, facts, words),
                words.say(text.visitor),
                "",
                words.say(text.remedy),
                *([detail] if detail else []),
                self.status(facts),
            ],
        )
