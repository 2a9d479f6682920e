"""Eyes that no contour shows: sought by their likeness to an eye, at every size.

Where motion or defocus has run the rings together, or a scratch has opened them, the pattern as a
whole still correlates with an eye. The picture is compared with an eye seen from all sides at once
at a ladder of sizes; each likely place is then turned and resized until it matches best.
"""

from collections.abc import Callable, Iterator
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.reading.finders import FINDER_SIDE, Finder
from scanner.reading.symbol import fixed_modules

MAX_LIKENESSES = 14  # finders returned at most; each pair of them may cost a hypothesis
_MODULE = 2.5  # pixels to a module in the reduced picture, the least that shows the rings
_SMALLEST = 3.4  # pixels to a module in the picture; smaller eyes cost four times the time
_LADDER = 1.35  # from one size to the next; ``_SIZES`` fills the steps between
_RUNGS = 9  # the last sees eyes with modules of 37 pixels
_FRAME = 9  # modules: an eye with its light surroundings
_LEAST_LIKENESS = 0.5  # with the eye from all sides; only a first sieve
_LEAST_MATCH = 0.6  # with the eye turned and sized; motion blur of 2 modules still reaches it
_PEAKS = 6  # places a rung that are looked at
_FINE = 4  # pixels to a module while turning and resizing
_SLACK = 1.5  # modules by which the place may move meanwhile
_TURNS = tuple(range(0, 90, 15))  # degrees; an eye repeats itself every quarter turn
_SIZES = (0.78, 0.86, 0.93, 1.0, 1.08, 1.16, 1.26)  # of the rung's module


def find_by_likeness(
    luma: NDArray[np.uint8], *, is_over: Callable[[], bool] | None = None
) -> tuple[Finder, ...]:
    """The likely eyes of a picture, best first, at most ``MAX_LIKENESSES``.

    Args:
        luma: grey levels, height x width.
        is_over: asked before each size of eye; True ends the search with what it has.
    """
    found = sorted(_everywhere(luma, is_over), key=lambda finder: -finder.quality)
    kept: list[Finder] = []
    for finder in found:
        if all(are_apart(finder, other) for other in kept):
            kept.append(finder)
    return tuple(kept[:MAX_LIKENESSES])


def _everywhere(luma: NDArray[np.uint8], is_over: Callable[[], bool] | None) -> Iterator[Finder]:
    module = _SMALLEST
    for _ in range(_RUNGS):
        if is_over is not None and is_over():
            return
        factor = module / _MODULE
        size = (round(luma.shape[1] / factor), round(luma.shape[0] / factor))
        if min(size) < _FRAME * _MODULE:
            return
        small = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
        for x, y in _peaks(small):
            centre = (np.array((x, y)) + 0.5) * factor - 0.5
            finder = _turned_and_sized(luma, centre, module)
            if finder is not None:
                yield finder
        module *= _LADDER


def _peaks(small: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """The most likely places, (x, y) in pixels of the reduced picture, none near another."""
    template = _from_all_sides()
    half = template.shape[0] // 2
    match = cv2.matchTemplate(small.astype(np.float32), template, cv2.TM_CCOEFF_NORMED)
    near = np.ones((2 * half + 1, 2 * half + 1), np.uint8)
    is_peak = (match >= cv2.dilate(match, near)) & (match > _LEAST_LIKENESS)
    rows, columns = np.nonzero(is_peak)
    order = np.argsort(-match[rows, columns])[:_PEAKS]
    return [(int(columns[i]) + half, int(rows[i]) + half) for i in order]


def _turned_and_sized(
    luma: NDArray[np.uint8], centre: NDArray[np.float64], module: float
) -> Finder | None:
    """The eye at this place that matches best of all turns and sizes, or None."""
    turns = [_axes(np.radians(turn), module) for turn in _TURNS]
    best = max(turns, key=lambda axes: _matched(luma, centre, axes)[0])
    sizes = [best * size for size in _SIZES]
    match, shift, axes = max(
        ((*_matched(luma, centre, axes), axes) for axes in sizes), key=lambda found: found[0]
    )
    if match < _LEAST_MATCH:
        return None
    middle = centre + axes @ shift
    square = np.array(((-1, -1), (1, -1), (1, 1), (-1, 1))) * (FINDER_SIDE / 2)
    return Finder(
        centre=middle,
        corners=middle + square @ axes.T,
        axes=axes,
        module=float(np.linalg.norm(axes[:, 0])),
        quality=match,
    )


def _matched(
    luma: NDArray[np.uint8], centre: NDArray[np.float64], axes: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """How well an eye along these axes matches near a place, and where, in modules from it."""
    span = _FRAME + 2 * _SLACK
    size = round(span * _FINE)
    start = 0.5 / _FINE - span / 2  # the first pixel's centre in modules
    to_picture = np.column_stack((axes / _FINE, centre + axes @ np.full(2, start)))
    patch = cv2.warpAffine(
        luma,
        to_picture,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    match = cv2.matchTemplate(patch.astype(np.float32), _upright(), cv2.TM_CCOEFF_NORMED)
    _, best, _, place = cv2.minMaxLoc(match)
    return best, np.array(place) / _FINE - _SLACK


def _axes(angle: float, module: float) -> NDArray[np.float64]:
    cosine, sine = np.cos(angle) * module, np.sin(angle) * module
    return np.array(((cosine, -sine), (sine, cosine)))


@cache
def _upright() -> NDArray[np.float32]:
    """An eye with its light surroundings, light is high, ``_FINE`` pixels to a module."""
    rings = np.pad(fixed_modules(1)[:7, :7], 1, constant_values=-1)
    large = -rings.astype(np.float32).repeat(_FINE, 0).repeat(_FINE, 1)
    return np.asarray(cv2.blur(large, (_FINE, _FINE)), np.float32)


@cache
def _from_all_sides() -> NDArray[np.float32]:
    """The mean of an eye over all turns, ``_MODULE`` pixels to a module."""
    eye = _upright()
    middle = (eye.shape[0] - 1) / 2
    turned = [
        cv2.warpAffine(
            eye,
            cv2.getRotationMatrix2D((middle, middle), turn, 1),
            eye.shape,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for turn in range(0, 90, 10)
    ]
    side = round(_FRAME * _MODULE) | 1
    mean = np.mean(np.asarray(turned, np.float32), axis=0)
    return np.asarray(cv2.resize(mean, (side, side), interpolation=cv2.INTER_AREA), np.float32)


def are_apart(one: Finder, other: Finder) -> bool:
    """Whether two eyes lie at different places."""
    reach = FINDER_SIDE / 2 * max(one.module, other.module)
    return float(np.linalg.norm(one.centre - other.centre)) > reach
