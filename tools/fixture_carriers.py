"""What a code is shown on: a phone's screen or a printed card, flat, seen from straight above, in centimetres.

The middle of the code is (0, 0); u goes right and v down. Each carrier is a ``Texture`` of three layers: what of it is
there at all, how much of the room's light it throws back, and how much light it gives by itself.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import segno
from numpy.typing import NDArray

from tools.fixture_optics import Light

TEXELS_A_MODULE: Final = 8
PHONE_CODE_CM: Final = 5.6  # with the quiet zone, on a screen 6.7 cm wide
CARD_CODE_CM: Final = 5.6
_QUIET_MODULES: Final = 4  # ISO/IEC 18004 asks for four
_BLANK_MODULES: Final = 41  # size of the code that a carrier without one has no room for

Box = tuple[float, float, float, float]  # left, top, right, bottom, in cm


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """A carrier from above; ``texels`` is their number in a centimetre, ``middle`` the texel of the code's middle (u, v)."""

    there: Light
    reflects: Light
    shines: Light
    texels: float
    middle: tuple[float, float]


def modules_of(text: str, level: str) -> NDArray[np.uint8]:
    """The modules of the smallest QR symbol for ``text``, 1 dark and 0 light, its quiet zone around it.

    ``level`` is the error correction: M on screens, Q in print.
    """
    symbol = segno.make_qr(text, error=level, boost_error=False)
    dark = np.array([list(row) for row in symbol.matrix], dtype=np.uint8)
    return np.pad(dark, _QUIET_MODULES)


class _Sheet:
    """A texture being painted."""

    def __init__(self, box: Box, texels: float) -> None:
        left, top, right, bottom = box
        self.texels = texels
        self.middle = (-left * texels, -top * texels)
        shape = (round((bottom - top) * texels), round((right - left) * texels))
        self.u = (np.arange(shape[1], dtype=np.float32)[None, :] + 0.5) / texels + left
        self.v = (np.arange(shape[0], dtype=np.float32)[:, None] + 0.5) / texels + top
        self.there = np.zeros(shape, dtype=np.float32)
        self.reflects = np.zeros(shape, dtype=np.float32)
        self.shines = np.zeros(shape, dtype=np.float32)

    def inside(self, box: Box, radius: float = 0.0) -> NDArray[np.bool_]:
        """The texels in ``box``, its corners rounded by ``radius`` cm."""
        left, top, right, bottom = box
        across = np.maximum(left + radius - self.u, self.u - right + radius)
        down = np.maximum(top + radius - self.v, self.v - bottom + radius)
        if radius == 0.0:
            return np.asarray((across < 0) & (down < 0), dtype=np.bool_)
        across, down = np.maximum(across, 0), np.maximum(down, 0)
        return np.asarray(across * across + down * down < radius * radius, dtype=np.bool_)

    def oval(self, at: tuple[float, float], radii: tuple[float, float]) -> NDArray[np.bool_]:
        across, down = (self.u - at[0]) / radii[0], (self.v - at[1]) / radii[1]
        return np.asarray(across * across + down * down < 1, dtype=np.bool_)

    def paint(self, where: NDArray[np.bool_], reflects: float, shines: float = 0.0) -> None:
        self.there[where] = 1
        self.reflects[where] = reflects
        self.shines[where] = shines

    def print_code(self, modules: NDArray[np.uint8], layer: Light, dark: float) -> None:
        """Put the code in the middle of ``layer``: its dark modules become ``dark``."""
        texels = np.repeat(np.repeat(modules, TEXELS_A_MODULE, axis=0), TEXELS_A_MODULE, axis=1)
        top = round(self.middle[1] - texels.shape[0] / 2)
        left = round(self.middle[0] - texels.shape[1] / 2)
        under = layer[top : top + texels.shape[0], left : left + texels.shape[1]]
        under[texels == 1] = dark

    def writing(self, box: Box, rng: np.random.Generator) -> NDArray[np.bool_]:
        """A line of something like letters across ``box``."""
        left, top, right, bottom = box
        pitch = (bottom - top) / 6
        columns = int((right - left) / pitch)
        strokes = rng.random((6, columns)) < np.float32(0.55)
        strokes[:, ::6] = False  # the gaps between letters
        row = np.clip(np.floor((self.v - top) / pitch).astype(np.intp), 0, 5)
        column = np.clip(np.floor((self.u - left) / pitch).astype(np.intp), 0, columns - 1)
        return np.asarray(self.inside(box) & strokes[row, column], dtype=np.bool_)

    def done(self) -> Texture:
        return Texture(
            there=self.there,
            reflects=self.reflects,
            shines=self.shines,
            texels=self.texels,
            middle=self.middle,
        )


def phone(text: str | None, rng: np.random.Generator) -> Texture:
    """A phone in a hand, its screen showing ``text`` as a code of level M, or nothing."""
    modules = None if text is None else modules_of(text, "M")
    sheet = _Sheet((-6.0, -7.0, 6.0, 11.0), _texels(modules, PHONE_CODE_CM))
    skin = 0.25 + 0.4 * float(rng.random())
    _palm(sheet, skin)
    sheet.paint(sheet.inside((-3.65, -5.6, 3.65, 9.6), 0.9), 0.05)
    sheet.paint(sheet.inside((-3.6, -5.55, 3.6, 9.55), 0.88), 0.12)
    sheet.paint(sheet.inside((-3.5, -5.45, 3.5, 9.45), 0.8), 0.04)
    screen = sheet.inside((-3.35, -5.3, 3.35, 9.3), 0.65)
    sheet.paint(screen, 0.05, 0.03)
    if modules is not None:
        _screen(sheet, screen, modules, rng)
    _fingers(sheet, skin)
    return sheet.done()


def _screen(
    sheet: _Sheet, screen: NDArray[np.bool_], modules: NDArray[np.uint8], rng: np.random.Generator
) -> None:
    back = 0.16 if rng.random() < 0.5 else 0.62  # noqa: PLR2004 -- dark and light themes, one in two
    ink = 0.75 if back < 0.5 else 0.2  # noqa: PLR2004
    sheet.paint(screen, 0.05, back)
    sheet.paint(sheet.inside((-3.0, -3.0, 3.0, 4.6), 0.25), 0.05, 0.92)
    sheet.print_code(modules, sheet.shines, 0.05)
    sheet.shines[sheet.writing((-2.6, -4.5, 1.0, -4.1), rng)] = ink
    sheet.shines[sheet.writing((-2.7, -5.05, -1.9, -4.85), rng)] = ink
    sheet.shines[sheet.writing((-2.6, 3.2, 1.6, 3.55), rng)] = 0.15
    sheet.shines[sheet.inside((-2.6, 3.95, 2.6, 4.1))] = 0.75
    sheet.shines[sheet.inside((-2.6, 3.95, -2.6 + 5 * float(rng.random()), 4.1))] = 0.35
    sheet.shines[sheet.writing((-2.6, 5.4, 2.2, 5.7), rng)] = ink
    sheet.shines[sheet.writing((-2.6, 6.1, 0.6, 6.4), rng)] = ink


def _palm(sheet: _Sheet, skin: float) -> None:
    sheet.paint(sheet.oval((3.2, 8.6), (2.6, 4.6)), skin * 0.8)
    for number in range(4):
        sheet.paint(sheet.oval((-3.9, 1.0 + 1.75 * number), (0.75, 0.85)), skin * 0.9)


def _fingers(sheet: _Sheet, skin: float) -> None:
    """What of the hand lies in front: finger tips at the left, the thumb at the right."""
    for number in range(4):
        sheet.paint(sheet.oval((-3.8, 1.0 + 1.75 * number), (0.5, 0.7)), skin)
        sheet.paint(sheet.oval((-3.5, 1.0 + 1.75 * number), (0.16, 0.3)), skin * 1.2)
    sheet.paint(sheet.oval((3.9, 6.6), (1.0, 2.2)), skin)
    sheet.paint(sheet.oval((3.45, 5.4), (0.35, 0.55)), skin * 1.2)


def card(text: str | None, rng: np.random.Generator) -> Texture:
    """A card on paper, held at its lower right corner, with ``text`` printed as a code of level Q, or nothing."""
    modules = None if text is None else modules_of(text, "Q")
    sheet = _Sheet((-4.0, -5.2, 9.4, 8.0), _texels(modules, CARD_CODE_CM))
    skin = 0.25 + 0.4 * float(rng.random())
    sheet.paint(sheet.oval((6.8, 5.6), (2.4, 2.2)), skin * 0.85)
    whole = sheet.inside((-3.5, -4.6, 7.9, 4.0), 0.3)
    sheet.paint(whole, 0.86)
    sheet.reflects[sheet.inside((-3.5, -4.6, 7.9, -3.35), 0.3)] = 0.42
    sheet.reflects[sheet.writing((-3.0, -4.25, 1.4, -3.75), rng)] = 0.9
    for top in (-2.2, -1.3, -0.8, 0.4):
        end = 4.6 + 2.8 * float(rng.random())
        sheet.reflects[sheet.writing((3.4, top, end, top + 0.33), rng)] = 0.25
    if modules is not None:
        sheet.print_code(modules, sheet.reflects, 0.12)
    _paper(sheet, whole, rng)
    sheet.paint(sheet.oval((6.9, 4.2), (0.8, 1.3)), skin)
    sheet.paint(sheet.oval((6.8, 3.5), (0.35, 0.5)), skin * 1.2)
    return sheet.done()


def _paper(sheet: _Sheet, whole: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Fibres in the paper, and ink that did not take everywhere."""
    shape = sheet.reflects.shape
    coarse = rng.random((shape[0] // 3 + 1, shape[1] // 9 + 1), dtype=np.float32)
    fine = rng.random((shape[0] // 2 + 1, shape[1] // 2 + 1), dtype=np.float32)
    fibres = np.repeat(np.repeat(coarse, 3, axis=0), 9, axis=1)[: shape[0], : shape[1]]
    grain = np.repeat(np.repeat(fine, 2, axis=0), 2, axis=1)[: shape[0], : shape[1]]
    rough = np.float32(0.05) * (fibres - 0.5) + np.float32(0.05) * (grain - 0.5)
    sheet.reflects[whole] = (sheet.reflects + rough)[whole]


def _texels(modules: NDArray[np.uint8] | None, across_cm: float) -> float:
    count = _BLANK_MODULES if modules is None else modules.shape[0]
    return count * TEXELS_A_MODULE / across_cm
