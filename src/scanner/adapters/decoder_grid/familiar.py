"""A view that was looked over in vain, so that nobody looks as hard at an empty room as at a card held up.

Views are compared by the means of squares of pixels: noise goes, a card at the far end of the room stays.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.door.frame import Luma

LOOKS: Final = (
    12  # over one view, all in vain, before it is familiar: one to two seconds of looking
)
_SQUARE: Final = 16  # pixels
_STEP: Final = 4  # grey levels of a mean that count as a change: noise of 12 does as much to one square in a thousand
_CHANGED: Final = 0.004  # of the squares: fifteen of 720p, a code of 64 pixels


class Familiar:
    """Not safe for several threads by itself."""

    def __init__(self) -> None:
        self._view: NDArray[np.int16] | None = None
        self._looks = 0

    def looked_in_vain(self, luma: Luma) -> None:
        """One more look over this view that read nothing; another view begins anew."""
        view = _means(luma)
        if self._view is None or not _alike(self._view, view):
            self._view, self._looks = view, 0
        self._looks += 1

    def forget(self) -> None:
        """Something was read: it is a place where cards are held."""
        self._view, self._looks = None, 0

    def knows(self, luma: Luma) -> bool:
        """Whether looking on would most likely be in vain, too."""
        return self._view is not None and self._looks >= LOOKS and _alike(self._view, _means(luma))


def _means(luma: Luma) -> NDArray[np.int16]:
    """Of each square, in some 0.3 ms at 720p."""
    size = (max(1, luma.shape[1] // _SQUARE), max(1, luma.shape[0] // _SQUARE))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.int16)


def _alike(one: NDArray[np.int16], other: NDArray[np.int16]) -> bool:
    if one.shape != other.shape:
        return False
    return float((np.abs(one - other) >= _STEP).mean()) <= _CHANGED
