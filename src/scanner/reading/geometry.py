"""The picture at several sizes, and patches of it laid flat through a map from modules to pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

_MAX_HALVINGS = 6  # a module of 64 pixels and more is reduced to at most one
_NEARLY_ZERO = 1e-9  # depth of a point on the horizon
_EARLY = 1.2  # halve a little before every second pixel is skipped


class Pyramid:
    """A picture and its halvings, so that no patch skips pixels and aliases."""

    def __init__(self, luma: NDArray[np.uint8]) -> None:
        self._levels = [luma]

    @property
    def luma(self) -> NDArray[np.uint8]:
        """The picture itself, height x width."""
        return self._levels[0]

    def at(self, step: int) -> NDArray[np.uint8]:
        """The picture halved ``step`` times."""
        while len(self._levels) <= step:
            last = self._levels[-1]
            size = (max(1, last.shape[1] // 2), max(1, last.shape[0] // 2))
            smaller = cv2.resize(last, size, interpolation=cv2.INTER_AREA)
            self._levels.append(np.asarray(smaller, np.uint8))
        return self._levels[step]


def reduced(luma: NDArray[np.uint8], long_side: int) -> tuple[NDArray[np.uint8], float]:
    """The picture with no side longer than so many pixels, and the factor back to its own."""
    longest = max(luma.shape)
    if longest <= long_side:
        return luma, 1.0
    factor = longest / long_side
    size = (max(1, round(luma.shape[1] / factor)), max(1, round(luma.shape[0] / factor)))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def projected(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points, count x 2, through a 3 x 3 projective map."""
    lifted = np.column_stack((points, np.ones(len(points)))) @ matrix.T
    depth = lifted[:, 2:]
    return np.asarray(
        lifted[:, :2] / np.where(np.abs(depth) < _NEARLY_ZERO, _NEARLY_ZERO, depth), np.float64
    )


def warped(
    pyramid: Pyramid,
    to_picture: NDArray[np.float64],
    start: NDArray[np.float64],
    span: float,
    scale: int,
) -> NDArray[np.float32]:
    """A square patch of grey levels, laid flat.

    Args:
        pyramid: the picture.
        to_picture: 3 x 3, from module coordinates (column, row, 1) to picture pixels.
        start: the patch's first corner in modules, (column, row).
        span: its side in modules.
        scale: pixels to a module.
    """
    size = max(1, round(span * scale))
    square = np.array(((0.0, 0.0), (span, 0.0), (span, span), (0.0, span)))
    outline = projected(to_picture, start + square).astype(np.float32)
    module = float(np.sqrt(max(cv2.contourArea(outline), 1.0))) / span
    step = int(np.clip(np.floor(np.log2(max(_EARLY * module / scale, 1.0))), 0, _MAX_HALVINGS))
    first = start + 0.5 / scale  # the first pixel's centre
    to_modules = np.array(((1 / scale, 0, first[0]), (0, 1 / scale, first[1]), (0, 0, 1.0)))
    flat = cv2.warpPerspective(
        pyramid.at(step),
        _halved(step) @ to_picture @ to_modules,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(flat, np.float32)


def _halved(step: int) -> NDArray[np.float64]:
    """From picture pixels to those of the picture halved ``step`` times."""
    factor = 0.5**step
    return np.array(((factor, 0, factor / 2 - 0.5), (0, factor, factor / 2 - 0.5), (0, 0, 1.0)))
