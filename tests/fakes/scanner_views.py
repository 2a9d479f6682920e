"""Frames with codes in them, and a camera device that does what it is told."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import segno

from cardcore.ids import Micros
from scanner.door.frame import Frame, Luma
from scanner.door.moment import Moment

STEP: Final = 33_333  # µs between two frames


def code_of(text: str, *, scale: int = 5) -> Luma:
    """A code with its quiet zone, dark grey on light grey."""
    matrix = segno.make_qr(text, error="m", boost_error=False).matrix
    modules = np.pad(np.array([list(row) for row in matrix], np.uint8), 4)
    large = np.kron(
        np.where(modules == 1, 40, 215).astype(np.uint8), np.ones((scale, scale), np.uint8)
    )
    return np.asarray(large, np.uint8)


def view_of(*codes: tuple[Luma, tuple[int, int]], size: tuple[int, int] = (360, 640)) -> Luma:
    """A room with codes at (x, y)."""
    across = np.linspace(90, 130, size[1], dtype=np.float32)[None, :]
    down = np.linspace(0, 40, size[0], dtype=np.float32)[:, None]
    view = np.asarray(across + down, np.uint8)
    for code, (x, y) in codes:
        view[y : y + code.shape[0], x : x + code.shape[1]] = code
    return view


def shown(luma: Luma, number: int, *, still: bool = False) -> Frame:
    """The picture as a frame of a camera that gives thirty a second."""
    at = Micros(number * STEP)
    return Frame(luma=luma, taken_at=Moment(wall=at, mono=at, boot_id=bytes(16)), still=still)


def with_lamp(luma: Luma, at: tuple[int, int], radius: int) -> Luma:
    """A mirrored lamp: all white there."""
    glared = luma.copy()
    cv2.circle(glared, at, radius, 255, -1)
    return glared


class FakeCapture:
    """A ``cv2.VideoCapture`` of a device: ``speeds`` has µs a frame for each format it knows."""

    def __init__(self, pictures: Sequence[Luma], speeds: dict[str, int], clock: "Ticking") -> None:
        self.pictures = list(pictures)
        self.speeds = {cv2.VideoWriter.fourcc(*name): took for name, took in speeds.items()}
        self.clock = clock
        self.told: dict[int, float] = {cv2.CAP_PROP_EXPOSURE: 200.0}
        self.format = next(iter(self.speeds), 0)
        self.released = False
        self.exposures: list[float] = []

    def isOpened(self) -> bool:  # noqa: N802 -- OpenCV's name
        return True

    def set(self, what: int, value: float) -> bool:
        if what == cv2.CAP_PROP_FOURCC:
            if int(value) not in self.speeds:
                return False
            self.format = int(value)
        if what == cv2.CAP_PROP_EXPOSURE:
            self.exposures.append(value)
        self.told[what] = value
        return True

    def get(self, what: int) -> float:
        return float(self.format if what == cv2.CAP_PROP_FOURCC else self.told.get(what, 0.0))

    def read(self) -> tuple[bool, Luma]:
        self.clock.ticks += self.speeds.get(self.format, 1_000)
        if not self.pictures:
            return False, np.zeros((1, 1), np.uint8)
        return True, self.pictures.pop(0)

    def release(self) -> None:
        self.released = True


class Ticking:
    """A Clock whose time is set by hand."""

    def __init__(self) -> None:
        self.ticks = 0

    def mono(self) -> Micros:
        return Micros(self.ticks)

    def now(self) -> Moment:
        return Moment(wall=self.mono(), mono=self.mono(), boot_id=bytes(16))
