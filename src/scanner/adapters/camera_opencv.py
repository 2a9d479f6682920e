"""Frames from a camera device or a video file through OpenCV.

A device that can be told to is set up for codes held near: one frame buffered, so that none is old; motion JPEG or raw
(YUYV), whichever gives more frames, tried once at the start; focus left to the camera; and its exposure shortened while
much of the picture is burnt out, as by a bright screen in a dark hall, and lengthened again when all is dark.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from cardcore.ids import Micros
from scanner.door.frame import Frame, Luma
from scanner.errors import CameraError
from scanner.ports import Clock

NAME_CHARS: Final = 64
SIZE: Final = (1_280, 720)  # asked for; more reads nothing more
FORMATS: Final = ("MJPG", "YUYV")
TRIAL: Final = Micros(500_000)  # µs for each format; a camera that takes longer stays as it is
TRIAL_FRAMES: Final = 8
EXPOSE_EVERY: Final = 10  # frames between two looks at the exposure; a camera needs a few to follow
_BURNT: Final = 250  # grey level
_MOST_BURNT: Final = 0.06  # of the picture; a phone's white screen fills 0.05 to 0.3
_DARK: Final = 90  # grey level that the brightest twentieth does not reach: all is dark
_STEP: Final = 0.8  # of the exposure, down; up by its inverse
_SHORTEST: Final = 0.1  # of the exposure at the start
_MANUAL: Final = 1.0  # V4L's word for it
_SPARSE: Final = 8  # of eight pixels one is looked at, each way


class Capture(Protocol):
    """What is used of a ``cv2.VideoCapture``."""

    def isOpened(self) -> bool:  # noqa: N802 -- OpenCV's name
        """Whether it is there."""
        ...

    def set(self, what: int, value: float) -> bool:
        """Whether it let itself be told."""
        ...

    def get(self, what: int) -> float:
        """How it is; 0 where it cannot say."""
        ...

    def read(self) -> tuple[bool, cv2.typing.MatLike]:
        """Whether there was a frame, and the frame."""
        ...

    def release(self) -> None:
        """Let the device go."""
        ...


OpenCapture = Callable[[int | str], Capture]


class Exposure:
    """Shortens and lengthens a camera's exposure, where it lets itself be told."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._longest = float(capture.get(cv2.CAP_PROP_EXPOSURE))
        self._now = self._longest
        self._frames = 0
        self.works = self._longest > 0

    def see(self, luma: Luma) -> None:
        """One more frame, by which the next ones may be exposed otherwise."""
        self._frames += 1
        if self.works and self._frames % EXPOSE_EVERY == 0:
            wanted = self._wanted(luma[::_SPARSE, ::_SPARSE])
            if wanted != self._now:
                self._set(wanted)

    def _wanted(self, luma: Luma) -> float:
        if float((luma >= _BURNT).mean()) > _MOST_BURNT:
            return max(self._now * _STEP, self._longest * _SHORTEST)
        if float(np.percentile(luma, 95)) < _DARK:
            return min(self._now / _STEP, self._longest)
        return self._now

    def _set(self, exposure: float) -> None:
        self.works = bool(
            self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL)
            and self._capture.set(cv2.CAP_PROP_EXPOSURE, exposure)
        )
        self._now = exposure


class OpenCvCamera:
    """A camera device (a number or a path) or a video file; ``frames`` ends with the video or on ``close``."""

    def __init__(
        self,
        device: int | str,
        *,
        clock: Clock,
        live: bool,
        open_capture: OpenCapture | None = None,
    ) -> None:
        self._device = device
        self._clock = clock
        self._live = live
        self._open_capture = cv2.VideoCapture if open_capture is None else open_capture
        self._closed = False

    @property
    def name(self) -> str:
        """``camera:…`` or ``video:…``, at most 64 characters."""
        kind = "camera" if self._live else "video"
        shown = self._device if self._live else Path(str(self._device)).name
        return f"{kind}:{shown}"[:NAME_CHARS]

    def close(self) -> None:
        """End the stream of frames."""
        self._closed = True

    def frames(self) -> Iterator[Frame]:
        """Frames as they come.

        Raises:
            CameraError: it cannot be opened, or a camera stopped giving frames.
        """
        capture = self._open()
        try:
            if self._live:
                self._set_up(capture)
            yield from self._read(capture)
        finally:
            capture.release()

    def _open(self) -> Capture:
        if not self._live and not Path(str(self._device)).is_file():
            msg = f"no video file at {self._device}"
            raise CameraError(msg)
        try:
            capture = self._open_capture(self._device)
        except cv2.error as error:
            msg = f"cannot open {self.name}: {error}"
            raise CameraError(msg) from error
        if not capture.isOpened():
            capture.release()
            msg = f"cannot open {self.name}: no such device, or it is in use"
            raise CameraError(msg)
        return capture

    def _set_up(self, capture: Capture) -> None:
        """What the device can be told; what it cannot, it ignores."""
        try:
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
            capture.set(cv2.CAP_PROP_AUTOFOCUS, 1)
            if int(capture.get(cv2.CAP_PROP_FOURCC)) > 0:
                self._choose_format(capture)
        except cv2.error as error:
            msg = f"{self.name} cannot be set up: {error}"
            raise CameraError(msg) from error

    def _choose_format(self, capture: Capture) -> None:
        given = int(capture.get(cv2.CAP_PROP_FOURCC))
        rates = {name: self._rate(capture, name) for name in FORMATS}
        best = max(rates, key=lambda name: rates[name])
        code = cv2.VideoWriter.fourcc(*best) if rates[best] > 0 else given
        _ask_for(capture, code)

    def _rate(self, capture: Capture, name: str) -> float:
        """Frames a µs in this format; 0 where the device has it not."""
        code = cv2.VideoWriter.fourcc(*name)
        if not _ask_for(capture, code):
            return 0.0
        if int(capture.get(cv2.CAP_PROP_FOURCC)) != code or not capture.read()[0]:
            return 0.0
        began, frames, spent = self._clock.mono(), 0, 0
        while frames < TRIAL_FRAMES and spent < TRIAL and not self._closed:
            if not capture.read()[0]:
                return 0.0
            frames += 1
            spent = self._clock.mono() - began
        return frames / max(1, spent)

    def _read(self, capture: Capture) -> Iterator[Frame]:
        got_one = False
        exposure = Exposure(capture) if self._live else None
        while not self._closed:
            try:
                good, picture = capture.read()
            except cv2.error as error:
                msg = f"{self.name} gave a broken frame: {error}"
                raise CameraError(msg) from error
            if not good:
                break
            got_one = True
            frame = Frame(luma=_grey(picture), taken_at=self._clock.now())
            yield frame
            if exposure is not None:
                exposure.see(frame.luma)
        if not self._closed and (self._live or not got_one):
            msg = f"{self.name} gives no frames"
            raise CameraError(msg)


def _ask_for(capture: Capture, code: int) -> bool:
    """A format, and the size with it: V4L forgets one when told the other. Whether it let itself be told."""
    if not capture.set(cv2.CAP_PROP_FOURCC, code):
        return False
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, SIZE[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, SIZE[1])
    return True


def _grey(picture: cv2.typing.MatLike) -> Luma:
    if picture.ndim > 2:  # noqa: PLR2004 -- grey has two dimensions
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(picture, dtype=np.uint8)
