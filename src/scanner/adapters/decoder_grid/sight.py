"""Is a code that was read in an earlier frame still in view, and where?

Followed from frame to frame by its looks, in pictures of a sixth: a hand turns a phone so fast that two frames apart by
the time of a look are no longer alike, but neighbours are. That tells whether something is still held there, not what
is written in it: a sight keeps a code that was read in view, and never reads one.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cardcore.ids import Micros
from scanner.door.frame import Corners, Frame, Luma, Reading
from scanner.door.moment import Moment

UNSEEN_MOST: Final = Micros(
    500_000
)  # µs; well under what the debounce takes for a new presentation
TOLD_WITHIN: Final = Micros(1_000_000)  # µs between two frames; what took longer is told to nobody
KEPT_MOST: Final = Micros(4_000_000)  # µs without being read again: a hand may have crept over it
_THUMB_SIDE: Final = 213  # pixels of the longer side, 1280 / 6
_ALIKE: Final = 0.6  # normalised correlation of neighbours; without the code it stays under 0.45
_MARGIN: Final = 0.2  # of a side around the code that belongs to its looks
_REACH: Final = 0.5  # of a side, how far a code moves between two frames at most
_LEAST: Final = 5  # pixels of a thumb; less has no looks

Place = NDArray[np.float64]
"""(x, y) in pixels of a thumb."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thumb:
    """A frame in small: ``factor`` pixels of the frame are one of ``luma``."""

    luma: Luma
    factor: float
    at: Micros

    @staticmethod
    def of(frame: Frame) -> "Thumb":
        """This frame in small."""
        factor = max(1, round(max(frame.luma.shape) / _THUMB_SIDE))
        size = (max(1, frame.width // factor), max(1, frame.height // factor))
        whole = frame.luma[: size[1] * factor, : size[0] * factor]
        if (
            factor % 2 == 0
        ):  # halving has a path of its own in OpenCV: with it, all takes half the time
            whole = _shrunk(whole, (size[0] * factor // 2, size[1] * factor // 2))
        return Thumb(luma=_shrunk(whole, size), factor=factor, at=frame.taken_at.mono)

    def part(self, low: Place, high: Place) -> tuple[Luma, Place]:
        """A part of it, as far as there is one, and where it begins."""
        left, top = (max(0, int(each)) for each in np.floor(low))
        right, bottom = (max(0, int(each)) for each in np.ceil(high))
        return self.luma[top:bottom, left:right], np.array((left, top), np.float64)


class Sight:
    """A reading, the instant of its frame, and where the code was last seen."""

    def __init__(self, reading: Reading, corners: Corners, read_at: Moment, thumb: Thumb) -> None:
        self.reading = reading
        self.corners = corners
        self.read_at = read_at
        self._last = thumb.at
        points = np.array(corners, np.float64) / thumb.factor
        size = np.ptp(points, axis=0)
        self._low = points.min(axis=0) - size * _MARGIN
        self._high = points.max(axis=0) + size * _MARGIN
        self._looks, self._low = thumb.part(self._low, self._high)
        self._high = self._low + np.array(self._looks.shape[::-1])

    def is_over(self, now: Micros) -> bool:
        """Whether it must not be told any more, whatever is in view now."""
        return now - self._last > TOLD_WITHIN or now - self.read_at.mono > KEPT_MOST

    def is_forgotten(self, now: Micros) -> bool:
        """Whether it was not seen for so long that it has left the view."""
        return now - self._last > UNSEEN_MOST

    def covers(self, corners: Corners) -> bool:
        """Whether the middle of ``corners`` lies on this code."""
        x, y = np.array(corners).mean(axis=0)
        outline = np.array(self.corners, np.float32)
        return cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=False) >= 0

    def is_seen_in(self, thumb: Thumb) -> bool:
        """Look for it in a later frame; ``corners`` follow it."""
        reach = (self._high - self._low) * _REACH
        around, origin = thumb.part(self._low - reach, self._high + reach)
        size = self._looks.shape
        if min(size) < _LEAST or around.shape[0] < size[0] or around.shape[1] < size[1]:
            return False
        match = cv2.matchTemplate(around, self._looks, cv2.TM_CCOEFF_NORMED)
        _, best, _, place = cv2.minMaxLoc(match)
        if best < _ALIKE:
            return False
        self._move(origin + np.array(place), thumb)
        return True

    def _move(self, low: Place, thumb: Thumb) -> None:
        across, down = (float(each) * thumb.factor for each in low - self._low)
        a, b, c, d = ((x + across, y + down) for x, y in self.corners)
        self.corners = (a, b, c, d)
        self._high = self._high + (low - self._low)
        self._low = low
        self._looks, _ = thumb.part(self._low, self._high)
        self._last = thumb.at


def _shrunk(luma: Luma, size: tuple[int, int]) -> Luma:
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
