"""Every screen of one app, made once: a verdict must not wait for its screen to be built."""

from collections.abc import Iterator

from scanner.ui.screens.base import DoorScreen
from scanner.ui.screens.counter import CounterScreen
from scanner.ui.screens.kiosk import AttractScreen, FaultScreen
from scanner.ui.screens.manual import ManualScreen
from scanner.ui.screens.override import OverrideScreen
from scanner.ui.screens.pages import DiagnosticsScreen, HelpScreen, RecentScreen
from scanner.ui.screens.pin import PinScreen
from scanner.ui.screens.scan import Lookout, ScanScreen
from scanner.ui.screens.search import SearchScreen
from scanner.ui.screens.verdict import VerdictScreen
from scanner.ui.stage import Stage


class Rooms:
    """The screens; ``home`` is where cards are waited for."""

    def __init__(self, stage: Stage) -> None:
        self.scan = ScanScreen(stage)
        self.attract = AttractScreen(stage)
        self.home: Lookout = self.attract if stage.kiosk else self.scan
        self.verdict = VerdictScreen(stage)
        self.manual = ManualScreen(stage)
        self.search = SearchScreen(stage)
        self.override = OverrideScreen(stage)
        self.recent = RecentScreen(stage)
        self.counter = CounterScreen(stage)
        self.diagnostics = DiagnosticsScreen(stage)
        self.help = HelpScreen(stage)
        self.pin = PinScreen(stage)
        self.fault = FaultScreen(stage)

    def others(self) -> Iterator[tuple[str, DoorScreen]]:
        """All but home, by name."""
        for name, room in vars(self).items():
            if name != "home" and room is not self.home:
                yield name, room
