"""Several pictures of one code, added up where no single one suffices.

After the fit the modules of all pictures lie one upon another, however the code moved in between.
So their grey levels are added, each module weighed by the contrast around it in that picture (a
mirrored lamp weighs nothing), each picture by how well it shows the modules the standard fixes.
Noise then averages out, a lamp that wanders uncovers everything in the end, and smears in
different directions mend each other.

Nothing but its own modules says which code a sample belongs to: it is added to the sum it
correlates with, and begins a new one where it correlates with none. So two codes in view, a code
that replaced another, or a grid that slid by a module are never mixed. zxing-cpp's Reed-Solomon
judges each sum, as it judges single pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.reading.gauge import Fit
from scanner.reading.geometry import Pyramid
from scanner.reading.rectify import Canvas
from scanner.reading.render import judge
from scanner.reading.sample import Grey
from scanner.reading.symbol import fixed_modules, is_data, side_of

MAX_SUMS = 6  # kept at once; of the largest symbol 1.5 MB, of a card's 80 kB
FORGET_AFTER = 1_500_000  # µs without a sample: the code has left the view, as the door counts it
_LEAST_LIKE = 0.16  # correlation with a sum; unlike codes reach 0.1 once in a thousand
_LEAST_MARK = 0.25  # of a sample's fixed modules: signal over spread; slid grids stay under it
_MOST_MARK = 2.5  # beyond it a picture is clear, and would be read alone
_FADE = 0.92  # of a sum for each sample added: some twelve pictures count
_CONTRAST_REACH = 7  # modules around one among which its contrast is taken
_MOST_WEIGHT = 4.0  # of a module against the median one
_SHARPENING = (0.0, 0.8, 1.8)  # of a module against its neighbours, tried on each sum
_LOCAL_REACH = 9  # modules over which a local threshold is taken
_WAYS = 2  # of sampling: plain and equalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One code as one picture shows it.

    Attributes:
        version: 1 to 40.
        ways: its modules' darkness sampled plainly and equalised, 2 x side x side, dark is positive.
        weight: how much each module is to be believed, side x side.
    """

    version: int
    ways: NDArray[np.float32]
    weight: NDArray[np.float32]


@dataclass(slots=True, kw_only=True)
class _Sum:
    version: int
    ways: NDArray[np.float32]
    weight: NDArray[np.float32]
    samples: int
    last: int

    @property
    def mean(self) -> NDArray[np.float32]:
        """The darkness of every module by all samples, 2 x side x side."""
        return np.asarray(self.ways / np.maximum(self.weight, 1e-6), np.float32)


class Fusion:
    """The sums of a stream of pictures, the newest samples counting most."""

    def __init__(self) -> None:
        self._sums: list[_Sum] = []

    def __len__(self) -> int:
        return len(self._sums)

    def clear(self) -> None:
        """Forget everything."""
        self._sums.clear()

    def add(self, sample: Sample, now: int) -> bytes | None:
        """Add a sample; what its code says, if its sum of at least two can be read.

        Args:
            sample: of one picture.
            now: the instant of that picture, in µs of any clock that goes forward.
        """
        self._sums = [each for each in self._sums if now - each.last < FORGET_AFTER]
        alike = max(self._sums, key=lambda each: _likeness(each, sample), default=None)
        if alike is None or _likeness(alike, sample) < _LEAST_LIKE:
            self._begin(sample, now)
            return None
        alike.ways = alike.ways * np.float32(_FADE) + sample.ways * sample.weight
        alike.weight = alike.weight * np.float32(_FADE) + sample.weight
        alike.samples += 1
        alike.last = now
        return _read(alike)

    def _begin(self, sample: Sample, now: int) -> None:
        if len(self._sums) >= MAX_SUMS:
            self._sums.remove(min(self._sums, key=lambda each: (each.samples, each.last)))
        self._sums.append(
            _Sum(
                version=sample.version,
                ways=sample.ways * sample.weight,
                weight=sample.weight.copy(),
                samples=1,
                last=now,
            )
        )


def sampled(pyramid: Pyramid, canvas: Canvas, fit: Fit, ways: Sequence[Grey]) -> Sample | None:
    """What a fitted grid shows of a picture; None where its fixed modules say that it shows nothing.

    Args:
        pyramid: the picture.
        canvas: the symbol laid flat.
        fit: a grid over it.
        ways: what ``sample.greys`` gave for it; the first two are used, plain and equalised.
    """
    chosen = ways[:_WAYS]
    marks = [_mark(way, canvas.version) for way in chosen]
    if max(marks) < _LEAST_MARK:
        return None
    scaled = [way / max(float(np.abs(way).mean()), 1e-6) for way in chosen]
    trust = np.float32(min(max(marks), _MOST_MARK) ** 2)
    contrast = _contrast(pyramid, canvas, fit)
    weight = np.minimum((contrast / max(float(np.median(contrast)), 1.0)) ** 2, _MOST_WEIGHT)
    return Sample(
        version=canvas.version,
        ways=np.clip(np.asarray(scaled, np.float32), -2, 2),
        weight=np.asarray(trust * weight, np.float32),
    )


def _mark(way: Grey, version: int) -> float:
    """How far the fixed modules stand out of their own spread: half of it is an error in three."""
    fixed = fixed_modules(version)
    agreeing = (way * fixed)[fixed != 0]
    return float(agreeing.mean() / (agreeing.std() + 1e-6))


def _contrast(pyramid: Pyramid, canvas: Canvas, fit: Fit) -> NDArray[np.float32]:
    """The deviation of grey levels around every module in the picture itself, side x side."""
    side = side_of(canvas.version)
    centre = np.arange(side) + 0.5
    modules = np.stack(np.meshgrid(centre, centre)).astype(np.float64) + fit.field
    points = canvas.picture_points(np.asarray(modules.reshape(2, -1).T, np.float64)).astype(
        np.float32
    )
    columns, rows = points.T.reshape(2, side, side)
    seen = cv2.remap(
        pyramid.luma, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    reach = (_CONTRAST_REACH, _CONTRAST_REACH)
    mean = cv2.blur(seen, reach)
    return np.asarray(
        np.sqrt(np.maximum(cv2.blur(seen * seen, reach) - mean * mean, 0)), np.float32
    )


def _likeness(known: _Sum, sample: Sample) -> float:
    """The better correlation of the data modules of a sum with those of a sample, -1 to 1."""
    if known.version != sample.version:
        return -1.0
    data = is_data(sample.version)
    weight = np.minimum(known.weight / known.weight.max(), sample.weight / sample.weight.max())
    root = np.sqrt(weight[data])
    pairs = zip(known.mean, sample.ways, strict=True)
    return max(_correlation(one[data] * root, other[data] * root) for one, other in pairs)


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 0 else 0.0


def _read(known: _Sum) -> bytes | None:
    tried: set[bytes] = set()
    for grey in _variants(known.mean):
        dark = grey > 0
        key = dark.tobytes()
        if key not in tried:
            tried.add(key)
            payload = judge(grey, dark, known.version)
            if payload is not None:
                return payload
    return None


def _variants(mean: NDArray[np.float32]) -> Iterator[Grey]:
    """A sum sharpened among its modules and thresholded, by one way after another."""
    for way in mean:
        around = cv2.GaussianBlur(way, (3, 3), 0.8)
        for amount in _SHARPENING:
            yield np.asarray(way + np.float32(amount) * (way - around), np.float32)
        yield np.asarray(way - cv2.blur(way, (_LOCAL_REACH, _LOCAL_REACH)), np.float32)
