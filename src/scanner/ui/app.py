"""The door as an app: news from the desk in, screens out.

    the desk's threads → tell() → Told in the app's queue → the screen        news, one message an answer
    timers             → facts(), view()                  → the screen        all else is pulled, never pushed

The next card clears the last verdict, whatever screen is open; only where staff are in the middle of something (a PIN, a
reason, a search) is it told in one line, and called back with the key for the last verdict.
"""

import os
import signal
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen

from scanner.desk import Answered, Desk, DeskEvent, DoorFacts, FaultsChanged, SourceEnded
from scanner.pipeline import Answer
from scanner.ui import lines
from scanner.ui.driver import DoorDriver
from scanner.ui.i18n import Words
from scanner.ui.keymap import Action, Keymap
from scanner.ui.look import Charset, Look
from scanner.ui.messages import (
    ActionPressed,
    CardTyped,
    MemberChosen,
    NoteEntered,
    QuitPressed,
    ReasonChosen,
    ServiceAsked,
    Told,
)
from scanner.ui.phrases import Kind, sign_of
from scanner.ui.screens.base import DoorScreen
from scanner.ui.screens.counter import CounterScreen
from scanner.ui.screens.kiosk import AttractScreen, FaultScreen, KioskScreen
from scanner.ui.screens.manual import ManualScreen
from scanner.ui.screens.override import OverrideScreen
from scanner.ui.screens.pages import DiagnosticsScreen, HelpScreen, PageScreen, RecentScreen
from scanner.ui.screens.pin import PinScreen
from scanner.ui.screens.scan import ScanScreen
from scanner.ui.screens.search import SearchScreen
from scanner.ui.screens.verdict import VerdictScreen
from scanner.ui.sounds import SOUNDS, Bell, Sound, Sounder
from scanner.ui.stage import Stage, Timing
from scanner.ui.steps import Steps
from scanner.ui.themes import ALL

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_CAPTION_EVERY: Final = 0.2  # seconds

AnyScreen = TypeVar("AnyScreen", bound=DoorScreen)


class Ended(StrEnum):
    """Why the app ended: what ``run_app`` returns."""

    SIGNAL = "signal"
    QUIT = "quit"
    STORY_OVER = "story_over"


class DoorApp(App[Ended], inherit_bindings=False):
    """A door, or with ``kiosk`` a door with nobody beside it."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT: ClassVar[bool] = False
    ESCAPE_TO_MINIMIZE: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = []
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [
        (0, "-narrow"),
        (64, "-wide"),
    ]
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [(0, "-short"), (20, "-tall")]
    CSS_PATH = "app.tcss"
    TITLE = "Gatepost"
