"""Frames from a camera device or a video file through OpenCV."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from scanner.door.frame import Frame, Luma
from scanner.errors import CameraError
from scanner.ports import Clock

NAME_CHARS: Final = 64


class OpenCvCamera:
    """A camera device (a number or a path) or a video file; ``frames`` ends with the video or on ``close``."""

    def __init__(self, device: int | str, *, clock: Clock, live: bool) -> None:
        self._device = device
        self._clock = clock
        self._live = live
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
            yield from self._read(capture)
        finally:
            capture.release()

    def _open(self) -> cv2.VideoCapture:
        if not self._live and not Path(str(self._device)).is_file():
            msg = f"no video file at {self._device}"
            raise CameraError(msg)
        try:
            capture = cv2.VideoCapture(self._device)
        except cv2.error as error:
            msg = f"cannot open {self.name}: {error}"
            raise CameraError(msg) from error
        if not capture.isOpened():
            capture.release()
            msg = f"cannot open {self.name}: no such device, or it is in use"
            raise CameraError(msg)
        return capture

    def _read(self, capture: cv2.VideoCapture) -> Iterator[Frame]:
        got_one = False
        while not self._closed:
            try:
                good, picture = capture.read()
            except cv2.error as error:
                msg = f"{self.name} gave a broken frame: {error}"
                raise CameraError(msg) from error
            if not good:
                break
            got_one = True
            yield Frame(luma=_grey(picture), taken_at=self._clock.now())
        if not self._closed and (self._live or not got_one):
            msg = f"{self.name} gives no frames"
            raise CameraError(msg)


def _grey(picture: cv2.typing.MatLike) -> Luma:
    if picture.ndim > 2:  # noqa: PLR2004 -- grey has two dimensions
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(picture, dtype=np.uint8)
