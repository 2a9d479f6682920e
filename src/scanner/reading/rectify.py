"""The symbol laid flat: a canvas with a fixed number of pixels a module, its contrast evened out."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.reading.geometry import Pyramid, projected, warped
from scanner.reading.symbol import side_of

MARGIN = 4.0  # modules around the symbol, so that the grid can be pulled outwards
_FINE_SCALE = 8  # pixels a module: an eighth of a module is finer than any sample needs
_MAX_CANVAS = 900  # pixels along one side; large symbols get fewer pixels a module
_MIN_SCALE = 4
_CONTRAST_REACH = 5  # modules around a pixel among which its darkness is judged
_LEAST_CONTRAST = 0.24  # of the whole canvas's deviation: local noise below it stays grey
_LEAST_LEVELS = 2.0  # grey levels; the same for a canvas without any contrast


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """The symbol laid flat.

    Attributes:
        darkness: -1 light to +1 dark, square, float32.
        scale: pixels to a module.
        version: the version it was laid out for.
        to_picture: 3 x 3, from module coordinates (column, row, 1) to picture pixels.
    """

    darkness: NDArray[np.float32]
    scale: int
    version: int
    to_picture: NDArray[np.float64]

    def picture_points(self, modules: NDArray[np.float64]) -> NDArray[np.float64]:
        """Module coordinates, count x 2, as picture pixels, count x 2."""
        return projected(self.to_picture, modules)


def lay_flat(pyramid: Pyramid, version: int, to_picture: NDArray[np.float64]) -> Canvas:
    """The canvas for a map from modules to the picture (3 x 3)."""
    span = side_of(version) + 2 * MARGIN
    scale = int(np.clip(_MAX_CANVAS / span, _MIN_SCALE, _FINE_SCALE))
    flat = warped(pyramid, to_picture, np.full(2, -MARGIN), span, scale)
    return Canvas(
        darkness=_by_range(flat, scale), scale=scale, version=version, to_picture=to_picture
    )


def _by_range(flat: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    """Darkness between the local extremes, which are taken from lightly blurred modules."""
    reach = 2 * (_CONTRAST_REACH * scale // 2) + 1
    calm = cv2.blur(flat, (scale // 2 | 1, scale // 2 | 1))
    window = np.ones((reach, reach), np.uint8)
    high = cv2.blur(cv2.dilate(calm, window), (reach, reach))
    low = cv2.blur(cv2.erode(calm, window), (reach, reach))
    least = _LEAST_CONTRAST * float(flat.std()) + _LEAST_LEVELS
    spread = np.maximum(high - low, least)
    return np.asarray(np.clip((high + low - 2 * calm) / spread, -1, 1), np.float32)
