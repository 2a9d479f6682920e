"""The door as an app: news from the desk in, screens out.

    the desk's threads → tell() → Told in the app's queue → the screen        news, one message an answer
    timers             → facts(), view()                  → the screen        all else is pulled, never pushed

The next card clears the last verdict, whatever screen is open; only where staff are in the middle of something (a PIN, a
reason, a search) is it told in one line, and called back with the key for the last verdict.
"""

import asyncio
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final, assert_never

from textual.app import App
from textual.binding import BindingType
from textual.types import CSSPathType

from scanner.desk import Answered, Desk, DeskEvent, FaultsChanged, SourceEnded
from scanner.ui import messages
from scanner.ui.driver import DoorDriver
from scanner.ui.guide import Guide
from scanner.ui.i18n import Words
from scanner.ui.keymap import Keymap
from scanner.ui.look import Charset, Look
from scanner.ui.rooms import Rooms
from scanner.ui.screens.base import DoorScreen
from scanner.ui.sounds import Bell, Sounder
from scanner.ui.stage import Stage, Timing
from scanner.ui.themes import ALL

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_CAPTION_EVERY: Final = 0.2  # seconds
_WIDTHS: Final = [(0, "-narrow"), (64, "-wide")]
_HEIGHTS: Final = [(0, "-short"), (20, "-tall")]
STYLES: Final = (
    "app.tcss",
    "screens/base.tcss",
    "screens/entry.tcss",
    "screens/scan.tcss",
    "screens/verdict.tcss",
)
_BEAT_EVERY: Final = 1.0  # seconds; a watchdog waits for several


class Ended(StrEnum):
    """Why the app ended: what :func:`scanner.ui.run.run_app` returns."""

    SIGNAL = "signal"
    QUIT = "quit"
    STORY_OVER = "story_over"


class DoorApp(App[Ended], inherit_bindings=False):
    """A door, or with ``kiosk`` a door with nobody beside it.

    It calls ``desk.start`` when it is on the screen. Whoever made the desk stops it after the app has ended, however
    that came about. ``heartbeat`` is called from the event loop once a second, so that a hung loop falls silent.
    ``caption`` makes it the demonstration: it gives the line that says what is being shown, and None at its end.
    """

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT: ClassVar[bool] = False
    ESCAPE_TO_MINIMIZE: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = []
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = _WIDTHS
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = _HEIGHTS
    CSS_PATH: ClassVar[CSSPathType | None] = [Path(__file__).parent / style for style in STYLES]
    TITLE: str | None = "Gatepost"

    def __init__(
        self,
        desk: Desk,
        *,
        kiosk: bool = False,
        words: Words | None = None,
        keymap: Keymap | None = None,
        look: Look | None = None,
        timing: Timing | None = None,
        sounder: Sounder | None = None,
        heartbeat: Callable[[], None] | None = None,
        caption: Callable[[], str | None] | None = None,
    ) -> None:
        self.stage = Stage(
            desk=desk,
            words=words or Words(),
            keymap=keymap or Keymap(),
            look=look or Look(),
            timing=timing or Timing(),
            kiosk=kiosk,
            caption=caption,
        )
        self.rooms = Rooms(self.stage)
        super().__init__(driver_class=DoorDriver)
        self.guide = Guide(
            self, stage=self.stage, rooms=self.rooms, sounder=sounder or Bell(self.bell)
        )
        self._heartbeat = heartbeat
        for theme in ALL:
            self.register_theme(theme)
        self.theme = self.stage.look.theme

    @property
    def charset(self) -> Charset:
        """Which characters the terminal has."""
        return self.stage.look.charset

    def get_default_screen(self) -> DoorScreen:
        """Where cards are waited for."""
        return self.rooms.home

    def on_mount(self) -> None:
        """Start the door behind the screens."""
        for name, room in self.rooms.others():
            self.install_screen(room, name)
        self._watch_signals()
        self.guide.refresh_facts()
        self.set_interval(self.stage.timing.facts, self.guide.refresh_facts)
        if self._heartbeat is not None:
            self.set_interval(_BEAT_EVERY, self._heartbeat)
        if self.stage.caption is not None:
            self._tell_caption()
            self.set_interval(_CAPTION_EVERY, self._tell_caption)
        self.stage.desk.start(self.tell)

    def tell(self, event: DeskEvent) -> None:
        """Take news; from any thread."""
        self.post_message(messages.Told(event))

    def on_told(self, message: messages.Told) -> None:
        """Show what the desk told."""
        match message.event:
            case Answered(answer=answer):
                self.guide.answered(answer)
            case FaultsChanged(faults=faults):
                self.guide.faults_changed(faults)
            case SourceEnded():
                self.rooms.scan.source_ended()
            case _ as never:
                assert_never(never)
        self.guide.refresh_facts()

    # ── what people did ─────────────────────────────────────────────────────

    def on_burst_rested(self) -> None:
        """Send it the way of the keys."""
        if self.guide.room is not None:
            self.guide.room.post_message(messages.BurstRested())

    def on_card_typed(self, message: messages.CardTyped) -> None:
        """A keyboard scanner read a card."""
        self.stage.desk.present(message.text, "wedge")

    def on_action_pressed(self, message: messages.ActionPressed) -> None:
        """A key was pressed that leads somewhere."""
        self.guide.steps.take(message.action)

    def on_note_entered(self, message: messages.NoteEntered) -> None:
        """Staff described who comes in."""
        self.guide.steps.let_in_noted(message.note)

    def on_member_chosen(self, message: messages.MemberChosen) -> None:
        """Staff found who comes in."""
        self.guide.steps.let_in_member(message.hit)

    def on_reason_chosen(self, message: messages.ReasonChosen) -> None:
        """Staff said why."""
        self.guide.steps.for_reason(message.reason)

    def on_service_asked(self) -> None:
        """Somebody knows the hidden keys of a kiosk: only a supervisor's PIN leads on."""
        self.guide.steps.diagnostics()

    def on_quit_pressed(self) -> None:
        """The demonstration was ended."""
        self.exit(Ended.QUIT)

    # ── beginning and end ───────────────────────────────────────────────────

    def _tell_caption(self) -> None:
        line = self.stage.caption() if self.stage.caption is not None else None
        if line is None:
            self.exit(Ended.STORY_OVER)
        elif self.guide.room is not None:
            self.guide.room.caption(line)

    def _watch_signals(self) -> None:
        """End in good order when told to: the terminal is given back as it was."""
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        # A kiosk goes on ignoring INT, as its command set it before anything was loaded.
        for number in _SIGNALS[:-1] if self.stage.kiosk else _SIGNALS:
            loop.add_signal_handler(number, self.exit, Ended.SIGNAL)
