"""What is done to a picture before the reader sees it: each a function of the picture and a seeded generator."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.adapters.picture_opencv import PictureFault, decode_picture
from scanner.reading.geometry import reduced

Luma = NDArray[np.uint8]
Chance = np.random.Generator
Mutation = Callable[[Luma, Chance], Luma]

LONGEST: Final = 1_600  # pixels a mutated picture may have along a side
_NOTHING: Final = np.zeros((1, 1), np.uint8)


def crop(luma: Luma, chance: Chance) -> Luma:
    """Any part of the picture, down to one pixel."""
    top, bottom = sorted(int(n) for n in chance.integers(0, luma.shape[0], 2))
    left, right = sorted(int(n) for n in chance.integers(0, luma.shape[1], 2))
    return luma[top : bottom + 1, left : right + 1]


def tilt(luma: Luma, chance: Chance) -> Luma:
    """Seen from aside: every corner moved by up to a third of the picture."""
    height, width = luma.shape
    corners = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    reach = chance.uniform(0.02, 0.33)
    moved = corners + chance.uniform(-reach, reach, (4, 2)).astype(np.float32) * (width, height)
    map_ = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    grey = int(chance.integers(0, 256))
    return _grey(cv2.warpPerspective(luma, map_, (width, height), borderValue=grey))


def turn(luma: Luma, chance: Chance) -> Luma:
    """Turned about its middle."""
    height, width = luma.shape
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), float(chance.uniform(0, 360)), 1)
    return _grey(cv2.warpAffine(luma, turned, (width, height), borderMode=cv2.BORDER_REPLICATE))


def bend(luma: Luma, chance: Chance) -> Luma:
    """Waves along both axes, as paper that was crumpled."""
    rows, columns = np.mgrid[: luma.shape[0], : luma.shape[1]].astype(np.float32)
    high, long = np.float32(chance.uniform(0.5, 8)), np.float32(chance.uniform(15, 120))
    across = columns + high * np.sin(rows / long)
    down = rows + high * np.sin(columns / long + np.float32(chance.uniform(0, 6)))
    return _grey(cv2.remap(luma, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))


def noise(luma: Luma, chance: Chance) -> Luma:
    """A dark room's sensor."""
    return _grey(luma + chance.normal(0, chance.uniform(1, 60), luma.shape))


def specks(luma: Luma, chance: Chance) -> Luma:
    """Single pixels black or white."""
    share = chance.uniform(0, 0.2)
    drawn = chance.random(luma.shape)
    return _grey(np.where(drawn < share / 2, 0, np.where(drawn > 1 - share / 2, 255, luma)))


def blur(luma: Luma, chance: Chance) -> Luma:
    """Out of focus."""
    return _grey(cv2.GaussianBlur(luma, (0, 0), float(chance.uniform(0.3, 5))))


def motion(luma: Luma, chance: Chance) -> Luma:
    """Moved along a line, or shaken: then the picture is there twice."""
    length = int(chance.integers(2, 14))
    path = np.zeros((length, length), np.float32)
    if chance.random() < 0.5:  # noqa: PLR2004 -- either way
        path[:] = np.eye(length)
    else:
        path[0, 0] = path[-1, -1] = 1
    return _grey(cv2.filter2D(luma, -1, path[:, :: int(chance.choice((1, -1)))] / path.sum()))


def gamma(luma: Luma, chance: Chance) -> Luma:
    """Brighter or darker by a power."""
    return _grey(255 * (luma / 255) ** np.exp(chance.uniform(-2, 2)))


def faint(luma: Luma, chance: Chance) -> Luma:
    """Little contrast, somewhere between black and white."""
    low, high = sorted(chance.uniform(0, 255, 2))
    return _grey(low + luma * ((high - low) / 255))


def invert(luma: Luma, _: Chance) -> Luma:
    """Light for dark."""
    return _grey(255 - luma)


def mirror(luma: Luma, chance: Chance) -> Luma:
    """As in a mirror."""
    return _grey(cv2.flip(luma, int(chance.integers(-1, 2))))


def tile(luma: Luma, chance: Chance) -> Luma:
    """The picture beside itself, several times."""
    down, across = (int(n) for n in chance.integers(1, 4, 2))
    small, _ = reduced(luma, LONGEST // max(down, across))
    return np.tile(small, (down, across))


def odd_size(luma: Luma, chance: Chance) -> Luma:
    """Stretched to any size, down to slivers."""
    width, height = (int(2 ** chance.uniform(0, 9)) for _ in range(2))
    return _grey(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA))


def scratch(luma: Luma, chance: Chance) -> Luma:
    """Lines and blots over it."""
    picture = luma.copy()
    high, wide = luma.shape
    for _ in range(int(chance.integers(1, 12))):
        ends = [(int(chance.integers(wide)), int(chance.integers(high))) for _ in range(2)]
        grey, thick = int(chance.integers(256)), int(chance.integers(1, 9))
        if chance.random() < 0.8:  # noqa: PLR2004 -- mostly lines
            cv2.line(picture, ends[0], ends[1], grey, thick)
        else:
            cv2.circle(picture, ends[0], 3 * thick, grey, -1)
    return picture


def bits(luma: Luma, chance: Chance) -> Luma:
    """Bits flipped, or the end cut off, in the compressed file; one pixel where nothing opens it."""
    kind = str(chance.choice((".jpg", ".png", ".bmp", ".webp")))
    _, encoded = cv2.imencode(kind, luma)
    data = np.asarray(encoded, np.uint8).ravel().copy()
    for place in chance.integers(0, data.size, int(chance.integers(1, 30))):
        data[place] ^= np.uint8(1 << int(chance.integers(8)))
    if chance.random() < 0.2:  # noqa: PLR2004 -- one in five
        data = data[: int(chance.integers(data.size)) + 1]
    with _unheard():
        opened = decode_picture(data.tobytes())
    return _NOTHING if isinstance(opened, PictureFault) else opened


def pasted(luma: Luma, other: Luma, chance: Chance) -> Luma:
    """A part of another picture somewhere on this one."""
    patch = crop(other, chance)[: luma.shape[0], : luma.shape[1]]
    top = int(chance.integers(luma.shape[0] - patch.shape[0] + 1))
    left = int(chance.integers(luma.shape[1] - patch.shape[1] + 1))
    picture = luma.copy()
    picture[top : top + patch.shape[0], left : left + patch.shape[1]] = patch
    return picture


MUTATIONS: Final[tuple[Mutation, ...]] = (
    *(crop, tilt, turn, bend, noise, specks, blur, motion, gamma, faint),
    *(invert, mirror, tile, odd_size, scratch, bits),
)


@contextmanager
def _unheard() -> Iterator[None]:
    """Nothing written to the terminal meanwhile: libjpeg and libpng tell it of every broken file."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def _grey(levels: object) -> Luma:
    return np.asarray(np.clip(np.asarray(levels), 0, 255), np.uint8)
