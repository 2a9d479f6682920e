"""A whole evening at the door, in a real terminal, with no key but those that the footer or Help names."""

import re
from contextlib import closing
from dataclasses import dataclass

import pytest

from scanner.adapters.ledger_sqlite import SqliteLog
from scanner.bootstrap.door import LEDGER_FILE
from tests.fakes.central_process import LOOPBACK
from tests.fakes.scanner_folder import vault_of
from tests.fakes.terminal import GATEPOST, Pane, Tmux
from tests.fakes.venue import BRISK, SUPERVISOR_PIN, DoorFolder, Guest, Venue

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]

KEY = re.compile(r"^ *(F\d+|Enter|Esc|↑|↓) ", re.MULTILINE)
IN_FOOTER = re.compile(r"(?:^|  ?)(F\d+|Enter|Esc|↑|↓) ")


class Hand:
    """Somebody who has read Help, and looks at the footer."""

    def __init__(self, pane: Pane) -> None:
        self.pane = pane
        self.named: set[str] = set()

    def read_help(self) -> None:
        self.press("F1")
        self.pane.wait_for("Every key, and what it does")
        self.named = set(KEY.findall(self.pane.text()))
        self.press("Esc")
        self.pane.wait_for("Show card")

    def press(self, *keys: str) -> None:
        for key in keys:
            footer = self.pane.text().rstrip("\n").splitlines()[-1]
            assert key in self.named | set(IN_FOOTER.findall(footer)), (key, footer)
            self.pane.press(key)

    def give_pin(self) -> None:
        self.pane.wait_for("PIN")
        self.pane.type(SUPERVISOR_PIN)
        self.press("Enter")


@dataclass(slots=True, kw_only=True)
class Evening:
    """A door, a hand on its keys, and who comes."""

    pane: Pane
    hand: Hand
    door: DoorFolder
    ada: Guest
    grace: Guest
    hedy: Guest

    def admit(self) -> None:
        self.door.hold_up(self.ada.card)
        self.pane.wait_for("Welcome", self.ada.name)
        self.hand.press("Enter")
        self.pane.wait_for("Show card", "In by this door 1")

    def refuse(self) -> None:
        self.door.hold_up("https://example.com/tour")
        self.pane.wait_for("Not a member card")
        self.door.take_away()
        self.door.hold_up(self.ada.card)  # the next card clears the verdict
        self.pane.wait_for("Already in", self.ada.name)

    def override(self) -> None:
        self.hand.press("F5")
        self.pane.wait_for(f"Why let in {self.ada.name}?")
        self.hand.press("↓", "↓", "Enter")
        self.hand.give_pin()
        self.pane.wait_for("Let in by staff", "nobody on duty")  # the PIN was for this one person
        self.hand.press("Enter")

    def search(self) -> None:
        self.hand.press("F3")
        self.pane.wait_for("Name or number")
        self.pane.type(self.grace.name.lower())
        self.pane.wait_for(self.grace.name)
        self.hand.press("Enter")
        self.pane.wait_for(f"Why let in {self.grace.name}?")
        self.hand.press("Enter")
        self.hand.give_pin()
        self.pane.wait_for("Let in by staff", self.grace.name)
        self.hand.press("Enter")

    def see_out(self) -> None:
        self.turn_round("OUT")
        self.door.hold_up(self.grace.card)
        self.pane.wait_for("Goodbye")
        self.hand.press("Enter")
        self.turn_round("IN")

    def turn_round(self, way: str) -> None:
        self.hand.press("F9")
        self.pane.wait_for("This door counts people")
        self.hand.press("Enter")
        self.pane.wait_for(f"counts people {way}")
        self.hand.press("Esc")

    def undo(self) -> None:
        self.door.hold_up(self.hedy.card)
        self.pane.wait_for("Welcome", self.hedy.name)
        self.hand.press("F7")
        self.hand.give_pin()
        self.pane.wait_for("The last admission was taken back")

    def look_back(self) -> None:
        self.hand.press("F4")
        self.pane.wait_for("The last entries here", self.hedy.name, "Not a member card", "Kim R.")
        self.hand.press("Esc")
        self.pane.wait_for("Show card")


@pytest.fixture
def evening(tmux: Tmux, venue: Venue) -> Evening:
    door = venue.door()
    pane = tmux.open(str(GATEPOST), *door.arguments(), environment=BRISK)
    pane.wait_for("Show card", "ONLINE")
    ada, grace, hedy = venue.guest(), venue.guest(), venue.guest()
    return Evening(pane=pane, hand=Hand(pane), door=door, ada=ada, grace=grace, hedy=hedy)


def test_a_whole_evening(evening: Evening) -> None:
    evening.hand.read_help()
    evening.admit()
    evening.refuse()
    evening.override()
    evening.search()
    evening.see_out()
    evening.undo()
    evening.look_back()
    assert evening.pane.end() == 0
    with closing(SqliteLog(evening.door.data / LEDGER_FILE, vault_of(evening.door.data))) as log:
        [epoch] = log.epochs()
        assert log.verify(epoch).seq == 8
        reasons = [entry.reason for entry in reversed(log.newest_entries(8))]
    assert reasons[0] in {"ok", "ok_snapshot"}
    assert reasons[1:6] == ["not_a_card", "passback", "override", "override", "exit"]
    assert reasons[7] == "undo"
