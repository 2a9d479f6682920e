"""How good a grid is over a canvas: the number that the fit drives up.

A grid is good when the modules the standard fixes have their colours, when every other module is
clearly dark or clearly light, and when no data area is all of one colour: without the last, a grid
slides into the white around the code, where contrast is perfect.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.reading.rectify import MARGIN, Canvas
from scanner.reading.symbol import fixed_modules, is_data, side_of

CRISP = 1.5  # sharpening for blurred pictures; 0 reads none of 39 defocused ones, 3 reads fewer
_CLEAR_WEIGHT = 0.6  # of a clear data module against a fixed one that agrees
_PLAIN_WEIGHT = 0.7  # of one-coloured surroundings against the same; more and the grid flees white
_PLAIN_REACH = 5  # modules; real data has both colours in any square of five, and ...
_LINE_REACH = 7  # ... in nearly any line of seven: a grid that has slid off shows in its rim
_PLAIN_LIMIT = 0.55  # mean darkness beyond which surroundings count as one-coloured
_SHARPENING_RADIUS = 0.8  # modules, standard deviation

Field = NDArray[np.float32]
"""How far each module's centre lies from the rigid grid, in modules, 2 x side x side.

First along columns, then along rows.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A grid in place.

    Attributes:
        field: the displacement of every module.
        agreement: of the fixed modules with their colours, -1 to 1.
        score: what the fit is driven by; comparable between grids over the same picture.
    """

    field: Field
    agreement: float
    score: float


class Gauge:
    """Looks at one canvas through any grid."""

    def __init__(self, canvas: Canvas, *, sharpening: float) -> None:
        self.side = side_of(canvas.version)
        self._sharpening = np.float32(sharpening)
        self._pixels = canvas.darkness.ravel()
        self._width = canvas.darkness.shape[1]
        self._scale = np.float32(canvas.scale)
        self._last = np.float32(self._width - 1)
        self._fixed = fixed_modules(canvas.version).astype(np.float32)
        self._data = is_data(canvas.version)
        centre = np.arange(self.side, dtype=np.float32) + np.float32(0.5 + MARGIN)
        self._columns, self._rows = np.meshgrid(centre, centre)
        fixed_weight = np.abs(self._fixed) / np.abs(self._fixed).sum()
        data_weight = np.float32(_CLEAR_WEIGHT) / self._data.sum()
        self._weights = np.where(self._data, data_weight, fixed_weight).astype(np.float32)

    def rigid(self) -> Fit:
        """The grid as the map from modules to the picture has it."""
        return self.fit_of(np.zeros((2, self.side, self.side), np.float32))

    def seen(self, field: Field) -> NDArray[np.float32]:
        """Darkness at every module under a displacement field, side x side."""
        columns = (self._columns + field[0]) * self._scale
        rows = (self._rows + field[1]) * self._scale
        x = np.clip(columns, 0, self._last).astype(np.int32)
        y = np.clip(rows, 0, self._last).astype(np.int32)
        raw = np.asarray(self._pixels[y * self._width + x], np.float32)
        if self._sharpening == 0:
            return raw
        around = cv2.GaussianBlur(raw, (3, 3), _SHARPENING_RADIUS)
        return np.asarray(np.clip(raw + self._sharpening * (raw - around), -1, 1), np.float32)

    def worth(self, seen: NDArray[np.float32]) -> NDArray[np.float32]:
        """What each module adds to the score, side x side."""
        plain = np.abs(cv2.blur(seen, (_PLAIN_REACH, _PLAIN_REACH)))
        np.maximum(plain, np.abs(cv2.blur(seen, (_LINE_REACH, 1))), out=plain)
        np.maximum(plain, np.abs(cv2.blur(seen, (1, _LINE_REACH))), out=plain)
        excess = np.maximum(plain - _PLAIN_LIMIT, 0)
        clear = np.abs(seen) - (_PLAIN_WEIGHT / (1 - _PLAIN_LIMIT)) * excess
        value = np.where(self._data, clear, seen * self._fixed)
        return np.asarray(value * self._weights, np.float32)

    def score(self, field: Field) -> float:
        """The whole grid's worth."""
        return float(self.worth(self.seen(field)).sum())

    def fit_of(self, field: Field) -> Fit:
        """A field with its marks."""
        seen = self.seen(field)
        agreement = float((seen * self._fixed).sum() / np.abs(self._fixed).sum())
        return Fit(field=field, agreement=agreement, score=float(self.worth(seen).sum()))
