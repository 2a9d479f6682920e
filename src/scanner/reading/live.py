"""A stream of pictures looked at in turn, for codes that a first decoder did not read.

Unlike a still, the next picture may be better: no picture is worth more than a look, and what a
look could not read is kept for the sum of several (``fusion``). Means in order of price: zxing-cpp
on cleaned pictures; eyes that contours show, around the last place first; eyes of mere likeness.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from scanner.reading.cleaned import calmed, read_cleaned, read_halved
from scanner.reading.finders import Finder, find_finders
from scanner.reading.fit import bend, starts, stretch
from scanner.reading.fusion import Fusion, sampled
from scanner.reading.gauge import Fit
from scanner.reading.geometry import Pyramid, reduced
from scanner.reading.hypotheses import Hypothesis, find_hypotheses
from scanner.reading.layouts import Layout, layouts
from scanner.reading.likeness import find_by_likeness
from scanner.reading.outcome import Corners, Reading
from scanner.reading.render import judge
from scanner.reading.sample import Grey, greys
from scanner.reading.symbol import side_of

Deadline = Callable[[], bool]
"""Answers True once the work should be given up. The caller owns the clock."""

WORKING_SIZE = 1280  # pixels of the long side
_LEAST_SIDE = 21  # pixels; the smallest symbol has as many modules
_LEAST_FIT = 0.45  # agreement of a bent grid that is sampled; single pictures need 0.52
_CLEAR_FIT = 0.6  # agreement worth a lattice, which costs as much as all before
_ASSURED = 0.6  # agreement at which a look is spent; the next may begin with another guess
_LAYOUTS = 2  # canvases of one hypothesis
_MAX_HYPOTHESES = 4  # from one kind of eyes; the right one was always among them
_NEAR = 0.6  # of a code's side around its last place that is looked at first
_MOST_MISSES = 3  # looks around a place in which no grid agreed, until all is looked over again
_LATTICE = 5  # nodes along a side
Seek = Callable[[NDArray[np.uint8]], tuple[Finder, ...]]
_SEEKS: tuple[Seek, ...] = (find_by_likeness, find_finders)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of a picture: its grey levels, and where its first pixel lies."""

    luma: NDArray[np.uint8]
    left: int = 0
    top: int = 0

    def in_picture(self, corners: Corners) -> Corners:
        return tuple((x + self.left, y + self.top) for x, y in corners)


class LiveReader:
    """Looks at one picture after another; what they show is added up in between."""

    def __init__(self) -> None:
        self._fusion = Fusion()
        self._place: Corners | None = None  # where a grid last agreed
        self._misses = 0  # looks since then that saw nothing there
        self._turn = 0
        self._glances = 0
        self._skip = 0

    def forget(self) -> None:
        """What was held up has left the view."""
        self._fusion.clear()
        self._place = None

    def glance(
        self, luma: NDArray[np.uint8], *, known: tuple[Reading, ...] = ()
    ) -> tuple[Reading, ...]:
        """What can be read in little over 1 ms: for every picture, between two looks.

        Args:
            luma: grey levels, height x width.
            known: codes read by other means.
        """
        if min(luma.shape) < _LEAST_SIDE:
            return ()
        small, factor = reduced(luma, WORKING_SIZE)
        self._glances += 1
        there = tuple(reading.enlarged(1 / factor) for reading in known)
        found = read_halved(small, there, self._glances)
        if found:
            self.forget()
        return tuple(reading.enlarged(factor) for reading in found)

    def look(
        self,
        luma: NDArray[np.uint8],
        *,
        now: int,
        deadline: Deadline | None = None,
        known: tuple[Reading, ...] = (),
    ) -> tuple[Reading, ...]:
        """The codes of one picture that can be read, by the first means that reads any.

        Args:
            luma: grey levels, height x width.
            now: the instant of the picture in µs; instants go forward.
            deadline: asked between steps of at most some 50 ms; True ends the work.
            known: codes read by other means, whose places are left alone.
        """
        is_over = deadline if deadline is not None else _never
        if min(luma.shape) < _LEAST_SIDE or is_over():
            return ()
        small, factor = reduced(luma, WORKING_SIZE)
        there = tuple(reading.enlarged(1 / factor) for reading in known)
        calm = calmed(small)
        found = read_cleaned(small, calm, there, is_over)
        if not found and not is_over():
            found = self._by_grid(calm, there, now, is_over)
        if found:
            self.forget()
        return tuple(reading.enlarged(factor) for reading in found)

    def _by_grid(
        self,
        luma: NDArray[np.uint8],
        known: tuple[Reading, ...],
        now: int,
        is_over: Deadline,
    ) -> tuple[Reading, ...]:
        """Around the last place; all over where there is none, or nothing was there several times."""
        if self._place is not None:
            self._misses += 1
            found = self._in_part(_around(luma, self._place), _SEEKS, known, now, is_over)
            if found or self._misses < _MOST_MISSES:
                return found
            self._place = None
        self._turn = 1 - self._turn
        seeks = _SEEKS[self._turn : self._turn + 1]
        return self._in_part(_Part(luma=luma), seeks, known, now, is_over)

    def _in_part(
        self,
        part: _Part,
        seeks: tuple[Seek, ...],
        known: tuple[Reading, ...],
        now: int,
        is_over: Deadline,
    ) -> tuple[Reading, ...]:
        pyramid = Pyramid(part.luma)
        for hypothesis in _hypotheses(part, seeks, known, is_over, self._skip):
            if is_over():
                break
            reading, agreement = self._tried(part, pyramid, hypothesis, now)
            if reading is not None:
                return (reading,)
            if agreement >= _ASSURED:
                # two eyes agree so far with a mirrored guess, too
                self._skip = 0 if hypothesis.lost is None else self._skip + 1
                break
        return ()

    def _tried(
        self, part: _Part, pyramid: Pyramid, hypothesis: Hypothesis, now: int
    ) -> tuple[Reading | None, float]:
        """One hypothesis: fitted, judged by itself, then with those before it; and how well it agreed."""
        best = 0.0
        for layout in layouts(pyramid, hypothesis)[:_LAYOUTS]:
            for fit in _fits(layout):
                corners = part.in_picture(_corners(layout, fit))
                ways = list(greys(layout.canvas, fit.field))
                payload, stage = _alone(ways, layout.canvas.version), "grid"
                if payload is None:
                    sample = sampled(pyramid, layout.canvas, fit, ways)
                    payload = None if sample is None else self._fusion.add(sample, now)
                    stage = "frames"
                if payload is not None:
                    return Reading(payload=payload, corners=corners, stage=stage), fit.agreement
                if fit.agreement > best:
                    self._place, best = corners, fit.agreement
                    self._misses = 0
            if best >= _CLEAR_FIT:
                break
        return None, best


def _around(luma: NDArray[np.uint8], corners: Corners) -> _Part:
    points = np.array(corners)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = _NEAR * float((high - low).max())
    left, top = (int(each) for each in np.maximum(low - reach, 0))
    right, bottom = (int(each) for each in high + reach)
    return _Part(luma=np.ascontiguousarray(luma[top:bottom, left:right]), left=left, top=top)


def _hypotheses(
    part: _Part,
    seeks: tuple[Seek, ...],
    known: tuple[Reading, ...],
    is_over: Deadline,
    skip: int,
) -> Iterator[Hypothesis]:
    """From each kind of eyes the first few, beginning behind those skipped, which come last."""
    if min(part.luma.shape) < _LEAST_SIDE:
        return
    for seek in seeks:
        if is_over():
            return
        fresh = (
            hypothesis
            for hypothesis in find_hypotheses(seek(part.luma))
            if not _is_known(hypothesis, part, known)
        )
        few = list(islice(fresh, _MAX_HYPOTHESES))
        first = skip % max(1, len(few))
        yield from (*few[first:], *few[:first])


def _is_known(hypothesis: Hypothesis, part: _Part, known: tuple[Reading, ...]) -> bool:
    centres = [
        (each.centre[0] + part.left, each.centre[1] + part.top) for each in hypothesis.finders
    ]
    return any(reading.covers((float(x), float(y))) for reading in known for x, y in centres)


def _fits(layout: Layout) -> Iterator[Fit]:
    """The grid bent from its likeliest start, and where that nearly holds, stretched."""
    start = next(starts(layout.gauge, layout.bases), None)
    if start is None:
        return
    fit = bend(layout.gauge, start)
    if fit.agreement >= _LEAST_FIT:
        yield fit
    if fit.agreement >= _CLEAR_FIT:
        yield stretch(layout.gauge, fit, _LATTICE)


def _alone(ways: list[Grey], version: int) -> bytes | None:
    """What one picture says by any way of sampling it."""
    tried: set[bytes] = set()
    for grey in ways:
        dark = grey > 0
        if (key := dark.tobytes()) not in tried:
            tried.add(key)
            payload = judge(grey, dark, version)
            if payload is not None:
                return payload
    return None


def _corners(layout: Layout, fit: Fit) -> Corners:
    """The symbol's outer corners under the fitted grid, in pixels of the part."""
    side = side_of(layout.canvas.version)
    rigid = np.array(((0, 0), (side, 0), (side, side), (0, side)), np.float64)
    moved = fit.field[:, (0, 0, -1, -1), (0, -1, -1, 0)].T
    points = layout.canvas.picture_points(rigid + moved)
    return tuple((float(x), float(y)) for x, y in points)


def _never() -> bool:
    return False
