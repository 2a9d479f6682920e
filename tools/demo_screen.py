"""The demo on a terminal: the door's own app, wired to a real door, that reads its cards from a folder and plays itself.

The app has the terminal and the main thread; the story has a thread of its own. It puts a freshly drawn picture into the
folder that is the camera, waits for what the door says, and says below what is being shown.
"""

import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from scanner.bootstrap.floor import make_sounder, open_floor
from scanner.cli.answers import describe
from scanner.cli.terminal import LOG_FILE, drawing
from scanner.config import Settings
from scanner.desk import Answered, DeskEvent
from scanner.floor.desk import Floor
from scanner.pipeline import Answer
from scanner.ui.app import DoorApp, Ended
from scanner.ui.i18n import Words, language_of
from scanner.ui.keymap import Action
from scanner.ui.look import look_of
from scanner.ui.messages import ActionPressed
from scanner.ui.run import run_app
from tools.demo_clerk import Clerk, ClerkError
from tools.demo_stage import (
    PATIENCE,
    Central,
    Door,
    StageError,
    heed_signals,
    stage,
    unwinding,
)
from tools.demo_story import Story, invite, pair, play

WHOLE: Final = 80.0  # seconds; what is left to 90 is for putting everything away
DEADLINE: Final = 88.0  # seconds
AFTERWARDS: Final = 11.0  # seconds from the last card to the end
CARDS: Final = 15
BEATS: Final = (
    1.8,
    3.6,
)  # seconds a verdict stays; a card shown again sooner is still the same presentation
TOUR: Final = (
    (Action.RECENT, "F4 shows the last entries of the log"),
    (Action.COUNTER, "F9 shows how many are inside, and turns the door round for the way out"),
    (Action.SEARCH, "F3 finds a member by name, without a network too"),
    (Action.HELP, "F1 explains every key"),
)
INTERRUPTED: Final = 130


class StoppedError(Exception):
    """Somebody ended the demo."""


class DemoApp(DoorApp):
    """The door's app, and an ear on what the door tells it."""

    def __init__(self, floor: Floor, caption: Callable[[], str | None]) -> None:
        super().__init__(
            floor,
            words=Words(language_of(os.environ)),
            look=look_of(os.environ),
            sounder=make_sounder(Settings()),
            caption=caption,
        )
        self.answers: queue.Queue[Answer] = queue.Queue()

    def tell(self, event: DeskEvent) -> None:
        """Hand it on, and remember answers."""
        super().tell(event)
        if isinstance(event, Answered):
            self.answers.put(event.answer)


@dataclass(slots=True, kw_only=True)
class ScreenDoor(Door):
    """A door whose camera is a folder that its app watches."""

    app: DemoApp | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def look_at(self, path: Path) -> dict[str, object]:
        """Put the picture before the camera; the door's answer."""
        if self.app is None:
            msg = "the door is not open"
            raise StageError(msg)
        whole = self.data / path.name
        shutil.copyfile(path, whole)
        whole.replace(self.camera / path.name)  # the camera never sees half a picture
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.stopped.is_set():
                raise StoppedError
            try:
                answer = self.app.answers.get(timeout=0.1)
            except queue.Empty:
                continue
            return describe(answer, sum(answer.stages.values()))
        msg = f"the door said nothing about {path.name}"
        raise StageError(msg)

    @property
    def camera(self) -> Path:
        """The folder that is watched."""
        return self.pictures.with_name("camera")


@dataclass(slots=True, kw_only=True)
class ScreenStory(Story):
    """The story, told in the line below the screens."""

    screen: ScreenDoor
    began: float
    line: str | None = "Setting up"
    title: str = ""
    since_outage: int = 0
    _last: float = 0.0

    def scene(self, title: str) -> None:
        """What the next lines are about."""
        self.title = title
        self.since_outage = 0
        if self.screen.app is None:
            click.secho(title, bold=True)
        else:
            self.say("")

    def say(self, words: str) -> None:
        """Say it below the screens; before there are any, in a line."""
        if self.screen.app is None:
            click.echo(f"  {words}")
        else:
            self.line = f"{self.title}: {words}" if words else self.title

    def show(self, who: str, text: str, expect: str, *, printed: bool = False) -> None:
        """Hold up a card, when the verdict before has been read."""
        self._pause(self._last + self._beat() - time.monotonic())
        self.say(who)
        self.since_outage += 1
        super(ScreenStory, self).show(who, text, expect, printed=printed)
        self._last = time.monotonic()

    def tell(self, who: str, decision: str, reason: str, millis: str, had_to_be: str) -> None:
        """The door's screen tells it; here, how long it took, and what is wrong."""
        self.say(
            f"{who} ({millis} ms)"
            if not had_to_be
            else f"{decision} {reason}, had to be {had_to_be}"
        )

    def tell_check(self, words: str, *, right: bool) -> None:
        """Whether it holds."""
        self._pause(self._last + 1.0 - time.monotonic())
        self.say(words if right else f"BROKEN – {words}")
        self._last = time.monotonic()

    def wait(self, until: float, why: str) -> None:
        """Show what the keys do meanwhile."""
        self._pause(self._beat())
        each = (until - time.monotonic()) / len(TOUR)
        for action, words in TOUR if each > 1 else ():
            self._press(action)
            self.line = words
            self._pause(each)
            self._press(Action.BACK)
        while (left := until - time.monotonic()) > 0:
            self.line = f"{why}: {left:.0f} s"
            self._pause(min(1.0, left))

    def expected_waiting(self) -> tuple[int, int]:
        """The app hands over by itself; what was shown since central stopped must wait."""
        return self.since_outage, self.shown

    def _press(self, action: Action) -> None:
        if self.screen.app is not None:
            self.screen.app.post_message(ActionPressed(action))

    def _beat(self) -> float:
        left = WHOLE - AFTERWARDS - (time.monotonic() - self.began)
        shortest, longest = BEATS
        return min(longest, max(shortest, left / max(1, CARDS - self.shown)))

    def _pause(self, seconds: float) -> None:
        if time.monotonic() - self.began > DEADLINE:
            msg = "90 seconds are over, and this machine is too busy for the whole evening"
            raise StageError(msg)
        if self.screen.stopped.wait(max(0.0, seconds)):
            raise StoppedError


def play_on_screen(folder: Path, curtain: Callable[[Story, float], None]) -> int:
    """Play the evening on this terminal; the exit code."""
    began = time.monotonic()
    try:
        with unwinding(), _screen_stage(folder.resolve()) as (central, door):
            story = ScreenStory(central=central, door=door, screen=door, began=began)
            paired = pair(story)
            ended = _perform(story, lambda: _script(story, paired))
    except (StageError, ClerkError, OSError) as error:
        click.secho(f"The demo could not go on: {error}", fg="red", err=True)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    if ended is Ended.SIGNAL:
        return INTERRUPTED
    if ended is None:
        click.secho(f"The app broke; see {folder}/door/{LOG_FILE}", fg="red", err=True)
        return 1
    curtain(story, time.monotonic() - began)
    return 0 if story.wrong == 0 else 1


def _script(story: ScreenStory, paired: float) -> None:
    story.say("members get their cards")
    printed, phones = invite(story.central)
    play(story, printed, phones, paired)


def _perform(story: ScreenStory, script: Callable[[], None]) -> Ended | None:
    """Run the app while the script plays.

    Raises:
        StageError: the script could not go on.
    """
    troubles: list[StageError] = []

    def perform() -> None:
        try:
            script()
            story._pause(3.0)  # noqa: SLF001 -- its own thread
        except StoppedError:
            return
        except (StageError, ClerkError, OSError) as error:
            troubles.append(StageError(str(error)))
        finally:
            story.line = None  # the app ends

    door = story.screen
    with drawing(Settings(data=str(door.data))):
        floor = open_floor(_settings(door))
        try:
            app = door.app = DemoApp(floor, lambda: story.line)
            actor = threading.Thread(target=perform, name="story", daemon=True)
            actor.start()
            ended = run_app(app)
            heed_signals()  # the app's event loop has taken the handlers
            door.stopped.set()
            actor.join(PATIENCE)
        finally:
            door.stopped.set()
            floor.stop()
    if troubles:
        raise troubles[0]
    return ended


def _settings(door: ScreenDoor) -> Settings:
    return Settings(
        data=str(door.data),
        source=f"watch:{door.camera}",
        ask_after_s=0,
        sync_every_s=1.0,
        circuit_open_s=1.0,
    )


@contextmanager
def _screen_stage(folder: Path) -> Iterator[tuple[Central, ScreenDoor]]:
    clerk = Clerk()
    try:
        clerk.start()
        with stage(folder, clerk.call) as (central, door):
            shown = ScreenDoor(data=door.data, pictures=door.pictures, call=clerk.call)
            shown.camera.mkdir()
            yield central, shown
    finally:
        clerk.stop()
