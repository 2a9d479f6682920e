"""What happened, as app and screens hear of it: past tense, posted from any thread."""

from textual.message import Message

from scanner.desk import DeskEvent, MemberHit, OverrideReason
from scanner.ui.keymap import Action


class Told(Message):
    """The desk told its news."""

    def __init__(self, event: DeskEvent) -> None:
        super().__init__()
        self.event = event


class InputEnded(Message):
    """The keyboard is gone: standard input is closed. Cards are still read."""


class BurstRested(Message):
    """No character came for a while.

    It goes to the app and from there to the screen, the way keys go: those that wait in between arrive before it.
    """


class CardTyped(Message):
    """A keyboard scanner typed ``text``."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class ActionPressed(Message):
    """A key was pressed that means something beyond its screen."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self.action = action


class ServiceAsked(Message):
    """Somebody pressed the hidden keys of a kiosk."""


class QuitPressed(Message):
    """Somebody ended the demonstration."""


class NoteEntered(Message):
    """Staff wrote who comes in without a card."""

    def __init__(self, note: str) -> None:
        super().__init__()
        self.note = note


class MemberChosen(Message):
    """Staff chose a member from the search."""

    def __init__(self, hit: MemberHit) -> None:
        super().__init__()
        self.hit = hit


class ReasonChosen(Message):
    """Staff chose why somebody is let in."""

    def __init__(self, reason: OverrideReason) -> None:
        super().__init__()
        self.reason = reason
