"""What a QR Code model 2 looks like before anything is written into it (ISO/IEC 18004).

Matrices are indexed ``[row, column]``; +1 is dark, -1 is light, 0 is not fixed by the standard.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

MIN_VERSION = 1
MAX_VERSION = 40
FINDER_MODULES = 7  # the side of the square eye in a corner
FIRST_VERSION_WITH_INFO = 7  # from here on two blocks of 18 modules name the version
_ALIGNMENT_RADIUS = 2
_FORMAT_GENERATOR = 0b10100110111
_FORMAT_MASK = 0b101010000010010
_VERSION_GENERATOR = 0b1111100100101

# (row, column) of the 15 format bits, highest first; negative counts from the far edge.
_FORMAT_FIRST = (
    *((8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)),
    *((row, 8) for row in (7, 5, 4, 3, 2, 1, 0)),
)
_FORMAT_SECOND = (
    *((-row, 8) for row in range(1, 8)),
    *((8, column) for column in range(-8, 0)),
)


def side_of(version: int) -> int:
    """The number of modules along one side of a symbol of this version (21 to 177)."""
    return 17 + 4 * version


def nearest_version(modules: float) -> int:
    """The version whose side comes nearest to a measured number of modules, within 1 to 40."""
    return int(np.clip(round((modules - 17) / 4), MIN_VERSION, MAX_VERSION))


@cache
def alignment_centres(version: int) -> tuple[int, ...]:
    """Module indices of the alignment patterns along one axis; none in version 1."""
    if version == MIN_VERSION:
        return ()
    count = version // 7 + 2
    step = (version * 8 + count * 3 + 5) // (count * 4 - 4) * 2
    last = side_of(version) - FINDER_MODULES
    return (6, *(last - step * i for i in range(count - 2, -1, -1)))


@cache
def fixed_modules(version: int) -> NDArray[np.int8]:
    """The modules the standard fixes, side x side: finders, timing, alignment, version blocks."""
    side = side_of(version)
    fixed = np.zeros((side, side), np.int8)
    timing = np.where(np.arange(side) % 2 == 0, 1, -1)
    fixed[6, :] = timing
    fixed[:, 6] = timing
    _place_alignment(fixed, version)
    eye = _square_rings((-1, 1, -1, 1, 1))
    fixed[:8, :8] = eye[1:, 1:]
    fixed[:8, -8:] = eye[1:, :-1]
    fixed[-8:, :8] = eye[:-1, 1:]
    fixed[-8, 8] = 1
    if version >= FIRST_VERSION_WITH_INFO:
        _place_version(fixed, version)
    fixed.setflags(write=False)
    return fixed


@cache
def is_data(version: int) -> NDArray[np.bool_]:
    """True where payload or error correction lies, side x side: neither fixed nor format."""
    free = np.asarray(fixed_modules(version) == 0, np.bool_)
    for row, column in (*_FORMAT_FIRST, *_FORMAT_SECOND):
        free[row, column] = False
    free.setflags(write=False)
    return free


@cache
def format_words() -> NDArray[np.int8]:
    """The 32 legal format words as +1 and -1, shape 32 x 15, highest bit first."""
    words = [_with_remainder(value, 10, _FORMAT_GENERATOR) ^ _FORMAT_MASK for value in range(32)]
    return np.array([_bits(word, 15) for word in words], np.int8)


def format_places(side: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of both copies of the format bits, each of shape 2 x 15."""
    places = np.array((_FORMAT_FIRST, _FORMAT_SECOND), np.intp) % side
    return places[..., 0], places[..., 1]


def _square_rings(colours: tuple[int, ...]) -> NDArray[np.int8]:
    """Concentric square rings, outermost first; the last colour fills the middle."""
    reach = np.abs(np.arange(1 - len(colours), len(colours)))
    ring = len(colours) - 1 - np.maximum(reach[:, None], reach[None, :])
    return np.asarray(np.array(colours, np.int8)[ring], np.int8)


def _place_alignment(fixed: NDArray[np.int8], version: int) -> None:
    centres = alignment_centres(version)
    pattern = _square_rings((1, -1, 1))
    corners = {(6, 6), (6, centres[-1]), (centres[-1], 6)} if centres else set()
    for row in centres:
        for column in centres:
            if (row, column) not in corners:
                rows = slice(row - _ALIGNMENT_RADIUS, row + _ALIGNMENT_RADIUS + 1)
                columns = slice(column - _ALIGNMENT_RADIUS, column + _ALIGNMENT_RADIUS + 1)
                fixed[rows, columns] = pattern


def _place_version(fixed: NDArray[np.int8], version: int) -> None:
    block = _bits(_with_remainder(version, 12, _VERSION_GENERATOR), 18)[::-1].reshape(6, 3)
    fixed[:6, -11:-8] = block
    fixed[-11:-8, :6] = block.T


def _with_remainder(value: int, check_bits: int, generator: int) -> int:
    """The value followed by its BCH check bits."""
    rest = value << check_bits
    while rest.bit_length() > check_bits:
        rest ^= generator << (rest.bit_length() - check_bits - 1)
    return (value << check_bits) | rest


def _bits(word: int, count: int) -> NDArray[np.int8]:
    """A word as +1 and -1, highest bit first."""
    return np.array([1 if word >> i & 1 else -1 for i in range(count - 1, -1, -1)], np.int8)
