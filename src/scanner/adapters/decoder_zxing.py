"""zxing-cpp, QR codes only: read on every frame."""

from typing import Final

import cv2
import numpy as np
import zxingcpp

from scanner.door.frame import Corners, Frame, Luma, Reading

STAGE: Final = "zxing"
# Micro QR, rMQR and the forerunner, Model 1, are no cards.
_CARDS: Final = (zxingcpp.BarcodeFormat.QRCodeModel2,)
_WITH_MODEL_1: Final = (*_CARDS, zxingcpp.BarcodeFormat.QRCodeModel1)
LIVE_SIDE: Final = 1_280  # pixels; more reads nothing more (617 pictures measured)


class ZxingDecoder:
    """Frames at 1280 pixels at most; a still in full too, where that found nothing.

    ``accepts_model_1`` reads the forerunner of today's code too, which no card is. Without ``in_full`` stills are
    read as frames are: whoever comes behind looks at them in full, and has a deadline.
    """

    def __init__(self, *, accepts_model_1: bool = False, in_full: bool = True) -> None:
        self._in_full = in_full
        self._formats = zxingcpp.BarcodeFormats(_WITH_MODEL_1 if accepts_model_1 else _CARDS)

    def decode(self, frame: Frame) -> tuple[Reading, ...]:
        """Every code in view."""
        if frame.luma.size == 0:
            return ()
        found = self._read(frame.luma, LIVE_SIDE)
        if found or not (frame.still and self._in_full) or max(frame.luma.shape) <= LIVE_SIDE:
            return found
        return self._read(frame.luma, max(frame.luma.shape))

    def _read(self, luma: Luma, side: int) -> tuple[Reading, ...]:
        scale = side / max(luma.shape)
        if scale < 1:
            size = (max(1, round(luma.shape[1] * scale)), max(1, round(luma.shape[0] * scale)))
            luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        else:
            scale = 1.0
        found = zxingcpp.read_barcodes(luma, formats=self._formats)
        return tuple(
            Reading(payload=bytes(code.bytes), stage=STAGE, corners=_corners(code.position, scale))
            for code in found
        )


def _corners(position: zxingcpp.Position, scale: float) -> Corners:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    a, b, c, d = ((point.x / scale, point.y / scale) for point in points)
    return a, b, c, d
