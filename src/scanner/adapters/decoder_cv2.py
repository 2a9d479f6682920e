"""OpenCV's own QR decoder: selectable, for comparison and for a third opinion on stills."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.door.frame import Corners, Frame, Reading

STAGE: Final = "cv2"
_LEAST: Final = 20  # pixels; on smaller pictures OpenCV's detector fails in its own ways


class Cv2Decoder:
    """QR codes as OpenCV reads them."""

    def __init__(self) -> None:
        self._detector = cv2.QRCodeDetector()

    def decode(self, frame: Frame) -> tuple[Reading, ...]:
        """Every code in view."""
        if min(frame.luma.shape) < _LEAST:
            return ()
        try:
            found, payloads, places, _ = self._detector.detectAndDecodeBytesMulti(frame.luma)
        except (cv2.error, UnicodeDecodeError):  # it asserts on some pictures of nothing
            return ()
        if not found or places is None:
            return ()
        corners = np.asarray(places, np.float64).reshape(-1, 4, 2)
        pairs = zip(payloads, corners, strict=False)
        return tuple(
            Reading(payload=bytes(payload), stage=STAGE, corners=_corners(place))
            for payload, place in pairs
            if len(payload) > 0
        )


def _corners(place: NDArray[np.float64]) -> Corners:
    a, b, c, d = ((float(x), float(y)) for x, y in place)
    return a, b, c, d
