"""QR codes as the camera at a door sees them: on phones and printed cards, held up by hand in a room.

Every function is deterministic: the same arguments give the same pixels, with the same packages, on any machine.
Pictures are grey, ``uint8``, height x width. Lengths are in centimetres, angles in degrees, blur in pixels of the
picture. A camera 720 pixels high sees 17 cm of what is 30 cm away; a code of version 6 on a phone then has 5.3 pixels
a module (4 read well, under 2 fail).

    >>> frame = phone_frame("MC1:…", seed=7, view=View(distance=28, yaw=15, glare=0.4))
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from tools.fixture_carriers import Texture, card, phone
from tools.fixture_optics import (
    Grey,
    Light,
    blurred,
    exact_cos,
    exact_sin,
    glare,
    glow,
    moved,
    room,
    sensor,
    wave,
)

HD: Final = (1280, 720)
_FOCAL: Final = 1.1  # of the picture's width: a lens that sees 49 degrees
_SAMPLES: Final = (0.25, 0.75)  # within a pixel, each way; the lens blurs what they miss
_FLARE: Final = 0.12  # of a mirrored lamp's light goes astray in the lens
_MOIRE: Final = 0.035  # of the screen's light; more is rare with today's fine screens

Vector = tuple[float, float, float]
Size = tuple[int, int]


class Carrier(StrEnum):
    """What a code is shown on."""

    PHONE = "phone"
    CARD = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the camera sees what is held up.

    ``distance`` is from the lens to the code's middle, in cm. ``yaw`` turns it about the upright, ``pitch`` about
    the level, ``roll`` in the picture's plane, in degrees. ``blur`` is the deviation of the lens's blur, in pixels; a
    good camera has 0.6. ``motion`` is how far it moved while the shutter was open, in pixels, along ``motion_angle``
    degrees (0 is sideways). ``glare`` is the strength of a mirrored lamp beside the code, 0 to 1. ``light`` is how bright the
    room is: 1 by day, 0.15 at night; a screen has its own. ``noise`` is the sensor's, in grey levels of 255.
    """

    distance: float = 26.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    blur: float = 0.6
    motion: float = 0.0
    motion_angle: float = 0.0
    glare: float = 0.0
    light: float = 0.9
    noise: float = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One thing held up: ``text`` as a code on its carrier, or None for a dark phone or a card without a code.

    ``right`` and ``down`` move the code's middle off the picture's middle, in cm.
    """

    text: str | None
    carrier: Carrier = Carrier.PHONE
    right: float = 0.0
    down: float = 0.0


def phone_frame(text: str | None, *, size: Size = HD, seed: int, view: View) -> Grey:
    """A phone whose screen shows ``text`` as a code of level M; grey, ``size`` is (width, height)."""
    return held_frame([Held(text=text, carrier=Carrier.PHONE)], size=size, seed=seed, view=view)


def card_frame(text: str | None, *, size: Size = HD, seed: int, view: View) -> Grey:
    """A printed card that carries ``text`` as a code of level Q; grey, ``size`` is (width, height)."""
    return held_frame([Held(text=text, carrier=Carrier.CARD)], size=size, seed=seed, view=view)


def room_frame(*, size: Size = HD, seed: int, view: View) -> Grey:
    """The room with nothing held up; grey, ``size`` is (width, height)."""
    return held_frame([], size=size, seed=seed, view=view)


def held_frame(things: Sequence[Held], *, size: Size = HD, seed: int, view: View) -> Grey:
    """Everything in ``things`` in one picture, the later before the earlier; grey, ``size`` is (width, height)."""
    rng = np.random.default_rng(seed)
    lit = room(size, rng) * np.float32(view.light)
    shining, covered = np.zeros_like(lit), np.zeros_like(lit)
    for thing in things:
        texture = (phone if thing.carrier is Carrier.PHONE else card)(thing.text, rng)
        _hold(texture, thing, (lit, shining, covered), view, rng)
    lit = lit + shining + glow(shining, 0.10)
    if view.glare > 0:
        lit += _mirrored(size, view, rng) * (np.float32(_FLARE) + np.float32(1 - _FLARE) * covered)
    lit = moved(blurred(lit, view.blur), view.motion, view.motion_angle)
    return sensor(lit, noise=view.noise, rng=rng)


def _hold(
    texture: Texture,
    thing: Held,
    picture: tuple[Light, Light, Light],
    view: View,
    rng: np.random.Generator,
) -> None:
    """Put ``texture`` into the picture: what it throws back, what it gives, and that it is there."""
    lit, shining, covered = picture
    height, width = lit.shape
    to_plane = _to_plane(thing, view, (width, height))
    left, top, right, bottom = _seen(texture, thing, view, (width, height))
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right, dtype=np.float32)[None, :]
    y = np.arange(top, bottom, dtype=np.float32)[:, None]
    layers = np.stack((texture.there, texture.reflects, texture.shines), axis=-1)
    layers = np.pad(layers, ((1, 1), (1, 1), (0, 0)))
    taken = np.zeros((bottom - top, right - left, 3), dtype=np.float32)
    for below in _SAMPLES:
        for beside in _SAMPLES:
            u, v = _plane_point(to_plane, x + np.float32(beside), y + np.float32(below))
            taken += _sample(layers, texture, u, v)
    taken *= np.float32(1 / len(_SAMPLES) ** 2)
    there, reflects, shines = taken[..., 0], taken[..., 1], taken[..., 2]
    u, v = _plane_point(to_plane, x, y)
    tilt = np.float32(0.04 * float(rng.random()) - 0.02)  # light falls in from one side
    area = (slice(top, bottom), slice(left, right))
    lamp = np.float32(view.light) * (1 + tilt * u + np.float32(0.01) * v)
    lit[area] = lit[area] * (1 - there) + reflects * lamp
    shining[area] = shining[area] * (1 - there) + shines * _moire(u, v, rng)
    covered[area] = np.maximum(covered[area], there)


def _moire(u: Light, v: Light, rng: np.random.Generator) -> Light:
    """The beat between the screen's pixels and the camera's, as a factor of the screen's light."""
    across, down = (np.float32(0.4 + 1.6 * float(rng.random())) for _ in range(2))
    return 1 + np.float32(_MOIRE) * wave(u * across + v * down) * wave(v * across - u * down)


def _mirrored(size: Size, view: View, rng: np.random.Generator) -> Light:
    """A lamp beside the code, somewhere around it."""
    width, height = size
    angle = 360 * float(rng.random())
    away = 0.28 * height
    at = (width / 2 + away * exact_cos(angle), height / 2 + away * exact_sin(angle))
    long, short = 0.22 * height, 0.09 * height
    radii = (long, short) if rng.random() < 0.5 else (short, long)  # noqa: PLR2004 -- either way
    return glare(size, at, radii) * np.float32(view.glare)


# ── Where things are ────────────────────────────────────────────────────────
Matrix = tuple[Vector, Vector, Vector]


def _to_picture(thing: Held, view: View, size: Size) -> Matrix:
    """The homography from the carrier's plane (u, v, 1) in cm to the picture (x, y, 1) in pixels."""
    focal = _FOCAL * size[0]
    along_u, along_v = _turned((1.0, 0.0, 0.0), view), _turned((0.0, 1.0, 0.0), view)
    middle = (thing.right, thing.down, view.distance)
    rows = list(zip(along_u, along_v, middle, strict=True))
    across, down, deep = rows
    return (
        _row(focal, across, size[0] / 2, deep),
        _row(focal, down, size[1] / 2, deep),
        deep,
    )


def _row(focal: float, direction: Vector, centre: float, deep: Vector) -> Vector:
    first, second, third = (
        focal * one + centre * other for one, other in zip(direction, deep, strict=True)
    )
    return first, second, third


def _turned(point: Vector, view: View) -> Vector:
    """A point turned by yaw, then pitch, then roll."""
    x, y, z = point
    x, z = _rotated(x, z, view.yaw)
    y, z = _rotated(y, z, view.pitch)
    x, y = _rotated(x, y, view.roll)
    return x, y, z


def _rotated(one: float, other: float, degrees: float) -> tuple[float, float]:
    cosine, sine = exact_cos(degrees), exact_sin(degrees)
    return one * cosine - other * sine, one * sine + other * cosine


def _to_plane(thing: Held, view: View, size: Size) -> Matrix:
    """The way back: the adjugate, which is the inverse but for a factor that the division takes out."""
    one, two, three = _to_picture(thing, view, size)
    a, b, c = _cross(two, three), _cross(three, one), _cross(one, two)
    first, second, third = zip(a, b, c, strict=True)
    return first, second, third


def _cross(one: Vector, other: Vector) -> Vector:
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )


def _plane_point(to_plane: Matrix, x: Light, y: Light) -> tuple[Light, Light]:
    """Where in the carrier's plane the pixels look, in cm."""
    across, down, scale = (
        np.float32(row[0]) * x + np.float32(row[1]) * y + np.float32(row[2]) for row in to_plane
    )
    return across / scale, down / scale


def _sample(layers: Light, texture: Texture, u: Light, v: Light) -> Light:
    """The three layers at (u, v); ``layers`` has a rim of nothing, which is all there is beyond the texture's edge."""
    column = np.floor(u * np.float32(texture.texels) + np.float32(texture.middle[0] + 1))
    row = np.floor(v * np.float32(texture.texels) + np.float32(texture.middle[1] + 1))
    height, width = layers.shape[:2]
    columns = np.clip(column, 0, width - 1).astype(np.intp)
    rows = np.clip(row, 0, height - 1).astype(np.intp)
    taken = layers.reshape(-1, layers.shape[2]).take(rows * width + columns, axis=0)
    return np.asarray(taken, dtype=np.float32)


def _seen(texture: Texture, thing: Held, view: View, size: Size) -> tuple[int, int, int, int]:
    """The part of the picture that the carrier may cover: left, top, right, bottom, in pixels."""
    height, width = texture.there.shape
    left, top = -texture.middle[0] / texture.texels, -texture.middle[1] / texture.texels
    right, bottom = left + width / texture.texels, top + height / texture.texels
    across, down, deep = _to_picture(thing, view, size)
    corners: list[tuple[float, float]] = []
    for u, v in ((left, top), (right, top), (left, bottom), (right, bottom)):
        x, y, scale = (row[0] * u + row[1] * v + row[2] for row in (across, down, deep))
        corners.append((x / scale, y / scale))
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return (
        max(0, int(min(xs)) - 1),
        max(0, int(min(ys)) - 1),
        min(size[0], int(max(xs)) + 2),
        min(size[1], int(max(ys)) + 2),
    )
