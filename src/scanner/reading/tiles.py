"""A large picture in parts: what zxing-cpp needs grows with the square of the eyes it sees at once."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

TILE_SIDE = 1_280  # pixels: of a wall of 50,000 tiny eyes a tile takes 0.1 s, the whole 2.6 s
_STEP = 896  # pixels; codes wider than what neighbours share are read in the reduced picture


def tiles(luma: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], int, int]]:
    """Every part with the x and y where it begins, row by row; neighbours overlap by 384 pixels.

    Args:
        luma: grey levels, height x width, of any size.
    """
    for top in _begins(luma.shape[0]):
        for left in _begins(luma.shape[1]):
            part = luma[top : top + TILE_SIDE, left : left + TILE_SIDE]
            yield np.ascontiguousarray(part), left, top


def _begins(length: int) -> range:
    return range(0, max(1, length - (TILE_SIDE - _STEP)), _STEP)
