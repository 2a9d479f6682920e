"""An elastic grid pulled over the canvas until the patterns the standard fixes agree.

First the whole grid is bent by twelve terms (shift, shear, keystone, curvature), climbing from the
likeliest places of the one corner that has no eye. Then a lattice of nodes moves, each node where
it gains most, held by its neighbours as by springs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from scanner.reading.gauge import Field, Fit, Gauge

_STEPS = (0.8, 0.4, 0.2, 0.1)  # modules a term moves the rim of the grid by, coarse to fine
_SWEEPS = 2  # over all terms at each step; a third won 1 picture of 290
_KEYSTONES = (-5.0, -3.0, -1.5, 0.0, 1.5, 3.0, 5.0)  # modules the far corner may be off by
_APART = 2.5  # modules between the far corners of two starts, or they climb the same hill
_LATTICE_STEPS = (0.5, 0.25, 0.125)  # modules a node moves by
_DIRECTIONS = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))
_COLOURS = ((0, 0), (0, 1), (1, 0), (1, 1))  # nodes of one colour share no module
_SPRING = (
    0.15  # pull of a node to its neighbours, for each module²; at 1.0, 9 of 119 reads are lost
)


def _never() -> bool:
    return False


def starts(
    gauge: Gauge, bases: tuple[Field, ...], *, is_over: Callable[[], bool] = _never
) -> Iterator[Field]:
    """Fields with the corner that has no eye at various places, best first, none near another.

    Args:
        gauge: of the canvas.
        bases: the fields to vary, such as the rigid grid.
        is_over: asked before each base but the first; True leaves out the rest.
    """
    along = np.linspace(0, 1, gauge.side, dtype=np.float32)
    ramp = along[:, None] * along[None, :]
    fields: list[Field] = []
    scores: list[float] = []
    for number, base in enumerate(bases):
        if number and is_over():
            break
        for x, y in product(_KEYSTONES, _KEYSTONES):
            fields.append(base + np.stack((ramp * np.float32(x), ramp * np.float32(y))))
            scores.append(gauge.score(fields[-1]))
    taken: list[NDArray[np.float32]] = []
    for index in np.argsort(scores)[::-1]:
        corner = fields[index][:, -1, -1]
        if all(np.linalg.norm(corner - other) >= _APART for other in taken):
            taken.append(corner)
            yield fields[index]


def bend(gauge: Gauge, start: Field, *, is_over: Callable[[], bool] = _never) -> Fit:
    """The grid bent as a whole: one term at a time while it pays, in ever smaller steps.

    Args:
        gauge: of the canvas.
        start: the field to begin from.
        is_over: asked before each smaller step, of 0.1 s in the largest codes; True ends the climb.
    """
    field, best = start, gauge.score(start)
    for number, step in enumerate(_STEPS):
        if number and is_over():
            break
        for _ in range(_SWEEPS):
            before = best
            field, best = _swept(gauge, field, best, np.float32(step))
            if best <= before:
                break
    return gauge.fit_of(field)


def _swept(gauge: Gauge, field: Field, best: float, step: np.float32) -> tuple[Field, float]:
    """Every term tried once in both directions."""
    for axis in (0, 1):
        for term in _terms(gauge.side):
            for move in (step, -step):
                trial = field.copy()
                trial[axis] += move * term
                score = gauge.score(trial)
                if score > best:
                    field, best = trial, score
                    break
    return field, best


@cache
def _terms(side: int) -> NDArray[np.float32]:
    """The six shapes each axis is bent by, at most 1 at the rim, 6 x side x side."""
    along = np.linspace(-1, 1, side, dtype=np.float32)
    u, v = np.meshgrid(along, along)
    return np.stack((np.ones_like(u), u, v, u * v, u * u, v * v))


@dataclass(slots=True, kw_only=True)
class _Lattice:
    """Nodes over the grid and what the modules between them are worth.

    Attributes:
        nodes: displacement of each node in modules, 2 x count x count.
        worth: of every module as the nodes stand, side x side.
    """

    nodes: NDArray[np.float32]
    worth: NDArray[np.float32]


def stretch(gauge: Gauge, fit: Fit, count: int, *, is_over: Callable[[], bool] = _never) -> Fit:
    """The fit with a lattice of count x count nodes moved, each held by its neighbours.

    Args:
        gauge: of the canvas.
        fit: the grid to stretch.
        count: nodes along a side.
        is_over: asked before each smaller step, of 0.1 s in the largest codes; True ends the climb.
    """
    nodes = np.zeros((2, count, count), np.float32)
    lattice = _Lattice(nodes=nodes, worth=gauge.worth(gauge.seen(fit.field)))
    for number, step in enumerate(_LATTICE_STEPS):
        if number and is_over():
            break
        for _ in range(_SWEEPS):
            moved = [
                _nudge(gauge, fit.field, lattice, colour, np.array(direction, np.float32) * step)
                for colour in _COLOURS
                for direction in _DIRECTIONS
            ]
            if not any(moved):
                break
    return gauge.fit_of(_displaced(fit.field, lattice.nodes))


def _nudge(
    gauge: Gauge,
    field: Field,
    lattice: _Lattice,
    colour: tuple[int, int],
    move: NDArray[np.float32],
) -> bool:
    """Move those nodes of one colour that gain by it; whether any did."""
    count = lattice.nodes.shape[1]
    chosen = np.zeros((count, count), bool)
    chosen[colour[0] :: 2, colour[1] :: 2] = True
    trial = lattice.nodes + move[:, None, None] * chosen
    worth = gauge.worth(gauge.seen(_displaced(field, trial)))
    reach = (_hats(gauge.side, count) > 0).astype(np.float32)
    gain = reach.T @ (worth - lattice.worth) @ reach
    gain -= (_tension(trial) - _tension(lattice.nodes)) * (_SPRING / count**2)
    accepted = chosen & (gain > 0)
    if not accepted.any():
        return False
    lattice.nodes += move[:, None, None] * accepted
    lattice.worth = gauge.worth(gauge.seen(_displaced(field, lattice.nodes)))
    return True


def _tension(nodes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The squared distance of each node from its neighbours, summed, count x count."""
    across = (np.diff(nodes, axis=2) ** 2).sum(axis=0)
    down = (np.diff(nodes, axis=1) ** 2).sum(axis=0)
    total = np.zeros(nodes.shape[1:], np.float32)
    total[:, 1:] += across
    total[:, :-1] += across
    total[1:] += down
    total[:-1] += down
    return total


def _displaced(field: Field, nodes: NDArray[np.float32]) -> Field:
    spread = _hats(field.shape[1], nodes.shape[1])
    return np.asarray(field + spread @ nodes @ spread.T, np.float32)


@cache
def _hats(side: int, count: int) -> NDArray[np.float32]:
    """Linear interpolation from nodes to modules, side x count."""
    place = np.linspace(0, count - 1, side)[:, None]
    hats = np.maximum(0, 1 - np.abs(place - np.arange(count)[None, :]))
    return np.asarray(hats, np.float32)
