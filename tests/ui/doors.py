"""Doors on a screen that nobody sees, for the tests of the user interface."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC

from textual import events
from textual.pilot import Pilot

from scanner.ui.app import DoorApp, Ended
from scanner.ui.i18n import Words
from scanner.ui.keymap import Keymap
from scanner.ui.look import Charset, Look
from scanner.ui.screens.base import DoorScreen
from scanner.ui.sounds import Sound
from scanner.ui.stage import Timing
from scanner.ui.wedge import BURST_PAUSE, KEY_ALONE
from tests.fakes.desk import FakeDesk

SMALL = (80, 24)
LARGE = (120, 40)
ALONE = KEY_ALONE + 0.02  # seconds after which a command key has done its work
PAUSED = BURST_PAUSE + 0.04


@dataclass
class FakeSounder:
    """Remembers what it should have played."""

    played: list[Sound] = field(default_factory=list)

    def play(self, sound: Sound) -> None:
        self.played.append(sound)


@dataclass
class Door:
    """An app, its desk, and hands on its keyboard."""

    app: DoorApp
    desk: FakeDesk
    sounder: FakeSounder
    pilot: Pilot[Ended]

    @property
    def room(self) -> DoorScreen:
        screen = self.app.screen
        assert isinstance(screen, DoorScreen)
        return screen

    @property
    def at(self) -> str:
        """The name of the screen in view."""
        return type(self.room).__name__

    async def press(self, *keys: str) -> None:
        """Press keys as a person does: one, and after a while the next."""
        for key in keys:
            self.app.post_message(events.Key(key, None))
            await self.pilot.pause(ALONE)
            await self.pilot.pause()  # a busy machine may have been late

    async def type(self, text: str, *then: str) -> None:
        """Characters as fast as a scanner types, and keys right behind them."""
        for character in text:
            self.app.post_message(events.Key(character, character))
        for key in then:
            self.app.post_message(events.Key(key, None))
        await self.pilot.pause()
        await self.pilot.pause()

    async def rest(self, seconds: float = 0.0) -> None:
        await self.pilot.pause(seconds or None)

    def text(self) -> str:
        """What stands on the screen, line by line."""
        return text_on(self.app)


def text_on(app: DoorApp) -> str:
    """What stands on the screen of ``app``, line by line."""
    width, height = app.size
    strips = app.screen._compositor.render_strips(app.size)
    lines = ["".join(segment.text for segment in strip).ljust(width) for strip in strips]
    return "\n".join(lines[:height])


def words_of(text: str) -> str:
    """A screen's words in one line, however they were broken: the picture and what frames it left out."""
    return " ".join("".join(" " if c in "▀█▄│┃║" else c for c in text).split())


@asynccontextmanager
async def door(
    desk: FakeDesk | None = None,
    *,
    kiosk: bool = False,
    size: tuple[int, int] = SMALL,
    theme: str = "dark",
    language: str = "en",
    keymap: Keymap | None = None,
    timing: Timing | None = None,
    caption: Callable[[], str | None] | None = None,
    heartbeat: Callable[[], None] | None = None,
) -> AsyncIterator[Door]:
    """A door that is ready for its first card."""
    desk = desk or FakeDesk()
    desk.kiosk = kiosk
    sounder = FakeSounder()
    charset = Charset.CONSOLE if theme == "console" else Charset.FULL
    app = DoorApp(
        desk,
        kiosk=kiosk,
        words=Words(language, UTC),
        keymap=keymap,
        look=Look(theme=theme, charset=charset),
        timing=timing,
        sounder=sounder,
        caption=caption,
        heartbeat=heartbeat,
    )
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Door(app, desk, sounder, pilot)
