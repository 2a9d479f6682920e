"""What a source shows, in figures: frames a second, how sharp, how large the modules, how much contrast."""

import statistics
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import numpy as np

from scanner.bootstrap.eyes import make_decoder, make_source, system_clock
from scanner.config import Settings
from scanner.door.frame import Corners, Frame, Luma
from scanner.door.moment import MICROS
from scanner.ports import FrameSource, QrDecoder

MOST_FRAMES: Final = 90  # looked at: three seconds of a good camera
WITHIN: Final = 6 * MICROS  # µs; a camera slower than this shows it
_BLOCK: Final = 16  # pixels: parts of a code that are judged for glare one by one
_WASHED: Final = 0.3  # of the code's contrast, under which a part of it is washed out


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLook:
    """One code as a frame shows it: ``module`` in pixels, ``contrast`` in grey levels.

    ``edge`` is how many pixels the step from dark to light takes; ``washed`` the share without contrast of its own.
    """

    module: float | None
    contrast: float
    edge: float
    washed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyesight:
    """What a source shows; ``code`` has the medians over the codes that were read, None where none was."""

    frames: int
    width: int
    height: int
    fps: float | None
    edge: float
    found_by: dict[str, int]
    code: CodeLook | None = None


def look_through(settings: Settings) -> Eyesight | None:
    """Watch the source of the settings for some seconds; None where it shows nothing.

    Raises:
        CameraError: it cannot be opened, or fails.
        ConfigError: it names no source.
    """
    clock = system_clock()
    with (
        closing(make_decoder(settings, clock=clock)) as decoder,
        closing(make_source(settings.source, clock)) as source,
    ):
        return watch(source, decoder)


def watch(source: FrameSource, decoder: QrDecoder) -> Eyesight | None:
    """The same of an opened source; where no frame was read as it came, the sharpest is read as a still."""
    looks: list[CodeLook] = []
    found: Counter[str] = Counter()
    edges: list[float] = []
    times: list[int] = []
    sharpest: Frame | None = None
    for frame in _for_a_while(source):
        edges.append(edge_of(frame.luma))
        times.append(frame.taken_at.mono)
        if edges[-1] <= min(edges):
            sharpest = frame
        _read(frame, decoder, looks, found)
    if sharpest is None:
        return None
    if not found:
        _read(replace(sharpest, still=True), decoder, looks, found)
    return Eyesight(
        frames=len(times),
        width=sharpest.width,
        height=sharpest.height,
        fps=_rate(times),
        edge=round(statistics.median(edges), 1),
        found_by=dict(found),
        code=_median(looks) if looks else None,
    )


def edge_of(luma: Luma) -> float:
    """How many pixels the steepest steps from dark to light take: 1 to 2 is sharp."""
    grey = luma.astype(np.float32)
    if min(grey.shape) <= 1:
        return float(max(grey.shape, default=0))
    steep = max(float(np.percentile(np.abs(np.diff(grey, axis=axis)), 99.5)) for axis in (0, 1))
    low, high = (float(each) for each in np.percentile(grey, (2, 98)))
    return round(float(np.clip((high - low) / max(steep, 1.0), 1.0, 99.0)), 1)


def look_of(luma: Luma, corners: Corners) -> CodeLook | None:
    """The code that stands there; None where hardly anything of it is in the picture."""
    from scanner.reading.finders import find_finders

    points = np.array(corners)
    left, top = (max(0, int(each)) for each in points.min(axis=0))
    right, bottom = (int(each) for each in points.max(axis=0))
    part = np.ascontiguousarray(luma[top:bottom, left:right])
    if min(part.shape) < _BLOCK:
        return None
    wide = np.ascontiguousarray(luma[max(0, top - 9) : bottom + 9, max(0, left - 9) : right + 9])
    modules = [finder.module for finder in find_finders(wide)]
    low, high = (float(each) for each in np.percentile(part, (5, 95)))
    return CodeLook(
        module=round(statistics.median(modules), 1) if modules else None,
        contrast=round(high - low),
        edge=edge_of(part),
        washed=round(_washed(part, high - low), 2),
    )


def _read(frame: Frame, decoder: QrDecoder, looks: list[CodeLook], found: "Counter[str]") -> None:
    for reading in decoder.decode(frame):
        found[reading.stage] += 1
        look = None if reading.corners is None else look_of(frame.luma, reading.corners)
        if look is not None:
            looks.append(look)


def _washed(part: Luma, contrast: float) -> float:
    """The share of blocks in which nothing is to be told apart."""
    rows, columns = (size // _BLOCK for size in part.shape)
    blocks = part[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    spread = blocks.max(axis=(1, 3)).astype(np.int16) - blocks.min(axis=(1, 3))
    return float((spread < _WASHED * contrast).mean())


def _median(looks: list[CodeLook]) -> CodeLook:
    modules = [look.module for look in looks if look.module is not None]
    return CodeLook(
        module=statistics.median(modules) if modules else None,
        contrast=statistics.median(look.contrast for look in looks),
        edge=statistics.median(look.edge for look in looks),
        washed=statistics.median(look.washed for look in looks),
    )


def _rate(times: list[int]) -> float | None:
    spent = times[-1] - times[0]
    return round((len(times) - 1) * MICROS / spent, 1) if spent > 0 else None


def _for_a_while(source: FrameSource) -> Iterator[Frame]:
    began: int | None = None
    for frame in islice(source.frames(), MOST_FRAMES):
        began = frame.taken_at.mono if began is None else began
        yield frame
        if frame.taken_at.mono - began > WITHIN:
            return
