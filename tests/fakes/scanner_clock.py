"""A clock that moves when it is told to."""

from cardcore.ids import Micros
from scanner.door.moment import MICROS, Moment
from tests.fakes.card_material import NOW

BOOT: bytes = bytes(range(16))


class FakeClock:
    """Wall time and monotonic time, stepped by hand; each question takes a microsecond."""

    def __init__(self, wall_s: int = NOW) -> None:
        self.wall = wall_s * MICROS
        self.ticks = 1_000_000

    def now(self) -> Moment:
        return Moment(wall=Micros(self.wall), mono=self.mono(), boot_id=BOOT)

    def mono(self) -> Micros:
        self.ticks += 1
        return Micros(self.ticks)

    def advance(self, seconds: float) -> None:
        """Time goes by, on both clocks."""
        self.wall += int(seconds * MICROS)
        self.ticks += int(seconds * MICROS)

    def step(self, seconds: float) -> None:
        """The wall clock alone is set, forward or back."""
        self.wall += int(seconds * MICROS)


def moment_at(seconds: float, *, mono: int = 0) -> Moment:
    return Moment(wall=Micros(int(seconds * MICROS)), mono=Micros(mono), boot_id=BOOT)
