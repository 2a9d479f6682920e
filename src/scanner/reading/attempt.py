"""One hypothesis carried through: laid flat, bent, stretched, sampled, judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from scanner.reading.fit import bend, starts, stretch
from scanner.reading.gauge import Fit
from scanner.reading.geometry import Pyramid
from scanner.reading.hypotheses import Hypothesis
from scanner.reading.layouts import Layout, layouts
from scanner.reading.outcome import Corners, Reading
from scanner.reading.render import judge
from scanner.reading.sample import greys
from scanner.reading.symbol import side_of

LEAST_BENT = 0.52  # agreement after bending, below which nothing is sampled
_LATTICES = (5, 7)  # nodes along a side, tried in turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much work a hypothesis is worth.

    Attributes:
        first: the first place of the far corner to climb from, 0 is the likeliest.
        last: one past the last.
        layouts: canvases of one hypothesis that are fitted at most.
    """

    first: int
    last: int
    layouts: int


# Nine of ten codes are read from the first start: the others wait until all else has failed.
QUICK = Effort(first=0, last=1, layouts=2)
PATIENT = Effort(first=1, last=5, layouts=3)


@dataclass(slots=True, kw_only=True)
class Attempt:
    """How far one hypothesis came.

    Attributes:
        reading: the code, once read.
        agreement: the best of any fit with the fixed modules, -1 to 1.
    """

    reading: Reading | None = None
    agreement: float = 0.0


def attempt(
    pyramid: Pyramid, hypothesis: Hypothesis, effort: Effort, is_over: Callable[[], bool]
) -> Attempt:
    """Try to read the code where the hypothesis has it.

    Args:
        pyramid: the picture.
        hypothesis: where the code might lie.
        effort: how much to try.
        is_over: asked before every fit; True gives up.
    """
    result = Attempt()
    for layout in layouts(pyramid, hypothesis, is_over=is_over)[: effort.layouts]:
        if is_over():
            return result
        for start in islice(
            starts(layout.gauge, layout.bases, is_over=is_over), effort.first, effort.last
        ):
            if is_over():
                return result
            bent = bend(layout.gauge, start, is_over=is_over)
            for stage, fit in _fits(layout, bent, is_over):
                result.agreement = max(result.agreement, fit.agreement)
                payload = _sampled(layout, fit, is_over)
                if payload is not None:
                    corners = _corners(layout, fit)
                    result.reading = Reading(payload=payload, corners=corners, stage=stage)
                    return result
    return result


def _fits(layout: Layout, bent: Fit, is_over: Callable[[], bool]) -> Iterator[tuple[str, Fit]]:
    """The bent grid, then ever finer lattices on it; nothing where the patterns disagree."""
    if bent.agreement < LEAST_BENT:
        return
    yield "grid, bent", bent
    fit = bent
    for nodes in _LATTICES:
        if is_over():
            return
        fit = stretch(layout.gauge, fit, nodes, is_over=is_over)
        yield "grid, stretched", fit


def _sampled(layout: Layout, fit: Fit, is_over: Callable[[], bool]) -> bytes | None:
    """What zxing-cpp reads from the grid by any way of sampling it, or None; the first is always tried."""
    canvas = layout.canvas
    tried: set[bytes] = set()
    for grey in greys(canvas, fit.field):
        dark = grey > 0
        key = dark.tobytes()
        if key not in tried:
            tried.add(key)
            payload = judge(grey, dark, canvas.version)
            if payload is not None:
                return payload
        if is_over():
            return None
    return None


def _corners(layout: Layout, fit: Fit) -> Corners:
    """The symbol's outer corners under the fitted grid, in picture pixels."""
    side = side_of(layout.canvas.version)
    rigid = np.array(((0, 0), (side, 0), (side, side), (0, side)), np.float64)
    moved = fit.field[:, (0, 0, -1, -1), (0, -1, -1, 0)].T
    points = layout.canvas.picture_points(rigid + moved)
    return tuple((float(x), float(y)) for x, y in points)
