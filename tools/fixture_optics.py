"""What air, glass and sensor do to light: blur, motion, glow, glare, noise; and the blurred room behind it all.

Pictures are made again, byte for byte, on any machine with the same packages. Floats are therefore only added, subtracted,
multiplied, divided, rooted and rounded, element by element: IEEE 754 fixes those to the last bit, while exp, sin, matrix
products and sums differ between processors. Whatever needs a sine takes it from :func:`exact_sin`.

A picture is ``Light``: float32, h x w, 0 black to 1 white, not clipped until the sensor.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Light: TypeAlias = NDArray[np.float32]
Grey: TypeAlias = NDArray[np.uint8]

WHITE: Final = 255
_ROOM_STEP: Final = 8  # the room is painted at an eighth of the size: it is out of focus anyway
_GLOW_STEP: Final = 8
_DIGITS: Final = 9  # beyond what two C libraries agree on in a sine, below what a pixel shows


def exact_sin(degrees: float) -> float:
    """The sine, rounded so that every C library gives the same."""
    return round(math.sin(math.radians(degrees)), _DIGITS)


def exact_cos(degrees: float) -> float:
    """The cosine, rounded so that every C library gives the same."""
    return round(math.cos(math.radians(degrees)), _DIGITS)


def wave(turns: Light) -> Light:
    """Very nearly ``sin(2 pi turns)``, of two parabolas."""
    part = turns - np.floor(turns)
    rising = 16 * part * (0.5 - part)
    falling = -16 * (part - 0.5) * (1 - part)
    return np.where(part < 0.5, rising, falling).astype(np.float32)  # noqa: PLR2004 -- half a turn


def shifted(light: Light, down: int, right: int) -> Light:
    """The picture moved by whole pixels; its edge is stretched into the gap."""
    height, width = light.shape
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return light[rows][:, columns]


def blurred(light: Light, sigma: float) -> Light:
    """Out of focus: Gaussian of ``sigma`` pixels; 0 leaves the picture as it is."""
    if sigma <= 0:
        return light
    reach = math.ceil(2.5 * sigma)
    weights = [round(math.exp(-0.5 * (at / sigma) ** 2), _DIGITS) for at in range(reach + 1)]
    total = weights[0] + 2 * sum(weights[1:])
    for down, right in ((1, 0), (0, 1)):
        spread = light * np.float32(weights[0] / total)
        for at in range(1, reach + 1):
            pair = shifted(light, down * at, right * at) + shifted(light, -down * at, -right * at)
            spread = spread + pair * np.float32(weights[at] / total)
        light = spread
    return light


def moved(light: Light, length: float, angle: float) -> Light:
    """Smeared along ``length`` pixels at ``angle`` degrees: the hand moved while the shutter was open."""
    steps = max(1, round(length))
    across, along = exact_cos(angle), exact_sin(angle)
    summed = np.zeros_like(light)
    for step in range(steps):
        at = step - (steps - 1) / 2
        summed = summed + shifted(light, round(at * along), round(at * across))
    return summed * np.float32(1 / steps)


def enlarged(small: Light, size: tuple[int, int]) -> Light:
    """A small picture stretched to ``size`` (width, height), straight lines between its points."""
    width, height = size
    low_rows, high_rows, down = _between(small.shape[0], height)
    low_columns, high_columns, right = _between(small.shape[1], width)
    rows = small[low_rows] * (1 - down)[:, None] + small[high_rows] * down[:, None]
    stretched = rows[:, low_columns] * (1 - right) + rows[:, high_columns] * right
    return stretched.astype(np.float32)


def _between(few: int, many: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Light]:
    """For each of ``many`` places, the two of ``few`` it lies between, and how far along."""
    place = np.clip((np.arange(many) + 0.5) * (few / many) - 0.5, 0, few - 1)
    low = np.floor(place).astype(np.intp)
    return low, np.minimum(low + 1, few - 1), (place - low).astype(np.float32)


def glow(emitted: Light, strength: float) -> Light:
    """What a bright screen adds all around itself: its light, spread over some 60 pixels."""
    height, width = emitted.shape
    corner = emitted[: height // _GLOW_STEP * _GLOW_STEP, : width // _GLOW_STEP * _GLOW_STEP]
    few = corner[2::_GLOW_STEP, 2::_GLOW_STEP] + corner[6::_GLOW_STEP, 6::_GLOW_STEP]
    spread = blurred(few * np.float32(0.5), 7.0)
    return enlarged(spread, (width, height)) * np.float32(strength)


def glare(size: tuple[int, int], at: tuple[float, float], radii: tuple[float, float]) -> Light:
    """A lamp mirrored at ``at``: 1 in its middle, half of that where the ``radii`` (pixels, across and down) end."""
    x, y = grid(size)
    out = ((x - np.float32(at[0])) / np.float32(radii[0])) ** 2
    out = out + ((y - np.float32(at[1])) / np.float32(radii[1])) ** 2
    return np.asarray(1 / (1 + out * out), dtype=np.float32)


def grid(size: tuple[int, int]) -> tuple[Light, Light]:
    """The pixels' x (1 x w) and y (h x 1), as floats that broadcast to a picture."""
    width, height = size
    x = np.arange(width, dtype=np.float32)[None, :]
    return x, np.arange(height, dtype=np.float32)[:, None]


def sensor(light: Light, *, noise: float, rng: np.random.Generator) -> Grey:
    """What the camera hands over: a darker rim, noise of ``noise`` grey levels (more of it where it is light), 8 bits."""
    height, width = light.shape
    x, y = grid((width, height))
    across, down = x / np.float32(width) - 0.5, y / np.float32(height) - 0.5
    level = np.clip(light * (1 - 0.35 * (across * across + down * down)), 0, 1)
    grain = _bell(rng, light.shape)
    grain = (grain + shifted(grain, 0, 1)) * np.float32(
        0.7
    )  # a camera's own smoothing leaves it coarse
    spread = np.float32(noise) * (np.float32(0.6) + np.float32(0.6) * np.sqrt(level))
    return np.clip(np.rint(level * WHITE + grain * spread), 0, WHITE).astype(np.uint8)


def _bell(rng: np.random.Generator, shape: tuple[int, ...]) -> Light:
    """Bell-shaped noise of deviation 1, of four bytes each: whole numbers come out alike everywhere."""
    four = rng.integers(0, 256, size=(4, *shape), dtype=np.uint8).astype(np.int16)
    whole = four[0] + four[1] + four[2] + four[3] - 510
    return np.asarray(whole.astype(np.float32) * np.float32(1 / 147.8), dtype=np.float32)


def room(size: tuple[int, int], rng: np.random.Generator) -> Light:
    """A hall seen from its door: wall, floor, doorway, lamps, and now and then somebody waiting."""
    small = (-(-size[0] // _ROOM_STEP), -(-size[1] // _ROOM_STEP))
    x, y = grid(small)
    x, y = x / np.float32(small[0]), y / np.float32(small[1])
    wall = np.float32(_from(rng, 0.30, 0.45)) + np.float32(_from(rng, -0.15, 0.15)) * (x - 0.5)
    light = wall + np.float32(0.12) * (1 - y)
    light = np.where(y > np.float32(_from(rng, 0.72, 0.9)), light * np.float32(0.6), light)
    left = _from(rng, 0.05, 0.7)
    inside = (x > np.float32(left)) & (x < np.float32(left + 0.2)) & (y > np.float32(0.15))
    light = np.where(inside, light + np.float32(_from(rng, -0.2, 0.3)), light)
    for _ in range(int(rng.integers(1, 4))):
        light = np.where(_person(x, y, rng), np.float32(_from(rng, 0.08, 0.3)), light)
    for _ in range(int(rng.integers(2, 6))):
        lamp = _oval(x, y, (_from(rng, 0, 1), _from(rng, 0, 0.25)), (0.025, 0.03))
        light = np.where(lamp, np.float32(1.1), light)
    return enlarged(blurred(light.astype(np.float32), _from(rng, 1.0, 2.4)), size)


def _person(x: Light, y: Light, rng: np.random.Generator) -> NDArray[np.bool_]:
    middle, top = _from(rng, 0, 1), _from(rng, 0.25, 0.5)
    head = _oval(x, y, (middle, top), (0.045, 0.09))
    return head | _oval(x, y, (middle, top + 0.55), (0.11, 0.45))


def _oval(
    x: Light, y: Light, at: tuple[float, float], radii: tuple[float, float]
) -> NDArray[np.bool_]:
    across = (x - np.float32(at[0])) / np.float32(radii[0])
    down = (y - np.float32(at[1])) / np.float32(radii[1])
    return np.asarray(across * across + down * down < 1, dtype=np.bool_)


def _from(rng: np.random.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(rng.random())
