"""A code of Model 1, the forerunner of today's: version 1, correction L, after the first edition of the standard."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MODEL_1_TEXT: Final = "HELLO 1"
_MODULES: Final = """
#######...##..#######
#.....#..####.#.....#
#.###.#.##.#..#.###.#
#.###.#...###.#.###.#
#.###.#..##.#.#.###.#
#.....#..###..#.....#
#######.#.#.#.#######
........#..##........
...####.##...##...#..
.....#.#.#...#.......
.#..#####.###.###..#.
##.###.##..##..##....
....#.#.##...#....#.#
........##.........##
#######...#######...#
#.....#.#..###.......
#.###.#.##.....##.###
#.###.#.##.......#...
#.###.#...####.##.#.#
#.....#....######....
#######..#...##.#.###
"""


def model_1(scale: int = 8) -> NDArray[np.uint8]:
    """The code with its quiet zone, black on white."""
    dark = np.array([[each == "#" for each in row] for row in _MODULES.split()])
    modules = np.where(np.pad(dark, 4), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(modules.repeat(scale, 0).repeat(scale, 1))
