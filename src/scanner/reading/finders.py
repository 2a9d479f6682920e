"""Where the three square eyes of a code might be: nested contours on several binarisations.

An eye is a dark ring around a light ring around a dark core, with areas near 49 : 25 : 9. The core
inside its light ring is the part that must survive; where the dark ring is broken or runs into
its surroundings, its outline is taken from the light ring.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FINDER_SIDE = 7.0  # modules along the outer edge of an eye
_QUAD = 4  # corners
MAX_FINDERS = 24  # more only slows the search for triples: 24 give 2,024 of them
_NOISE = 0.3  # changes a pixel along rows; modules of 2 pixels change 0.25 times, noise 0.4
MAX_CHANGES = 700_000  # of a mask; contours of so many specks take 0.4 s in one step
MAX_NESTED = 200  # nested pairs looked at closely for one binarisation; bounds brick walls
_RING_AND_HOLE = 2  # contours around a core
_MIN_CORE_POINTS = 4  # contour points of a core; fewer cannot form a square
_MIN_CORE_AREA = 4.0  # px²; a core of 3 modules at under 0.7 px a module carries nothing
_CORE_TO_HOLE = (0.16, 0.72)  # area ratio, 9 : 25 ideally; blur and shadow shift it
_HOLE_TO_RING = (0.28, 0.86)  # area ratio, 25 : 49 ideally
_MIN_SQUARENESS = 0.62  # share of its best quadrilateral that the light ring fills
_MAX_ECCENTRICITY = 0.22  # distance of the core's centre from the ring's, in sides of the ring
_MAX_ASPECT = 3.2  # longer than wide by more: no perspective a camera meets at a door
_SAME_PLACE = 0.3  # two finds closer than this share of their side are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """One eye as found.

    Attributes:
        centre: (x, y) in picture pixels, shape 2.
        corners: the outer corners of the dark ring, clockwise on the picture, shape 4 x 2.
        axes: 2 x 2; the columns are the steps of one module along its two sides, in pixels.
        module: the mean length of such a step, in pixels.
        quality: how well the areas agree with an eye, 0 to 1, plus how often it was seen.
    """

    centre: NDArray[np.float64]
    corners: NDArray[np.float64]
    axes: NDArray[np.float64]
    module: float
    quality: float


def find_finders(
    luma: NDArray[np.uint8], *, is_over: Callable[[], bool] | None = None
) -> tuple[Finder, ...]:
    """The likely eyes of a picture, best first.

    Args:
        luma: grey levels, height x width.
        is_over: asked between binarisations; True ends the search with what it has.
    """
    found: list[Finder] = []
    for mask, scale in _binarisations(luma):
        if is_over is not None and is_over():
            break
        if not _is_noise(mask):
            found.extend(_in_mask(mask, scale))
    return _merge(found)


def _is_noise(mask: NDArray[np.uint8]) -> bool:
    """Whether colours change too often for modules: contours without end and no eye."""
    changes = int(np.count_nonzero(mask[:, 1:] != mask[:, :-1]))
    return changes > min(_NOISE * mask.size, MAX_CHANGES)


def _binarisations(luma: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Dark-is-255 masks with the number of picture pixels to one of theirs.

    Halving the picture does what larger windows and stronger blurs would do, at a quarter of
    the price: it sees large eyes whole, bridges scratches and closes broken rings.
    """
    level, scale = luma, 1.0
    for step in range(3):
        if min(level.shape) < 4 * 7:
            break
        if step == 0:
            yield _adaptive(level, 21, 6), scale
        blurred = np.asarray(cv2.GaussianBlur(level, (5, 5), 0), np.uint8)
        near = _adaptive(blurred, 51 if step == 0 else 41, 4)
        yield near, scale
        if step == 0:
            yield _closed(near), scale
        else:
            yield _otsu(blurred), scale
        level = _halve(level)
        scale *= 2


def _adaptive(luma: NDArray[np.uint8], window: int, offset: int) -> NDArray[np.uint8]:
    return np.asarray(
        cv2.adaptiveThreshold(
            luma, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, offset
        ),
        np.uint8,
    )


def _otsu(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    _, mask = cv2.threshold(luma, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return np.asarray(mask, np.uint8)


def _closed(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)


def _halve(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (luma.shape[1] // 2, luma.shape[0] // 2)
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def _in_mask(mask: NDArray[np.uint8], scale: float) -> Iterator[Finder]:
    found, hierarchy = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not found:
        return
    contours = [np.asarray(contour, np.int32) for contour in found]
    tree = np.asarray(hierarchy, np.int64)[0]
    for core in _nested_cores(contours, tree):
        finder = _judge(contours, tree, int(core), scale)
        if finder is not None:
            yield finder


def _nested_cores(
    contours: Sequence[NDArray[np.int32]], tree: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Indices of dark regions that lie alone inside a light hole inside a dark region."""
    parent = tree[:, 3]
    depth = np.zeros(len(tree), np.int64)
    walk = parent.copy()
    while (walk >= 0).any():
        depth += walk >= 0
        walk = np.where(walk >= 0, parent[walk], -1)
    points = np.fromiter(map(len, contours), np.int64, len(contours))
    alone = (tree[:, 0] < 0) & (tree[:, 1] < 0)
    inside = (depth >= _RING_AND_HOLE) & (depth % 2 == 0) & (points >= _MIN_CORE_POINTS)
    few_specks = inside & (alone | (points >= 3 * _MIN_CORE_POINTS))
    cores = np.flatnonzero(few_specks)
    return cores[np.argsort(-points[cores], kind="stable")[:MAX_NESTED]]


def _judge(
    contours: Sequence[NDArray[np.int32]], tree: NDArray[np.int64], core: int, scale: float
) -> Finder | None:
    """The eye around this core, or None where areas or shapes speak against it."""
    hole = int(tree[core, 3])
    ring = int(tree[hole, 3])
    core_area = cv2.contourArea(contours[core])
    hole_area = cv2.contourArea(contours[hole])
    if core_area < _MIN_CORE_AREA or not _within(core_area, hole_area, _CORE_TO_HOLE):
        return None
    inner = _quad(contours[hole])
    if hole_area < _MIN_SQUARENESS * cv2.contourArea(inner.astype(np.float32)):
        return None
    centre = _centroid(contours[core])
    side = float(np.sqrt(hole_area))
    if float(np.linalg.norm(centre - inner.mean(axis=0))) > _MAX_ECCENTRICITY * side:
        return None
    ring_area = cv2.contourArea(contours[ring])
    quality = 1 - abs(core_area / hole_area - 9 / 25)
    if _within(hole_area, ring_area, _HOLE_TO_RING):
        outer, reach = _grown(_quad(contours[ring]), 0.5), 7.0
        quality += 1 - abs(hole_area / ring_area - 25 / 49)
    else:
        outer, reach = _grown(inner, -0.5), 5.0
    return _finder(centre, outer, reach, scale, quality)


def _finder(
    centre: NDArray[np.float64],
    quad: NDArray[np.float64],
    reach: float,
    scale: float,
    quality: float,
) -> Finder | None:
    """An eye from a quadrilateral that is ``reach`` modules wide."""
    middle = quad.mean(axis=0)
    corners = middle + (quad - middle) * (FINDER_SIDE / reach)
    along = (corners[1] + corners[2] - corners[0] - corners[3]) / (2 * FINDER_SIDE)
    down = (corners[2] + corners[3] - corners[0] - corners[1]) / (2 * FINDER_SIDE)
    axes = np.stack((along, down), axis=1) * scale
    lengths = np.linalg.norm(axes, axis=0)
    area = float(np.linalg.det(axes))
    if lengths.max() > _MAX_ASPECT * lengths.min() or area <= 0:
        return None
    return Finder(
        centre=_to_picture((centre + middle) / 2, scale),
        corners=_to_picture(corners, scale),
        axes=axes,
        module=float(np.sqrt(area)),
        quality=quality,
    )


def _to_picture(points: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """From pixels of a reduced mask to picture pixels; pixel centres lie at whole numbers."""
    return (points + 0.5) * scale - 0.5


def _within(small: float, large: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] * large <= small <= bounds[1] * large


def _centroid(contour: NDArray[np.int32]) -> NDArray[np.float64]:
    moments = cv2.moments(contour)
    if moments["m00"] == 0:
        return np.asarray(contour.reshape(-1, 2).mean(axis=0), np.float64)
    return np.array((moments["m10"], moments["m01"])) / moments["m00"]


def _quad(contour: NDArray[np.int32]) -> NDArray[np.float64]:
    """The quadrilateral that follows a contour best, clockwise on the picture, 4 x 2."""
    hull = cv2.convexHull(contour)
    length = cv2.arcLength(hull, closed=True)
    for tolerance in (0.03, 0.05, 0.07, 0.1):
        outline = cv2.approxPolyDP(hull, tolerance * length, closed=True)
        if len(outline) == _QUAD:
            return _clockwise(outline.reshape(4, 2).astype(np.float64))
        if len(outline) < _QUAD:
            break
    return _clockwise(np.asarray(cv2.boxPoints(cv2.minAreaRect(hull)), np.float64))


def _clockwise(quad: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = quad.mean(axis=0)
    angles = np.arctan2(quad[:, 1] - middle[1], quad[:, 0] - middle[0])
    return quad[np.argsort(angles)]


def _grown(quad: NDArray[np.float64], pixels: float) -> NDArray[np.float64]:
    """Every corner moved outwards along both sides; contours run through pixel centres."""
    middle = quad.mean(axis=0)
    half = np.abs(quad - middle).mean() + 1e-9
    return np.asarray(middle + (quad - middle) * (1 + pixels / half), np.float64)


def _merge(found: list[Finder]) -> tuple[Finder, ...]:
    """One finder a place: the best seen there, its quality raised by how often it was seen."""
    ranked = sorted(found, key=lambda each: -each.quality)
    centres = np.array([each.centre for each in ranked]).reshape(-1, 2)
    modules = np.array([each.module for each in ranked])
    kept: list[Finder] = []
    seen: list[int] = []
    chosen = np.zeros(len(ranked), np.intp)  # places in ``ranked`` of those kept, as far as filled
    for index, finder in enumerate(ranked):
        others = chosen[: len(kept)]
        away = np.hypot(*(centres[others] - centres[index]).T)
        near = away < _SAME_PLACE * FINDER_SIDE * np.maximum(modules[others], modules[index])
        if near.any():
            seen[int(np.argmax(near))] += 1
        else:
            chosen[len(kept)] = index
            kept.append(finder)
            seen.append(1)
    order = sorted(range(len(kept)), key=lambda i: -kept[i].quality - 0.3 * min(seen[i], 5))
    return tuple(kept[i] for i in order[:MAX_FINDERS])
