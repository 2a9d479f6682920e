"""A grid that reads what it was told is there, and a card in view for it."""

import threading
from collections.abc import Callable
from typing import Final

from scanner.door.frame import Corners, Luma
from scanner.reading.outcome import Reading as GridReading
from tests.fakes.scanner_views import code_of

TEXT: Final = "MC1:CARD ONE"
CODE: Final = code_of(TEXT)
SIDE: Final = CODE.shape[0]


def placed(x: int, y: int) -> Corners:
    return ((x, y), (x + SIDE, y), (x + SIDE, y + SIDE), (x, y + SIDE))


class FakeReader:
    """Reads what it was told is there, once its deadline was asked ``steps`` times; counts what is asked of it."""

    def __init__(self, *readings: GridReading) -> None:
        self.readings = readings
        self.step: Callable[[], object] = lambda: None
        self.steps = 1
        self.looks = 0
        self.glances = 0
        self.at_a_glance: tuple[GridReading, ...] = ()
        self.forgot = 0
        self.known: tuple[GridReading, ...] = ()
        self.given_up = threading.Event()
        self.is_looking = threading.Event()

    def look(
        self,
        luma: Luma,  # noqa: ARG002 -- the port's signature
        *,
        now: int,  # noqa: ARG002
        deadline: Callable[[], bool] | None = None,
        known: tuple[GridReading, ...] = (),
    ) -> tuple[GridReading, ...]:
        self.looks += 1
        self.known = known
        self.is_looking.set()
        for _ in range(self.steps):
            self.step()
            if deadline is not None and deadline():
                self.given_up.set()
                return ()
        return self.readings

    def glance(
        self,
        luma: Luma,  # noqa: ARG002 -- the port's signature
        *,
        known: tuple[GridReading, ...] = (),  # noqa: ARG002
    ) -> tuple[GridReading, ...]:
        self.glances += 1
        return self.at_a_glance

    def forget(self) -> None:
        self.forgot += 1


def a_grid_reading(x: int = 100, y: int = 60, payload: bytes = TEXT.encode()) -> GridReading:
    return GridReading(payload=payload, corners=placed(x, y), stage="grid")
