"""The last few frames, of which the grid gets the sharpest."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from cardcore.ids import Micros
from scanner.door.frame import Frame, Luma, Reading

MOST: Final = 4  # frames kept, 0.9 MB each at 720p
RECENT: Final = Micros(150_000)  # µs behind the newest; older ones show what is no longer so
_AGEING: Final = 0.93  # of its sharpness for each frame that came since: the code comes nearer
_ROW_STEP: Final = 8  # of eight rows one is looked at: sharpness is everywhere alike


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A frame, and what the first decoder read in it."""

    frame: Frame
    read: tuple[Reading, ...]


class Candidates:
    """Not safe for several threads by itself."""

    def __init__(self) -> None:
        self._kept: deque[Candidate] = deque(maxlen=MOST)

    @property
    def newest(self) -> Candidate | None:
        """The last that was added and not yet taken."""
        return self._kept[-1] if self._kept else None

    def add(self, candidate: Candidate) -> None:
        """One more; the oldest goes."""
        self._kept.append(candidate)

    def take(self) -> Candidate | None:
        """The sharpest of the recent ones; all are gone afterwards. None where there are none."""
        if not self._kept:
            return None
        since = self._kept[-1].frame.taken_at.mono - RECENT
        recent = [each for each in self._kept if each.frame.taken_at.mono >= since]
        self._kept.clear()
        worth = [
            sharpness(each.frame.luma) * _AGEING**age for age, each in enumerate(reversed(recent))
        ]
        return recent[-1 - worth.index(max(worth))]


def sharpness(luma: Luma) -> float:
    """The mean step between neighbouring pixels, along both axes; comparable between frames of one scene."""
    if min(luma.shape) <= _ROW_STEP:
        return 0.0
    rows, below = luma[:-1:_ROW_STEP], luma[1::_ROW_STEP]
    rows, below = np.ascontiguousarray(rows), np.ascontiguousarray(below[: len(rows)])
    down = cv2.absdiff(rows, below)
    along = cv2.absdiff(np.ascontiguousarray(rows[:, 1:]), np.ascontiguousarray(rows[:, :-1]))
    return float(cv2.mean(down)[0] + cv2.mean(along)[0])
