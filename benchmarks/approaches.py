"""Phones and cards held up to a camera, frame by frame: what bench_video.py lets the decoders look at.

Each approach is 60 frames at 30 a second, two seconds in which a code becomes readable little by little. All of them
are made by tools.camera_view from a seed; what that cannot do (a lamp that wanders, coarse moiré, a dark room's sensor)
is laid over its pictures here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cardcore.card import Mode
from tools.camera_view import HD, Carrier, Held, View, held_frame
from tools.fixture_keys import PLAIN_CARDS, TEST_SHORT
from tools.fixture_optics import Grey, Light, glare, grid, wave
from tools.fixture_tokens import NOW, claims_of, mint

FRAMES: Final = 60
FPS: Final = 30
_AT: Final = 1_790_000_000

Look = Callable[["Hand", float], View]
Veil = Callable[["Hand", float, Grey], Grey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What is particular about one approach: its seed, and five numbers from 0 to 1 drawn from it."""

    seed: int
    chance: tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """One kind of approach; ``hard`` where zxing-cpp alone takes long, which the target of 30 % is for."""

    name: str
    look: Look
    hard: bool
    carrier: Carrier = Carrier.PHONE
    veil: Veil = lambda _hand, _now, frame: frame

    def text(self, seed: int) -> str:
        """The card that is held up."""
        card = PLAIN_CARDS[seed % len(PLAIN_CARDS)]
        return mint(claims_of(card, Mode.ROTATING, _AT + seed, NOW), TEST_SHORT)

    def frames(self, seed: int) -> Iterator[Grey]:
        """The pictures, in order; the same for the same seed."""
        rng = np.random.default_rng(seed)
        one, two, three, four, five = (float(rng.random()) for _ in range(5))
        hand = Hand(seed=seed, chance=(one, two, three, four, five))
        held = Held(text=self.text(seed), carrier=self.carrier)
        for number in range(FRAMES):
            now = number / (FRAMES - 1)
            seen = held_frame([held], size=HD, seed=seed, view=self.look(hand, now))
            yield self.veil(hand, now, _grained(seen, seed * 1_000 + number))


def _grained(frame: Grey, seed: int) -> Grey:
    """Fresh noise in each frame: the room keeps its seed, and with it the noise in it."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1.5, frame.shape).astype(np.float32)
    return _levels(np.rint(frame + noise))


def _levels(light: Light) -> Grey:
    return np.asarray(np.clip(light, 0, 255), np.uint8)


def _sway(hand: Hand, now: float) -> tuple[float, float, float]:
    """Yaw, pitch and roll of a hand that is never quite still, in degrees."""
    turns = np.array([now * (1.1 + part) + part for part in hand.chance[:3]], np.float32)
    yaw, pitch, roll = (float(part) for part in wave(turns))
    return 10 * yaw, 8 * pitch, 7 * roll


def _distance(hand: Hand, now: float) -> View:
    """From far away to the usual place."""
    yaw, pitch, roll = _sway(hand, now)
    far = 150 + 30 * hand.chance[0]
    return View(distance=far - (far - 50) * now, yaw=yaw, pitch=pitch, roll=roll, motion=1.5)


def _motion(hand: Hand, now: float) -> View:
    """A hand that swings and comes to rest: the smear is never the same twice."""
    yaw, pitch, roll = _sway(hand, now)
    swing = abs(float(wave(np.array([now * 5.3 + hand.chance[3]], np.float32))[0]))
    return View(
        distance=36 - 6 * now,
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        motion=3 + (14 - 9 * now) * (0.45 + 0.55 * swing),
        motion_angle=360 * hand.chance[4] + 200 * now,
        blur=0.9,
    )


def _defocus(hand: Hand, now: float) -> View:
    """A lens that finds its focus late."""
    yaw, pitch, roll = _sway(hand, now)
    blur = 4.6 + hand.chance[0] - 3.6 * now
    return View(distance=33, yaw=yaw, pitch=pitch, roll=roll, blur=blur, noise=1.6)


def _glare(hand: Hand, now: float) -> View:
    yaw, pitch, roll = _sway(hand, now)
    return View(distance=34, yaw=yaw, pitch=pitch, roll=roll, blur=0.9, motion=2.0)


def _lamp(hand: Hand, now: float, frame: Grey) -> Grey:
    """A mirrored lamp that wanders over the code as the hand tilts, and leaves it towards the end."""
    height = frame.shape[0]
    turns = np.array([now * 1.7 + hand.chance[1], now * 1.3 + hand.chance[2]], np.float32)
    across, down = (float(part) for part in wave(turns))
    reach = height * (0.08 + 0.2 * now)
    at = (HD[0] / 2 + reach * across, height / 2 + reach * down)
    wide = height * (0.10 + 0.04 * hand.chance[3])
    light = glare(HD, at, (wide, 0.7 * wide)) + np.float32(0.05)
    return _levels(frame + np.float32(400 - 160 * now) * light)


def _moire(hand: Hand, now: float) -> View:
    yaw, pitch, roll = _sway(hand, now)
    return View(distance=46 - 12 * now, yaw=yaw, pitch=pitch, roll=roll, blur=0.9)


def _beat(hand: Hand, now: float, frame: Grey) -> Grey:
    """The screen's pixels against the camera's: bands that change with every step nearer."""
    x, y = grid(HD)
    pitch = np.float32(0.030 + 0.030 * hand.chance[0] + 0.012 * now)
    lean = np.float32(0.012 + 0.01 * hand.chance[1] - 0.02 * now)
    along = wave(x * pitch + y * lean) * wave(y * pitch * np.float32(0.9) - x * lean)
    strength = np.float32(0.5 - 0.42 * now)
    return _levels(frame * (1 - strength + strength * along))


def _dim(hand: Hand, now: float) -> View:
    yaw, pitch, roll = _sway(hand, now)
    return View(
        distance=36 - 4 * now, yaw=yaw, pitch=pitch, roll=roll, blur=1.0, motion=2.0, light=0.5
    )


def _night(hand: Hand, now: float, frame: Grey) -> Grey:
    """A dark room: a few grey levels of signal, and the sensor's noise around them."""
    rng = np.random.default_rng((hand.seed, round(now * FRAMES)))
    gain = np.float32(0.10 + 0.38 * now)
    noise = rng.normal(0, 8 + 3 * hand.chance[1], frame.shape).astype(np.float32)
    return _levels(np.rint(24 + frame * gain + noise))


APPROACHES: Final = (
    Approach(name="distance", look=_distance, hard=False),
    Approach(name="motion", look=_motion, hard=True),
    Approach(name="defocus", look=_defocus, hard=True),
    Approach(name="moving glare", look=_glare, hard=True, veil=_lamp),
    Approach(name="moiré", look=_moire, hard=True, veil=_beat),
    Approach(name="dim", look=_dim, hard=True, carrier=Carrier.CARD, veil=_night),
)
