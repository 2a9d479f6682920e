"""What a reader says about a picture."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

Corners = tuple[tuple[float, float], ...]
"""Four (x, y) in picture pixels, clockwise from the symbol's own upper left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One code as read.

    Attributes:
        payload: the bytes in the code, untouched.
        corners: where it lies in the picture, in the picture's own pixels.
        stage: what read it, for the status page: a short name such as "plain" or "grid, bent".
    """

    payload: bytes
    corners: Corners
    stage: str

    def enlarged(self, factor: float) -> "Reading":
        """The same on a picture larger by this factor."""
        return replace(self, corners=tuple((x * factor, y * factor) for x, y in self.corners))

    def moved(self, left: float, top: float) -> "Reading":
        """The same in a picture of which this one begins at (left, top)."""
        return replace(self, corners=tuple((x + left, y + top) for x, y in self.corners))

    def covers(self, point: tuple[float, float]) -> bool:
        """Whether a point (x, y) lies on the code."""
        outline = np.array(self.corners, np.float32)
        return cv2.pointPolygonTest(outline, point, measureDist=False) >= 0
