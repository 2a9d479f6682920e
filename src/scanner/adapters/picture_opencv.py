"""Open a picture file of any kind OpenCV reads: header first, no more pixels than needed."""

import io
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import imagesize
import numpy as np

from scanner.door.frame import Luma

MAX_PIXELS: Final = 16_000_000  # a 16-megapixel camera; more is a mistake or an attack
MAX_FILE_BYTES: Final = 64 * 1024 * 1024  # an uncompressed 16-megapixel colour picture has 48 MB
# Above 1280 pixels nothing more is read (617 pictures measured); twice that leaves room for small codes.
ENOUGH: Final = 2_560

# OpenCV writes warnings of broken files to the terminal; the caller gets a reason.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class PictureFault(StrEnum):
    """Why there is no picture, in the words that `gatepost scan` prints."""

    UNREADABLE = "unreadable_file"
    TOO_LARGE = "picture_too_large"


def open_picture(path: Path) -> Luma | PictureFault:
    """The grey picture in ``path``, its long side at most about 2 x ENOUGH pixels. Total."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            return PictureFault.UNREADABLE
        data = path.read_bytes()
    except (OSError, ValueError):
        return PictureFault.UNREADABLE
    return decode_picture(data)


def decode_picture(data: bytes) -> Luma | PictureFault:
    """The grey picture in ``data``. Total."""
    width, height = _size(data)
    if width * height > MAX_PIXELS:
        return PictureFault.TOO_LARGE
    if not data or min(width, height) == 0:
        return PictureFault.UNREADABLE
    try:
        luma = cv2.imdecode(np.frombuffer(data, np.uint8), _how(width, height))
    except (cv2.error, ValueError, MemoryError) as error:
        too_large = "CV_IO_MAX_IMAGE_PIXELS" in str(error)
        return PictureFault.TOO_LARGE if too_large else PictureFault.UNREADABLE
    if luma is None or luma.ndim != 2 or luma.size == 0:  # noqa: PLR2004 -- grey has two dimensions
        return PictureFault.UNREADABLE
    return np.ascontiguousarray(luma, dtype=np.uint8)


def _size(data: bytes) -> tuple[int, int]:
    """Width and height by the header, in pixels; (-1, -1) for a kind whose header is not known."""
    try:
        width, height = imagesize.get(io.BytesIO(data))
        return int(width), int(height)
    except Exception:  # noqa: BLE001 -- hostile bytes in somebody else's parser: any fault means "not known"
        return -1, -1


def _how(width: int, height: int) -> int:
    """Decode reduced where a smaller picture is as good; JPEG then never unpacks the large one."""
    long_side = max(width, height)
    if long_side > 4 * ENOUGH:
        return cv2.IMREAD_REDUCED_GRAYSCALE_4
    if long_side > 2 * ENOUGH:
        return cv2.IMREAD_REDUCED_GRAYSCALE_2
    return cv2.IMREAD_GRAYSCALE
