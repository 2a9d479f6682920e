"""What all screens share: the bars, the notice, and how keys are told from a keyboard scanner.

No screen has a Textual binding and nothing can be focused, so every key arrives at ``on_key`` and stops there. A scanner
is told from a person as :mod:`scanner.ui.wedge` states; on screens with a field, see :mod:`scanner.ui.screens.entry`.
"""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from scanner.desk import DoorFacts
from scanner.ui.keymap import Action
from scanner.ui.messages import ActionPressed, BurstRested, CardTyped, QuitPressed
from scanner.ui.stage import Stage
from scanner.ui.wedge import BURST_PAUSE, KEY_ALONE
from scanner.ui.widgets.bars import Footer, Header

Offer: TypeAlias = tuple[Action, str]
"""An action, and how the footer calls it here; empty for its own label."""


def plain(*actions: Action) -> tuple[Offer, ...]:
    """Offers under the actions' own labels."""
    return tuple((action, "") for action in actions)


class DoorScreen(Screen[None], inherit_bindings=False):
    """A screen of the door."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    ESCAPE_TO_MINIMIZE: ClassVar[bool | None] = False

    keeps_attention: ClassVar[bool] = False
    """Whether somebody is in the middle of something here: a verdict is then told in the notice."""

    offers: ClassVar[tuple[Offer, ...]] = ()
    """What keys do here, in the order of the footer."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.facts: DoorFacts | None = None
        self.wedge = stage.wedge
        self._command: Timer | None = None
        self._pause: Timer | None = None
        self._fading: Timer | None = None
        self._notice = Static("", markup=False, id="notice")
        self._caption = Static("", markup=False, id="caption")

    def compose(self) -> ComposeResult:
        """The bars, and what is between them."""
        self._notice.display = False
        self._caption.display = self.stage.demo
        if not self.stage.kiosk:
            yield Header(self.stage)
        yield from self.compose_body()
        yield self._notice
        yield self._caption
        if not self.stage.kiosk:
            yield Footer(self.stage)

    def compose_body(self) -> Sequence[Widget]:
        """What is between the bars."""
        return ()

    def on_mount(self) -> None:
        """Offer the keys, show what is known."""
        self.offer(self.offered())
        if self.facts is not None:
            self.show_facts(self.facts)

    def begin(self) -> None:
        """The screen was opened: start afresh."""

    def offered(self) -> Sequence[Offer]:
        """What the footer names now."""
        return self.offers

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show these keys from now on."""
        for footer in self.query(Footer):
            footer.offer(offers)

    def show_facts(self, facts: DoorFacts) -> None:
        """Show how the door is now."""
        self.facts = facts
        for header in self.query(Header):
            header.show(facts)

    def say(self, text: str, **values: object) -> str:
        """``text`` in the language of the screens."""
        return self.stage.words.say(text, **values)

    def notice(self, text: str, kind: str = "") -> None:
        """Show one line for some seconds; ``kind`` of a verdict gives its colours."""
        self._notice.update(text)
        self._notice.set_classes([f"-{kind}"] if kind else [])
        self._notice.display = bool(text)
        if self._fading is not None:
            self._fading.stop()
        self._fading = self.set_timer(self.stage.timing.notice, self._fade)

    def _fade(self) -> None:
        self._notice.display = False

    def caption(self, text: str) -> None:
        """Show what the demonstration shows."""
        self._caption.update(text)

    # ── keys ────────────────────────────────────────────────────────────────

    def on_key(self, event: events.Key) -> None:
        """Every key comes here and goes no further."""
        event.stop()
        event.prevent_default()
        followed = self._command is not None
        self._forget_command()
        if event.character is not None and event.is_printable:
            if event.character == "q" and self.stage.demo and not self.wedge.pending:
                self.post_message(QuitPressed())
            self.typed(event.character, event.time)
        elif event.key in {"enter", "tab"}:
            self.ended(event.key, event.time)
        elif event.key == "backspace":
            self.erased()
        else:
            self._consider(event.key, event.time, alone=not followed)

    def typed(self, character: str, at: float) -> None:
        """A character: here it can only come from a scanner."""
        self.wedge.add(character, at)
        if self._pause is None:
            self._pause = self.set_timer(BURST_PAUSE, self._check_pause)

    def ended(self, key: str, at: float) -> None:
        """Enter or Tab: the end of a burst; Enter alone goes on."""
        if self.wedge.pending:
            self._take()
        elif key == "enter" and self.wedge.alone(at):
            self.act(Action.ACCEPT)
        self.wedge.touch(at)

    def erased(self) -> None:
        """Backspace: nothing to erase here."""

    def act(self, action: Action) -> None:
        """Do what ``action`` means here; what is not offered does nothing."""
        if any(action is offered for offered, _ in self.offers):
            self.post_message(ActionPressed(action))

    def _consider(self, key: str, at: float, *, alone: bool) -> None:
        """A command key counts if nothing came shortly before it, and nothing comes shortly after."""
        if key in {"up", "down"}:  # harmless, and held down
            self.pressed(key)
            return
        quiet = alone and self.wedge.alone(at)
        self.wedge.touch(at)
        if quiet:
            self._command = self.set_timer(KEY_ALONE, lambda: self._run(key))

    def _run(self, key: str) -> None:
        self._command = None
        self.pressed(key)

    def pressed(self, key: str) -> None:
        """A command key was pressed by a person."""
        action = self.stage.keymap.action(key)
        if action is not None:
            self.act(action)

    def _forget_command(self) -> None:
        if self._command is not None:
            self._command.stop()
            self._command = None

    def _check_pause(self) -> None:
        self._pause = None
        left = self.wedge.rests_for(self.loop_time)
        if left > 0:
            self._pause = self.set_timer(left + 0.001, self._check_pause)
        else:
            self.app.post_message(BurstRested())

    def on_burst_rested(self, message: BurstRested) -> None:
        """All keys pressed before have arrived: if there still was no character since, the burst is over."""
        message.stop()
        if self.wedge.rests_for(self.loop_time) <= 0:
            self._take()
        elif self._pause is None:
            self._pause = self.set_timer(BURST_PAUSE, self._check_pause)

    def _take(self) -> None:
        text = self.wedge.take()
        if text is not None:
            self.post_message(CardTyped(text))

    @property
    def loop_time(self) -> float:
        """The clock that the times of keys are on."""
        return asyncio.get_running_loop().time()
