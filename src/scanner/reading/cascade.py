"""A still picture read by ever dearer means, under a budget.

Most codes are read by the first pass in a millisecond; the elastic grid is for the rest.
"""

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanner.reading.geometry import reduced
from scanner.reading.outcome import Corners, Reading
from scanner.reading.reader import LARGEST_SIZE, WORKING_SIZE, Deadline, ElasticGridReader
from scanner.reading.tiles import tiles

STILL_BUDGET_SECONDS = 1.2  # for the deadline a caller injects: a last step may add 0.2
NATIVE_PAYS_ABOVE = 1700  # pixels; under it the reduced picture loses nothing
# Micro QR, rMQR and Model 1 are no cards.
_CARDS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
_MODEL_1 = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel1)
_CLAHE_LIMIT = 3.0
_CLAHE_TILES = (8, 8)


def read_still(
    luma: NDArray[np.uint8],
    *,
    deadline: Deadline | None = None,
    grid: ElasticGridReader | None = None,
    is_thorough: bool = False,
    accepts_model_1: bool = False,
) -> tuple[Reading, ...]:
    """The codes in a picture, by the first means that reads any.

    Args:
        luma: grey levels, height x width, any size.
        deadline: True once the budget (``STILL_BUDGET_SECONDS``) is spent; asked between passes
            and between the grid's hypotheses.
        grid: the reader of last resort.
        is_thorough: look with the grid for further codes even where a cheap pass has read some.
        accepts_model_1: read the forerunner of today's code too; its stage is "Model 1".
    """
    if luma.size == 0:
        return ()
    reader = grid if grid is not None else ElasticGridReader()
    native, to_native = reduced(luma, LARGEST_SIZE)
    small, to_small = reduced(native, WORKING_SIZE)
    found = _cheapest(small, native, to_small, deadline)
    if not found and accepts_model_1:
        found = tuple(each.enlarged(to_small) for each in _zxing(small, "Model 1", of=_MODEL_1))
    if not found or is_thorough:
        found += reader.read(native, deadline=deadline, known=found, is_thorough=is_thorough)
    return tuple(reading.enlarged(to_native) for reading in found)


def read_plain(luma: NDArray[np.uint8]) -> tuple[Reading, ...]:
    """Tier 1, for every frame of a camera: as it is, at half size, and by a global threshold."""
    return (
        _zxing(luma, "plain")
        or tuple(each.enlarged(2) for each in _zxing(_halved(luma), "half size"))
        or _zxing(luma, "global threshold", zxingcpp.Binarizer.GlobalHistogram)
    )


def _cheapest(
    small: NDArray[np.uint8],
    native: NDArray[np.uint8],
    to_small: float,
    deadline: Deadline | None,
) -> tuple[Reading, ...]:
    """What zxing-cpp reads by itself, in pixels of the native picture."""
    found = read_plain(small)
    if not found and not _is_over(deadline):
        found = _zxing(_evened(small), "CLAHE")
    if found:
        return tuple(reading.enlarged(to_small) for reading in found)
    if max(native.shape) > NATIVE_PAYS_ABOVE and not _is_over(deadline):
        return _in_tiles(native, deadline)
    return ()


def _in_tiles(native: NDArray[np.uint8], deadline: Deadline | None) -> tuple[Reading, ...]:
    """What zxing-cpp reads part by part; a code that two parts show, once."""
    found: list[Reading] = []
    for part, left, top in tiles(native):
        if _is_over(deadline):
            break
        for reading in _zxing(part, "native size"):
            placed = reading.moved(left, top)
            x, y = np.mean(placed.corners, axis=0)
            if not any(each.covers((float(x), float(y))) for each in found):
                found.append(placed)
    return tuple(found)


def _zxing(
    luma: NDArray[np.uint8],
    stage: str,
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage,
    of: zxingcpp.BarcodeFormats = _CARDS,
) -> tuple[Reading, ...]:
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(luma),
        formats=of,
        binarizer=binarizer,
    )
    return tuple(
        Reading(payload=bytes(each.bytes), corners=_corners(each.position), stage=stage)
        for each in found
        if each.valid
    )


def _corners(position: zxingcpp.Position) -> Corners:
    points = (
        position.top_left,
        position.top_right,
        position.bottom_right,
        position.bottom_left,
    )
    return tuple((float(point.x), float(point.y)) for point in points)


def _halved(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (max(1, luma.shape[1] // 2), max(1, luma.shape[0] // 2))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def _evened(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.createCLAHE(_CLAHE_LIMIT, _CLAHE_TILES).apply(luma), np.uint8)


def _is_over(deadline: Deadline | None) -> bool:
    return deadline is not None and deadline()
