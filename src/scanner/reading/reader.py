"""The elastic-grid reader: from a picture to every code that Reed-Solomon vouches for.

The picture is looked at several times, cheap looks first: with the eyes that contours show and
one fit a hypothesis, at the working size, then larger, for codes whose rings are a pixel or two
wide; then with eyes of mere likeness; and where something looked like a code but was not read,
once more with patience.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.reading.attempt import LEAST_BENT, PATIENT, QUICK, Effort, attempt
from scanner.reading.finders import Finder, find_finders
from scanner.reading.geometry import Pyramid, reduced
from scanner.reading.hypotheses import Hypothesis, find_hypotheses
from scanner.reading.likeness import are_apart, find_by_likeness
from scanner.reading.outcome import Reading

Deadline = Callable[[], bool]
"""Answers True once the work should be given up. The caller owns the clock."""

WORKING_SIZE = 1280  # pixels of the long side
LARGEST_SIZE = 4000  # pixels; larger pictures are reduced once, before anything else
_LEAST_SIZE = 21  # pixels of the short side: a code of one pixel a module
LARGE_SIZE = 2000  # pixels; small pictures are enlarged up to it, by at most ...
_MOST_ENLARGED = 2.0  # ... this: beyond it interpolation shows nothing new
_ASSURED = 0.75  # agreement at which eyes surely belong together


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One way to look at a picture.

    Attributes:
        size: pixels of the long side.
        by_likeness: whether eyes are sought that no contour shows.
        effort: how much work a hypothesis is worth.
        only_if_plausible: whether it pays only where an earlier look saw something.
    """

    size: int
    by_likeness: bool = False
    effort: Effort = QUICK
    only_if_plausible: bool = False


_LOOKS = (
    _Look(size=WORKING_SIZE),
    _Look(size=LARGE_SIZE),
    _Look(size=WORKING_SIZE, by_likeness=True),
    _Look(size=WORKING_SIZE, effort=PATIENT, only_if_plausible=True),
    _Look(size=LARGE_SIZE, effort=PATIENT, only_if_plausible=True),
    _Look(size=960, only_if_plausible=True),
)


class ElasticGridReader:
    """Reads bent, scratched, glared and blurred codes, one hypothesis at a time."""

    def read(
        self,
        luma: NDArray[np.uint8],
        *,
        deadline: Deadline | None = None,
        known: tuple[Reading, ...] = (),
        is_thorough: bool = False,
    ) -> tuple[Reading, ...]:
        """The codes in view that can be read, by the first look that reads any.

        Args:
            luma: grey levels, height x width, of any size.
            deadline: asked between steps of at most some 100 ms; True ends the work with what was
                read so far.
            known: codes read by other means, whose places are left alone.
            is_thorough: look in every way, even after something was read.
        """
        if min(luma.shape) < _LEAST_SIZE:
            return ()
        native, factor = reduced(luma, LARGEST_SIZE)
        placed = tuple(reading.enlarged(1 / factor) for reading in known)
        session = _Session(native, deadline if deadline is not None else _never, placed)
        for look in _LOOKS:
            if session.is_over() or (session.readings and not is_thorough):
                break
            if session.is_plausible or not look.only_if_plausible:
                session.look(look)
        return tuple(reading.enlarged(factor) for reading in session.readings)


class _Session:
    """One picture while it is being looked at.

    Attributes:
        readings: what was read so far, in the picture's own pixels.
        is_plausible: whether anything looked like a code, read or not.
    """

    def __init__(
        self, luma: NDArray[np.uint8], deadline: Deadline, known: tuple[Reading, ...]
    ) -> None:
        self.is_over = deadline
        self.readings: list[Reading] = []
        self.is_plausible = False
        self._luma = luma
        self._known = known
        self._sizes: dict[int, _Sized] = {}

    def look(self, look: _Look) -> None:
        """Look once, adding to ``readings``."""
        sized = self._sizes.setdefault(look.size, _Sized(self._luma, look.size))
        for hypothesis in sized.hypotheses(self.is_over, by_likeness=look.by_likeness):
            if self.is_over():
                return
            if not self._is_spent(hypothesis, sized):
                self._try(hypothesis, sized, look.effort)

    def _try(self, hypothesis: Hypothesis, sized: "_Sized", effort: Effort) -> None:
        result = attempt(sized.pyramid, hypothesis, effort, self.is_over)
        self.is_plausible |= result.agreement >= LEAST_BENT
        if result.agreement >= _ASSURED:
            sized.assured.append(hypothesis.finders)
        if result.reading is not None:
            self.readings.append(result.reading.enlarged(sized.factor))

    def _is_spent(self, hypothesis: Hypothesis, sized: "_Sized") -> bool:
        """Whether its eyes lie in a code already read, or are two of three that belong together."""
        taken = (*self._known, *self.readings)
        for finder in hypothesis.finders:
            x, y = finder.centre * sized.factor
            if any(reading.covers((float(x), float(y))) for reading in taken):
                return True
        return hypothesis.lost is not None and any(
            all(any(finder is other for other in group) for finder in hypothesis.finders)
            for group in sized.assured
        )


class _Sized:
    """The picture at one size, and the eyes seen at it.

    Attributes:
        pyramid: the picture at this size.
        factor: pixels of the picture itself to one of this size.
        assured: eyes that surely belong together, as some fit has shown.
    """

    def __init__(self, luma: NDArray[np.uint8], size: int) -> None:
        sized, self.factor = _resized(luma, size)
        self.pyramid = Pyramid(sized)
        self.assured: list[tuple[Finder, ...]] = []
        self._shown: tuple[Finder, ...] | None = None

    def hypotheses(self, is_over: Deadline, *, by_likeness: bool) -> Iterator[Hypothesis]:
        """From the eyes that contours show, or those to which an eye of mere likeness adds."""
        if self._shown is None:
            self._shown = find_finders(self.pyramid.luma, is_over=is_over)
        if not by_likeness:
            yield from find_hypotheses(self._shown)
            return
        if is_over():
            return
        alike = find_by_likeness(self.pyramid.luma, is_over=is_over)
        others = (each for each in self._shown if all(are_apart(each, eye) for eye in alike))
        for hypothesis in find_hypotheses((*alike, *others)):
            if any(finder is eye for finder in hypothesis.finders for eye in alike):
                yield hypothesis


def _resized(luma: NDArray[np.uint8], size: int) -> tuple[NDArray[np.uint8], float]:
    """The picture at the working size or reduced; at the large size also enlarged."""
    grow = min(size / max(luma.shape), _MOST_ENLARGED)
    if size <= WORKING_SIZE or grow <= 1:
        return reduced(luma, size)
    target = (round(luma.shape[1] * grow), round(luma.shape[0] * grow))
    larger = cv2.resize(luma, target, interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger, np.uint8), 1 / grow


def _never() -> bool:
    return False
