"""Which eyes belong together, and how many modules lie between them.

Three eyes make a hypothesis when, measured in the modules of the corner eye itself, the other two
lie along its sides, at a right angle and equally far: a test that perspective and shear do not
disturb. Two eyes make one too, along their own axes, the third being invented.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from scanner.reading.finders import FINDER_SIDE, Finder
from scanner.reading.symbol import MAX_VERSION, MIN_VERSION, nearest_version, side_of

MAX_TRIPLES = 10  # of all triples the best scored; each costs up to three canvases
MAX_PAIRS = 12  # each pair is tried in up to four positions
_MIN_DISTANCE = 10.0  # modules between eye centres; version 1 has 14
_MAX_DISTANCE = 190.0  # modules; version 40 has 170
_MAX_MODULE_RATIO = 2.3  # between the eyes of one code, even in strong perspective
_MAX_LEG_RATIO = 1.7  # longer to shorter side in modules; curvature and perspective
_MAX_ANGLE = 32.0  # degrees a corner may differ from a right angle in its own frame
_MAX_PAIR_ANGLE = 16.0  # degrees a pair may lie off its own axes
_LEAST_EYES = 2  # with one, nothing says how far the code reaches
_QUALITY_WEIGHT = 0.4  # of an eye's looks against geometry; a guess, not measured
_EYE_CORNERS = ((0, 0), (1, 0), (0, 1))  # (column, row), counted from afar where 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """A guess at where a code lies.

    Attributes:
        modules: module coordinates of known points, (column, row), count x 2, with the far side
            written as if the symbol had ``side`` 0: add ``far * side`` to place them.
        far: 0 or 1 for each coordinate: whether it counts from the far side, count x 2.
        points: the same points in picture pixels (x, y), count x 2.
        side: modules along one side as measured, not yet a legal number.
        module: pixels to a module, roughly.
        finders: the eyes it rests on, two or three.
    """

    modules: NDArray[np.float64]
    far: NDArray[np.float64]
    points: NDArray[np.float64]
    side: float
    module: float
    finders: tuple[Finder, ...]

    @property
    def versions(self) -> tuple[int, ...]:
        """The three versions that come nearest to the measured side, nearest first."""
        best = nearest_version(self.side)
        lean = 1 if self.side > side_of(best) else -1
        near = (best, best + lean, best - lean)
        return tuple(v for v in near if MIN_VERSION <= v <= MAX_VERSION)

    @property
    def lost(self) -> tuple[int, int] | None:
        """The corner whose eye is invented, as (column, row) counted from afar: 0 or 1 each."""
        seen = {(int(column), int(row)) for column, row in self.far}
        return next((corner for corner in _EYE_CORNERS if corner not in seen), None)

    def placed(self, version: int) -> NDArray[np.float64]:
        """Module coordinates of the known points in a symbol of this version, count x 2."""
        return self.modules + self.far * side_of(version)


def find_hypotheses(finders: tuple[Finder, ...]) -> Iterator[Hypothesis]:
    """Guesses in the order in which they deserve the work: triples first, then pairs."""
    if len(finders) < _LEAST_EYES:
        return
    relations = _Relations(finders)
    yield from islice(_triples(finders, relations), MAX_TRIPLES)
    yield from islice(_pairs(finders, relations), MAX_PAIRS)


class _Relations:
    """Each eye seen from each other, in the modules of the one that looks.

    Attributes:
        offset: [i, j] is the step from i to j in modules along i's own axes, n x n x 2.
        distance: the geometric mean of both views, in modules, n x n.
        alike: whether the two are of a size, n x n.
    """

    def __init__(self, finders: tuple[Finder, ...]) -> None:
        centres = np.array([finder.centre for finder in finders])
        inverse = np.linalg.inv(np.array([finder.axes for finder in finders]))
        module = np.array([finder.module for finder in finders])
        self.offset = np.einsum("iab,ijb->ija", inverse, centres[None] - centres[:, None])
        length = np.linalg.norm(self.offset, axis=2)
        self.distance = np.sqrt(length * length.T)
        ratio = module[:, None] / module[None]
        in_reach = (self.distance > _MIN_DISTANCE) & (self.distance < _MAX_DISTANCE)
        alike = np.maximum(ratio, ratio.T) < _MAX_MODULE_RATIO
        self.alike = alike & in_reach
        self.unlike = np.abs(np.log(ratio))


def _triples(finders: tuple[Finder, ...], relations: _Relations) -> Iterator[Hypothesis]:
    """Corner, right and lower eye of every triple that could be one code, best first."""
    count = len(finders)
    scored: list[tuple[float, int, int, int]] = []
    for corner in range(count):
        near = np.flatnonzero(relations.alike[corner])
        cost = _corner_costs(relations, corner, near)
        for a, b in np.argwhere(np.isfinite(cost)):
            right, lower = int(near[a]), int(near[b])
            looks = finders[corner].quality + finders[right].quality + finders[lower].quality
            scored.append((float(cost[a, b]) - _QUALITY_WEIGHT * looks, corner, right, lower))
    scored.sort()
    for _, corner, right, lower in scored:
        side = (relations.distance[corner, right] + relations.distance[corner, lower]) / 2
        yield _from_triple(finders[corner], finders[right], finders[lower], float(side))


def _corner_costs(
    relations: _Relations, corner: int, near: NDArray[np.intp]
) -> NDArray[np.float64]:
    """How badly each (right, lower) pair suits this corner; infinite where it cannot be."""
    offset = relations.offset[corner, near]
    angle = np.degrees(np.arctan2(offset[:, 1], offset[:, 0]))
    turn = (angle[None, :] - angle[:, None] + 180) % 360 - 180
    skew = np.abs(turn - 90)
    legs = relations.distance[corner, near]
    leg_ratio = np.abs(np.log(legs[:, None] / legs[None, :]))
    off_axis = np.abs((angle + 45) % 90 - 45)
    sizes = relations.unlike[np.ix_(near, near)] + relations.unlike[corner, near][:, None]
    cost = skew / 20 + leg_ratio * 4 + (off_axis[:, None] + off_axis[None, :]) / 40 + sizes * 2
    bad = (skew > _MAX_ANGLE) | (leg_ratio > np.log(_MAX_LEG_RATIO))
    bad |= ~relations.alike[np.ix_(near, near)]
    return np.where(bad, np.inf, cost)


def _from_triple(corner: Finder, right: Finder, lower: Finder, distance: float) -> Hypothesis:
    across = right.centre - corner.centre
    down = lower.centre - corner.centre
    frames = (
        _framed(corner, across, down, (0.0, 0.0)),
        _framed(right, across, down, (1.0, 0.0)),
        _framed(lower, across, down, (0.0, 1.0)),
    )
    return _joined(frames, distance, (corner, right, lower))


def _pairs(finders: tuple[Finder, ...], relations: _Relations) -> Iterator[Hypothesis]:
    """Every placement of two eyes that lie along, or across, their own axes; likely ones first."""
    scored: list[tuple[float, int, int, bool]] = []
    for i, j in np.argwhere(np.triu(relations.alike, 1)):
        for diagonal in (False, True):
            off = _off_axis(relations, int(i), int(j), diagonal=diagonal)
            if off < _MAX_PAIR_ANGLE:
                looks = finders[i].quality + finders[j].quality
                unlike = float(relations.unlike[i, j])
                cost = off / 8 + unlike * 2 - _QUALITY_WEIGHT * looks + 0.8 * diagonal
                scored.append((cost, int(i), int(j), diagonal))
    scored.sort()
    for _, i, j, diagonal in scored:
        place = _diagonal if diagonal else _sideways
        yield from place(finders[i], finders[j], float(relations.distance[i, j]))


def _off_axis(relations: _Relations, i: int, j: int, *, diagonal: bool) -> float:
    """Degrees by which the line between two eyes misses their axes (or their diagonals)."""
    both = np.stack((relations.offset[i, j], relations.offset[j, i]))
    angle = np.degrees(np.arctan2(both[:, 1], both[:, 0])) + (45 if diagonal else 0)
    return float(np.abs((angle + 45) % 90 - 45).max())


def _sideways(one: Finder, other: Finder, distance: float) -> Iterator[Hypothesis]:
    """Two eyes along one side of the code: it may lie on either hand, the third at either end."""
    for first, second in ((one, other), (other, one)):
        across = second.centre - first.centre
        down = _turned(first, second, across)
        # first and second as corner and right eye, or as lower and corner eye
        top = (
            _framed(first, across, down, (0.0, 0.0)),
            _framed(second, across, down, (1.0, 0.0)),
        )
        yield _joined(top, distance, (first, second))
        left = (
            _framed(first, down, -across, (0.0, 1.0)),
            _framed(second, down, -across, (0.0, 0.0)),
        )
        yield _joined(left, distance, (first, second))


def _diagonal(one: Finder, other: Finder, distance: float) -> Iterator[Hypothesis]:
    """Right and lower eye of a code whose corner eye is lost."""
    for right, lower in ((one, other), (other, one)):
        step = lower.centre - right.centre
        turned = _turned(right, lower, step)
        across, down = -(step + turned) / 2, (step - turned) / 2
        frames = (
            _framed(right, across, down, (1.0, 0.0)),
            _framed(lower, across, down, (0.0, 1.0)),
        )
        yield _joined(frames, distance / np.sqrt(2), (right, lower))


def _turned(one: Finder, other: Finder, along: NDArray[np.float64]) -> NDArray[np.float64]:
    """The step a quarter turn clockwise of ``along``, sheared as the eyes are."""
    mean = one.axes + _matched(other.axes, one.axes)
    steps = np.linalg.solve(mean, along)
    return np.asarray(mean @ np.array((-steps[1], steps[0])), np.float64)


def _matched(axes: NDArray[np.float64], like: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same two axes, turned by quarters until they point as ``like`` does."""
    turns = [axes]
    for _ in range(3):
        turns.append(np.stack((turns[-1][:, 1], -turns[-1][:, 0]), axis=1))
    return max(turns, key=lambda turn: float((turn * like).sum()))


_Frame = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _framed(
    finder: Finder,
    across: NDArray[np.float64],
    down: NDArray[np.float64],
    far: tuple[float, float],
) -> _Frame:
    """An eye's centre and corners in modules, whether they count from afar, and in pixels."""
    frame = np.stack((across, down), axis=1)
    local = np.linalg.solve(frame, (finder.corners - finder.corners.mean(axis=0)).T).T
    order = np.argsort(np.arctan2(local[:, 1], local[:, 0]))
    corners = finder.corners[_rolled(order, local)]
    square = np.array(((3.5, 3.5), (0.0, 0.0), (7.0, 0.0), (7.0, 7.0), (0.0, 7.0)))
    distant = np.array(far)
    modules = square - distant * FINDER_SIDE
    return modules, np.tile(distant, (5, 1)), np.vstack((finder.centre, corners))


def _rolled(order: NDArray[np.intp], local: NDArray[np.float64]) -> NDArray[np.intp]:
    """Clockwise corner order that begins near (-, -)."""
    ideal = np.array(((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)))
    return max(
        (np.roll(order, shift) for shift in range(4)),
        key=lambda turned: float((local[turned] * ideal).sum()),
    )


def _joined(frames: tuple[_Frame, ...], distance: float, finders: tuple[Finder, ...]) -> Hypothesis:
    modules, far, points = (np.vstack(parts) for parts in zip(*frames, strict=True))
    return Hypothesis(
        modules=modules,
        far=far,
        points=points,
        side=distance + FINDER_SIDE,
        module=float(np.mean([finder.module for finder in finders])),
        finders=finders,
    )
