"""Known patterns sought where a rough map says they should be, to make the map a better one.

A broken eye or an alignment pattern still resembles itself, even where no contour closes; but to
look for it everywhere would cost too much and find it too often. Here it is sought only in a
window around its expected place, by correlation.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.reading.geometry import Pyramid, projected, warped
from scanner.reading.symbol import alignment_centres, fixed_modules, side_of

_SCALE = 4  # pixels a module while seeking; finer moves the find by under a tenth of a module
_EYE_REACH = 3.0  # modules around its expected place where a lost eye is sought, and ...
_EYE_REACH_SHARE = 0.12  # ... this share of the side: two eyes say little about a large code
_ALIGNMENT_REACH = 3.5  # the same for the alignment pattern opposite the corner eye
_ALIGNMENT_REACH_SHARE = 0.05
_MIN_EYE_MATCH = 0.5  # normalised correlation; a wrong place costs only this hypothesis
_MIN_ALIGNMENT_MATCH = 0.55
_EYE_CENTRE = 3.5  # modules from the two near edges
_ALIGNMENT_WEIGHT = 5  # points: one pattern counts like an eye with its corners


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Points known in modules and in the picture, from which a map is made.

    Attributes:
        modules: (column, row), count x 2.
        points: (x, y) in picture pixels, count x 2.
        perspective: whether the points reach far enough to tell perspective from shear.
    """

    modules: NDArray[np.float64]
    points: NDArray[np.float64]
    perspective: bool

    def to_picture(self) -> NDArray[np.float64] | None:
        """The map from modules to picture pixels, 3 x 3; None where the points have no spread."""
        if self.perspective:
            found, _ = cv2.findHomography(self.modules, self.points, 0)
            matrix = np.asarray(found, np.float64)  # of no shape at all where OpenCV finds none
            return matrix if matrix.shape == (3, 3) else None
        design = np.column_stack((self.modules, np.ones(len(self.modules))))
        steps, *_ = np.linalg.lstsq(design, self.points, rcond=None)
        return np.vstack((steps.T, (0.0, 0.0, 1.0)))

    def also(self, modules: NDArray[np.float64], points: NDArray[np.float64]) -> "Control":
        """The same with more points, which now tell perspective."""
        return Control(
            modules=np.vstack((self.modules, modules)),
            points=np.vstack((self.points, points)),
            perspective=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """What to look for, at ``_SCALE`` pixels a module, and how well it must match."""

    template: NDArray[np.float32]
    least_match: float


def with_lost_eye(
    pyramid: Pyramid, control: Control, version: int, lost: tuple[int, int]
) -> Control | None:
    """The control points with the eye that no contour showed, or None where it is not seen.

    Args:
        pyramid: the picture.
        control: points of two eyes.
        version: 1 to 40.
        lost: 0 or 1 for column and row: the corner whose eye is missing, counted from afar.
    """
    to_picture = control.to_picture()
    if to_picture is None:
        return None
    side = side_of(version)
    centre = np.array(lost) * (side - 2 * _EYE_CENTRE) + _EYE_CENTRE
    reach = _EYE_REACH + _EYE_REACH_SHARE * side
    found = _sought(pyramid, to_picture, centre, reach, _eye())
    if found is None:
        return None
    corners = np.array(((0, 0), (-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)))
    seen = projected(to_picture, found + corners)
    return control.also(centre + corners, seen)


def with_far_alignment(pyramid: Pyramid, control: Control, version: int) -> Control | None:
    """The control points with the alignment pattern opposite the corner eye, if it is seen."""
    centres = alignment_centres(version)
    to_picture = control.to_picture()
    if not centres or to_picture is None:
        return None
    centre = np.full(2, centres[-1] + 0.5)
    reach = _ALIGNMENT_REACH + _ALIGNMENT_REACH_SHARE * side_of(version)
    found = _sought(pyramid, to_picture, centre, reach, _alignment())
    if found is None:
        return None
    seen = projected(to_picture, found[None])
    return control.also(
        np.tile(centre, (_ALIGNMENT_WEIGHT, 1)), np.tile(seen, (_ALIGNMENT_WEIGHT, 1))
    )


def _sought(
    pyramid: Pyramid,
    to_picture: NDArray[np.float64],
    centre: NDArray[np.float64],
    reach: float,
    pattern: _Pattern,
) -> NDArray[np.float64] | None:
    """Where, in modules, the pattern matches best around its expected centre, or None."""
    template = pattern.template
    half = template.shape[0] / _SCALE / 2
    start = centre - reach - half
    patch = warped(pyramid, to_picture, start, 2 * (reach + half), _SCALE)
    match = cv2.matchTemplate(-patch, template, cv2.TM_CCOEFF_NORMED)
    _, best, _, place = cv2.minMaxLoc(match)
    if best < pattern.least_match:
        return None
    return np.asarray(start + np.array(place) / _SCALE + half, np.float64)


@cache
def _eye() -> _Pattern:
    rings = np.pad(fixed_modules(1)[:7, :7], 1, constant_values=-1)
    return _Pattern(template=_enlarged(rings), least_match=_MIN_EYE_MATCH)


@cache
def _alignment() -> _Pattern:
    rings = np.full((5, 5), 1, np.int8)
    rings[1:4, 1:4] = -1
    rings[2, 2] = 1
    return _Pattern(template=_enlarged(rings), least_match=_MIN_ALIGNMENT_MATCH)


def _enlarged(rings: NDArray[np.int8]) -> NDArray[np.float32]:
    large = rings.astype(np.float32).repeat(_SCALE, 0).repeat(_SCALE, 1)
    return np.asarray(cv2.blur(large, (3, 3)), np.float32)
