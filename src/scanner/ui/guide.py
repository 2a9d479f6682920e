"""Which screen is in view: the way from one to another, and what a verdict does to it.

home ── any page ── (reason ── PIN)        at most three deep; Esc goes one back, Enter on a verdict goes home
a verdict lies one step from home, in place of whatever was open; where a screen keeps attention, it is told there
"""

from collections.abc import Callable
from typing import TypeVar

from textual.app import App

from cardcore.reasons import Reason
from scanner.desk import DoorFacts, Fault
from scanner.pipeline import Answer
from scanner.ui import lines
from scanner.ui.keymap import Action
from scanner.ui.phrases import Sign, sign_of
from scanner.ui.rooms import Rooms
from scanner.ui.screens.base import DoorScreen
from scanner.ui.sounds import SOUNDS, Sound, Sounder
from scanner.ui.stage import Stage
from scanner.ui.steps import Steps

AppResult = TypeVar("AppResult")


class Guide:
    """Leads through the rooms of one app."""

    def __init__(
        self, app: App[AppResult], *, stage: Stage, rooms: Rooms, sounder: Sounder
    ) -> None:
        self.steps = Steps(stage, self)
        self.last: Answer | None = None
        self._app = app
        self._stage = stage
        self._rooms = rooms
        self._sounder = sounder
        self._facts: DoorFacts | None = None
        self._faults: tuple[Fault, ...] = ()

    @property
    def room(self) -> DoorScreen | None:
        """The screen in view; None before there is one."""
        stack = self._app.screen_stack
        screen = stack[-1] if stack else None
        return screen if isinstance(screen, DoorScreen) else None

    # ── how the door is ─────────────────────────────────────────────────────

    def refresh_facts(self) -> None:
        """Pull how the door is, and show it."""
        self._facts = self._stage.desk.facts()
        room = self.room
        if room is not None:
            room.show_facts(self._facts)
        if self._faults != self._facts.faults:
            self.faults_changed(self._facts.faults)

    def faults_changed(self, faults: tuple[Fault, ...]) -> None:
        """Something broke, or works again."""
        worse = len(faults) > len(self._faults)
        self._faults = faults
        if worse:
            self._sounder.play(Sound.ERROR)
        if self._stage.kiosk and self.room in {self._rooms.home, self._rooms.fault}:
            self.go_home()

    # ── verdicts ────────────────────────────────────────────────────────────

    def answered(self, answer: Answer) -> None:
        """Show a verdict; in one line, where staff are in the middle of something."""
        room = self.room
        if room is None or not room.keeps_attention or self._stage.kiosk:
            self.show_answer(answer)
            return
        sign = self._remember(answer)
        shown = (sign.word, sign.rule, sign.name)
        room.notice(" · ".join(part for part in shown if part), sign.kind.value)
        self._note_shown(room, answer)

    def show_answer(self, answer: Answer) -> None:
        """Show a verdict over all else."""
        sign = self._remember(answer)
        self._open(self._rooms.verdict)
        self._rooms.verdict.show(sign)
        self._note_shown(self._rooms.verdict, answer)

    def call_back_last(self) -> None:
        """Show the last verdict again."""
        if self.last is None:
            self._rooms.home.notice(self._stage.words.say("There is no verdict yet"))
        else:
            self._open(self._rooms.verdict)
            self._rooms.verdict.show(sign_of(self.last, self._stage.words))

    def _remember(self, answer: Answer) -> Sign:
        sign = sign_of(answer, self._stage.words, kiosk=self._stage.kiosk)
        again = self.last is not None and answer.seq is not None and answer.seq == self.last.seq
        self.last = answer
        self._rooms.scan.show_last(sign)
        if not again:
            broken = answer.decision.reason is Reason.LEDGER_UNWRITABLE
            self._sounder.play(Sound.ERROR if broken else SOUNDS[sign.kind])
        return sign

    def _note_shown(self, room: DoorScreen, answer: Answer) -> None:
        if answer.seq is not None:
            room.call_after_refresh(self._stage.desk.shown, answer.seq)

    # ── the way ─────────────────────────────────────────────────────────────

    def go_home(self, notice: str = "") -> None:
        """Back to reading cards; on a kiosk that is out of order, to what is wrong."""
        self.steps.forget()
        if self._stage.kiosk:
            self._stage.desk.go_off_duty()  # nobody stands at a kiosk
        fault = lines.worst(self._faults) if self._stage.kiosk else None
        if fault is not None:
            self._rooms.fault.show_fault(fault)
            self._open(self._rooms.fault)
        else:
            self._pop_to_home()
        self.refresh_facts()
        if notice:
            self._rooms.home.notice(notice)

    def go_back(self) -> None:
        """One step back."""
        if self._stage.kiosk:
            self.go_home()
        elif len(self._app.screen_stack) > 1:
            _ = self._app.pop_screen()
            self.refresh_facts()

    def open_page(self, action: Action) -> None:
        """Open the screen that ``action`` names."""
        pages: dict[Action, DoorScreen] = {
            Action.HELP: self._rooms.help,
            Action.RECENT: self._rooms.recent,
            Action.MANUAL: self._rooms.manual,
            Action.SEARCH: self._rooms.search,
            Action.COUNTER: self._rooms.counter,
        }
        page = pages.get(action)
        if page is not None:
            self._open(page)
            page.begin()

    def open_diagnostics(self) -> None:
        """Show what a support call asks for."""
        self._open(self._rooms.diagnostics)
        self._rooms.diagnostics.begin()

    def ask_reason(self, whom: str) -> None:
        """Show the list of reasons."""
        self._push(self._rooms.override)
        self._rooms.override.ask(whom)

    def ask_pin(self, purpose: str, then: Callable[[], None], *, for_duty: bool = False) -> None:
        """Ask for a PIN: for what was wanted alone, or to come on duty."""
        self._push(self._rooms.pin)
        self._rooms.pin.ask(purpose, then, for_duty=for_duty)

    def toggle_picture(self) -> None:
        """Hide or show the camera picture."""
        self._rooms.home.toggle_picture()

    def _open(self, room: DoorScreen) -> None:
        if self.room is not room:
            self._pop_to_home()
            self._push(room)

    def _push(self, room: DoorScreen) -> None:
        if self._facts is not None:
            room.show_facts(self._facts)
        if self.room is not room:
            _ = self._app.push_screen(room)

    def _pop_to_home(self) -> None:
        while len(self._app.screen_stack) > 1:
            _ = self._app.pop_screen()  # the stack changes at once; what is awaited is the drawing
