"""Pictures cleaned in cheap ways, and read by zxing-cpp itself: for frames too dark, too soft or banded."""

from collections.abc import Callable, Iterator
from itertools import islice

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanner.reading.outcome import Reading

_IN_TURN = 2  # of the pictures of half the size: sharpened, thresholded
_NOISY = 5.0  # grey levels of noise from which the grid works on a calmed picture
_CARDS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


def read_cleaned(
    luma: NDArray[np.uint8],
    calm: NDArray[np.uint8],
    known: tuple[Reading, ...],
    is_over: Callable[[], bool],
) -> tuple[Reading, ...]:
    """What zxing-cpp reads by itself once the picture is cleaned, some 15 ms at 720p.

    Args:
        luma: grey levels, height x width.
        calm: the same, calmed.
        known: codes read by other means.
        is_over: asked between passes; True gives up.
    """
    return _read_each(_cleanings(luma, calm), known, is_over)


def read_halved(
    luma: NDArray[np.uint8], known: tuple[Reading, ...], turn: int
) -> tuple[Reading, ...]:
    """What zxing-cpp reads at half the size, some 1.2 ms at 720p: soft, noisy and banded codes.

    Args:
        luma: grey levels, height x width.
        known: codes read by other means.
        turn: counts pictures; they are sharpened and thresholded in turn.
    """
    ways = islice(_halves(luma), turn % _IN_TURN, turn % _IN_TURN + 1)
    return _read_each(ways, known, lambda: False)


def _read_each(
    pictures: Iterator[tuple[NDArray[np.uint8], float]],
    known: tuple[Reading, ...],
    is_over: Callable[[], bool],
) -> tuple[Reading, ...]:
    """What zxing-cpp reads in the first picture in which it reads anything else than what is known."""
    for picture, factor in pictures:
        if is_over():
            return ()
        found = tuple(
            reading
            for reading in _zxing(picture, factor)
            if not any(each.payload == reading.payload for each in known)
        )
        if found:
            return found
    return ()


def _cleanings(
    luma: NDArray[np.uint8], calm: NDArray[np.uint8]
) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Pictures to try, and the factor from their pixels to the picture's."""
    yield from _halves(luma)
    blurred = np.asarray(cv2.GaussianBlur(luma, (5, 5), 0), np.uint8)
    yield blurred, 1.0
    yield _thresholded(blurred, 13), 1.0
    yield _sharpened(calm, 2.0, 2.0), 1.0
    yield np.asarray(cv2.createCLAHE(3.0, (8, 8)).apply(blurred), np.uint8), 1.0


def _halves(luma: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    half = (max(1, luma.shape[1] // 2), max(1, luma.shape[0] // 2))
    small = np.asarray(cv2.resize(luma, half, interpolation=cv2.INTER_AREA), np.uint8)
    yield _sharpened(small, 1.5, 1.5), 2.0
    yield _thresholded(small, 7), 2.0
    yield small, 2.0


def _sharpened(luma: NDArray[np.uint8], reach: float, amount: float) -> NDArray[np.uint8]:
    """Edges raised by what a blur of ``reach`` pixels takes from them."""
    soft = cv2.GaussianBlur(luma, (0, 0), reach)
    return np.asarray(cv2.addWeighted(luma, 1 + amount, soft, -amount, 0), np.uint8)


def _thresholded(luma: NDArray[np.uint8], window: int) -> NDArray[np.uint8]:
    """Black and white by the mean around each pixel: bands of moiré and shadows go."""
    method, kind = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY
    return np.asarray(cv2.adaptiveThreshold(luma, 255, method, kind, window, 2), np.uint8)


def _zxing(luma: NDArray[np.uint8], factor: float) -> Iterator[Reading]:
    for each in zxingcpp.read_barcodes(luma, formats=_CARDS):
        if each.valid:
            place = each.position
            points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            corners = tuple((point.x * factor, point.y * factor) for point in points)
            yield Reading(payload=bytes(each.bytes), corners=corners, stage="cleaned")


def calmed(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, blurred where it is noisy: contours of noise cost ten times the time."""
    rows = luma[::8].astype(np.int16)
    noise = float(np.median(np.abs(rows[:, 2:] - 2 * rows[:, 1:-1] + rows[:, :-2]))) / 1.65
    if noise < _NOISY:
        return luma
    return np.asarray(cv2.GaussianBlur(luma, (0, 0), 1.4), np.uint8)
