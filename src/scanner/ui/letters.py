"""Words in letters of five rows and more, made of full blocks alone: every font has those, the console's too."""

from dataclasses import dataclass
from typing import Final

ROWS: Final = 5
_BLOCK: Final = "█"

# Five rows each, "#" is ink. Four columns where a letter can do with them.
_GLYPHS: Final = {
    "A": " ## |#  #|####|#  #|#  #",
    "B": "### |#  #|### |#  #|### ",
    "C": " ###|#   |#   |#   | ###",
    "D": "### |#  #|#  #|#  #|### ",
    "E": "####|#   |### |#   |####",
    "F": "####|#   |### |#   |#   ",
    "G": " ###|#   |# ##|#  #| ###",
    "H": "#  #|#  #|####|#  #|#  #",
    "I": "#|#|#|#|#",
    "J": "   #|   #|   #|#  #| ## ",
    "K": "#  #|# # |##  |# # |#  #",
    "L": "#   |#   |#   |#   |####",
    "M": "#   #|## ##|# # #|#   #|#   #",
    "N": "#   #|##  #|# # #|#  ##|#   #",
    "O": " ## |#  #|#  #|#  #| ## ",
    "P": "### |#  #|### |#   |#   ",
    "Q": " ##  |#  # |#  # |# ## | ## #",
    "R": "### |#  #|### |# # |#  #",
    "S": " ###|#   | ## |   #|### ",
    "T": "#####|  #  |  #  |  #  |  #  ",
    "U": "#  #|#  #|#  #|#  #| ## ",
    "V": "#   #|#   #|#   #| # # |  #  ",
    "W": "#   #|#   #|# # #|## ##|#   #",
    "X": "#   #| # # |  #  | # # |#   #",
    "Y": "#   #| # # |  #  |  #  |  #  ",
    "Z": "####|  # | #  |#   |####",
    "Ä": "#  #| ## |#  #|####|#  #",
    "Ö": "#  #| ## |#  #|#  #| ## ",
    "Ü": "#  #|    |#  #|#  #| ## ",
    "É": "  # |####|### |#   |####",
    "0": " ## |#  #|#  #|#  #| ## ",
    "1": " # |## | # | # |###",
    "2": "### |   #| ## |#   |####",
    "3": "### |   #| ## |   #|### ",
    "4": "#  #|#  #|####|   #|   #",
    "5": "####|#   |### |   #|### ",
    "6": " ## |#   |### |#  #| ## ",
    "7": "####|   #|  # | #  | #  ",
    "8": " ## |#  #| ## |#  #| ## ",
    "9": " ## |#  #| ###|   #| ## ",
    "/": "    #|   # |  #  | #   |#    ",
    ",": " | | |#|#",
    "'": "#|#| | | ",
    "-": "   |   |###|   |   ",
    "!": "#|#|#| |#",
    "?": "### |   #| ## |    | #  ",
    ".": " | | | |#",
    " ": "  |  |  |  |  ",
}
# A shape for each verdict, for those who see no colour. Private characters, so that they stand in a line like letters.
TICK: Final = "\ue000"
CROSS: Final = "\ue001"
QUERY: Final = "\ue002"
ARROW: Final = "\ue003"
_SHAPES: Final = {
    TICK: "      #|     # |#   #  | # #   |  #    ",
    CROSS: "#   #| # # |  #  | # # |#   #",
    QUERY: " ### |#   #|  ## |     |  #  ",
    ARROW: "   #   |    #  |#######|    #  |   #   ",
}
# Cells across and rows down for one dot of a letter. A cell is about twice as high as wide.
_SCALES: Final = ((8, 4), (6, 3), (5, 3), (4, 2), (3, 2), (2, 1), (1, 1))


@dataclass(frozen=True, slots=True)
class Drawing:
    """Rows of blocks and blanks, all of one width."""

    rows: tuple[str, ...]

    @property
    def width(self) -> int:
        """In cells."""
        return len(self.rows[0]) if self.rows else 0

    @property
    def height(self) -> int:
        """In rows."""
        return len(self.rows)


def drawable(word: str) -> bool:
    """Whether there is a letter for every character of ``word``."""
    return all(character in _GLYPHS for character in word.upper())


def draw(word: str, width: int, height: int, *, shape: str = "") -> Drawing | None:
    """``word`` as large as ``width`` x ``height`` allows; ``shape`` beside or above it where that makes it no smaller.

    The words stand on one line, or one under the other. None where not even the smallest letters fit.
    """
    if not drawable(word) or not word.strip():
        return None
    shaped, bare = _layouts(word.upper(), shape)
    readable, least = _SCALES[:-1], _SCALES[-1:]
    for scales, layouts in ((readable, shaped), (readable, bare), (least, shaped + bare)):
        for across, down in scales:
            for lines in layouts:
                drawing = _stack(lines, across, down)
                if drawing.width <= width and drawing.height <= height:
                    return drawing
    return None


def _layouts(word: str, shape: str) -> tuple[list[list[str]], list[list[str]]]:
    parts = word.split()
    bare = [[word], parts]
    if not shape:
        return [], bare
    return [[f"{shape} {word} {shape}"], [shape, word], [shape, *parts]], bare


def _stack(lines: list[str], across: int, down: int) -> Drawing:
    drawn = [_line(line, across, down) for line in lines]
    width = max(len(rows[0]) for rows in drawn)
    stacked: list[str] = []
    for rows in drawn:
        if stacked:
            stacked += [" " * width] * down
        stacked += [row.center(width) for row in rows]
    return Drawing(tuple(stacked))


def _line(line: str, across: int, down: int) -> list[str]:
    glyphs = [(_SHAPES.get(character) or _GLYPHS[character]).split("|") for character in line]
    rows = [" ".join(glyph[row] for glyph in glyphs) for row in range(ROWS)]
    inked = ["".join((_BLOCK if dot == "#" else " ") * across for dot in row) for row in rows]
    return [row for row in inked for _ in range(down)]
