"""A whole evening at the door, in a real terminal, with no key but those that the footer or Help names."""

import re

import pytest

from scanner.bootstrap.door import LEDGER_FILE
from scanner.adapters.ledger_sqlite import SqliteLog
from tests.fakes.central_process import LOOPBACK
from tests.fakes.terminal import GATEPOST, Pane, Tmux
from tests.fakes.venue import BRISK, SUPERVISOR_PIN, DoorFolder, Venue

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


@pytest.fixture(scope="module")
def door(venue: Venue) -> DoorFolder:
    return venue.door()


@pytest.fixture(scope="module")
def hand(tmux: Tmux, door: DoorFolder) -> Hand:
    pane = tmux.open(str(GATEPOST), *door.arguments(), environment=BRISK)
    pane.wait_for("Show card", "ONLINE")
    return Hand(pane)


def reasons(door: DoorFolder) -> list[str]:
    log = SqliteLog(door.data / LEDGER_FILE)
    try:
        for epoch in log.epochs():
            log.verify(epoch)
        return [entry.reason for entry in reversed(log.newest_entries(100))]
    finally:
        log.close()


def test_a_whole_evening(hand: Hand, door: DoorFolder, venue: Venue) -> None:
    pane = hand.pane
    hand.read_help()
    ada, grace = venue.printed("M-1"), venue.printed("M-2")

    door.hold_up(ada)
    pane.wait_for("Welcome", "Ada L.")
    hand.press("Enter")
    pane.wait_for("Show card", "In by this door 1")

    door.hold_up("https://example.com/tour")
    pane.wait_for("Not a member card")
    door.hold_up(ada)  # the next card clears the verdict
    pane.wait_for("Already in")

    hand.press("F5")  # her friend has gone, she says: let in after all
    pane.wait_for("Why let in Ada L.?")
    hand.press("↓", "↓", "Enter")
    hand.give_pin()
    pane.wait_for("Let in by staff", "nobody on duty")
    hand.press("Enter")

    hand.press("F3")
    pane.wait_for("Name or number")
    pane.type("grace")
    pane.wait_for("Grace H.")
    hand.press("Enter")
    pane.wait_for("Why let in Grace H.?")
    hand.press("Enter")
    hand.give_pin()
    pane.wait_for("Let in by staff", "Grace H.")
    hand.press("Enter")

    hand.press("F9")
    pane.wait_for("counts people IN")
    hand.press("Enter")
    pane.wait_for("counts people OUT")
    hand.press("Esc")
    door.hold_up(grace)
    pane.wait_for("Goodbye")
    hand.press("Enter", "F9", "Enter")
    pane.wait_for("counts people IN")
    hand.press("Esc")

    door.hold_up(venue.printed("M-3"))
    pane.wait_for("Welcome", "Hedy L.")
    hand.press("F7")
    hand.give_pin()
    pane.wait_for("The last admission was taken back")

    hand.press("F4")
    pane.wait_for("The last entries here", "Hedy L.", "Not a member card", "Kim R.")
    hand.press("Esc")
    pane.wait_for("Show card")
    expected = ["not_a_card", "passback", "override", "override", "exit"]
    assert [reason for reason in reasons(door)[1:-2]] == expected
    assert reasons(door)[-1] == "undo"
    assert pane.end() == 0
