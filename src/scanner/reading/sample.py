"""Light and dark at every module, told apart among the modules themselves.

A blurred or doubled picture mixes each module with its neighbours in the same way everywhere. The
modules whose colours the standard fixes show how, so a small linear filter learned on them undoes
the mixing; confident modules then teach it again, as an equaliser in a modem does.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.reading.gauge import Field
from scanner.reading.rectify import MARGIN, Canvas
from scanner.reading.symbol import fixed_modules, side_of

_TAPS = (-1.0, -0.5, 0.0, 0.5, 1.0)  # modules from the centre at which the equaliser looks
_RIDGE = 3.0  # pull of the equaliser's weights to those of plain sampling
_ROUNDS = 2  # of learning again from what was read
_SHARPENING = (0.0, 0.8, 1.8)  # of a module against its eight neighbours
_LOCAL_REACH = 9  # modules over which a local threshold is taken

Grey = NDArray[np.float32]


def greys(canvas: Canvas, field: Field) -> Iterator[Grey]:
    """Darkness of every module, side x side, by one way of sampling after another.

    A module is dark where the value is positive. Likely ways come first.
    """
    taps = _tapped(canvas, field)
    plain = taps[len(taps) // 2]
    yield plain
    equalised = _equalised(taps, plain, canvas.version)
    yield equalised
    for amount in _SHARPENING[1:]:
        yield _sharpened(plain, amount)
    yield plain - cv2.blur(plain, (_LOCAL_REACH, _LOCAL_REACH))
    sharp = _sharpened(plain, _SHARPENING[1])
    yield sharp - cv2.blur(sharp, (_LOCAL_REACH, _LOCAL_REACH))
    yield equalised - cv2.blur(equalised, (_LOCAL_REACH, _LOCAL_REACH))


def _tapped(canvas: Canvas, field: Field) -> NDArray[np.float32]:
    """Darkness at each module's centre and around it, taps² x side x side."""
    side = side_of(canvas.version)
    centre = np.arange(side, dtype=np.float32) + np.float32(0.5 + MARGIN)
    columns = (centre[None, :] + field[0]) * canvas.scale - np.float32(0.5)
    rows = (centre[:, None] + field[1]) * canvas.scale - np.float32(0.5)
    calm = cv2.GaussianBlur(canvas.darkness, (0, 0), canvas.scale * 0.22)
    around = [
        cv2.remap(
            calm,
            columns + np.float32(across * canvas.scale),
            rows + np.float32(down * canvas.scale),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for down in _TAPS
        for across in _TAPS
    ]
    return np.asarray(around, np.float32)


def _equalised(taps: NDArray[np.float32], plain: Grey, version: int) -> Grey:
    """The taps weighed as the fixed modules teach, then as the confident ones do."""
    inputs = np.vstack((taps.reshape(len(taps), -1), np.ones(plain.size, np.float32)))
    fixed = fixed_modules(version).astype(np.float32).ravel()
    prior = np.zeros(len(inputs), np.float32)
    prior[len(taps) // 2] = 1
    known = np.abs(fixed)
    weights = _learned(inputs, fixed, known, prior)
    for _ in range(_ROUNDS):
        read = weights @ inputs
        target = np.where(fixed == 0, np.sign(read), fixed)
        trust = np.where(fixed == 0, np.minimum(np.abs(read), 1.0), 1.0)
        weights = _learned(inputs, target.astype(np.float32), trust.astype(np.float32), prior)
    return np.asarray((weights @ inputs).reshape(plain.shape), np.float32)


def _learned(
    inputs: NDArray[np.float32],
    target: NDArray[np.float32],
    trust: NDArray[np.float32],
    prior: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Ridge regression towards the prior weights."""
    weighed = inputs * trust
    normal = weighed @ inputs.T + _RIDGE * np.eye(len(inputs), dtype=np.float32)
    return np.asarray(
        prior + np.linalg.solve(normal, weighed @ (target - prior @ inputs)), np.float32
    )


def _sharpened(plain: Grey, amount: float) -> Grey:
    """Each module pushed away from the mean of its surroundings."""
    around = cv2.GaussianBlur(plain, (3, 3), 0.8)
    return np.asarray(plain + np.float32(amount) * (plain - around), np.float32)
