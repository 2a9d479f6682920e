"""Codes of our own, and eyes in the abstract."""

from collections.abc import Callable

import numpy as np
import segno
from numpy.typing import NDArray

from scanner.reading.finders import Finder

Luma = NDArray[np.uint8]
Countdown = Callable[[int], Callable[[], bool]]


def drawn(text: str, *, version: int = 3, error: str = "m", scale: int = 6) -> Luma:
    code = segno.make(text, version=version, error=error, micro=False, boost_error=False)
    dark = np.array([[bool(cell) for cell in row] for row in code.matrix])
    modules = np.where(np.pad(dark, 4), 40, 220).astype(np.uint8)
    return np.ascontiguousarray(modules.repeat(scale, 0).repeat(scale, 1))


def eye_at(x: float, y: float, module: float = 6.0) -> Finder:
    square = np.array(((-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5))) * module
    centre = np.array((x, y))
    return Finder(
        centre=centre,
        corners=centre + square,
        axes=np.eye(2) * module,
        module=module,
        quality=1.0,
    )
