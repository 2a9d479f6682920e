"""Draw what the reader does not read, beside the same in a milder form that it does, for docs/reference/decoding.md."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

if __package__ in {None, ""}:  # run as a file: what lies beside tools/ is not on the path yet
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scanner.reading.cascade import read_still
from tools.hostile_pictures import TEXT, code

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "reference" / "decoding"
_SCALE: Final = 6  # pixels a module
_QUALITY: Final = 85

Luma = NDArray[np.uint8]
Plane = NDArray[np.float32]
Spoil = Callable[[Luma, float], Luma]
Mapped = NDArray[np.float32] | NDArray[np.float64]
Where = Callable[[Plane, Plane], tuple[Mapped, Mapped]]


def doubled(luma: Luma, strength: float) -> Luma:
    """Seen twice, as a hand that jerks shows it; ``strength`` is how many modules lie between."""
    shift = strength * _SCALE
    other = _mapped(luma, lambda x, y: (x - shift, y - shift * 0.6))
    return np.asarray(cv2.addWeighted(luma, 0.5, other, 0.5, 0), np.uint8)


def slanted(luma: Luma, strength: float) -> Luma:
    """In perspective; ``strength`` is the share of its width that the far side has lost."""
    height, width = luma.shape
    inset = strength * width / 2
    there = np.array(
        ((inset, height * strength * 0.8), (width - inset, height * strength * 0.8)), np.float32
    )
    near = np.array(((width, height), (0, height)), np.float32)
    whole = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    to_seen = cv2.getPerspectiveTransform(whole, np.vstack((there, near)))
    seen = cv2.warpPerspective(luma, to_seen, (width, height), borderValue=(220.0,))
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), 1.2), np.uint8)


def crumpled(luma: Luma, strength: float) -> Luma:
    """Folded every few modules; ``strength`` is how many modules the folds move what is on them."""
    deep = strength * _SCALE
    return _mapped(
        luma,
        lambda x, y: (
            x + deep * np.sin(y / 9 + x / 31),
            y + deep * np.sin(x / 10 - y / 27),
        ),
    )


def defocused(luma: Luma, strength: float) -> Luma:
    """Out of focus; ``strength`` is the radius of the disc that a point becomes, in modules."""
    radius = round(strength * _SCALE)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.filter2D(luma, -1, disc.astype(np.float32) / disc.sum()), np.uint8)


def _mapped(luma: Luma, where: Where) -> Luma:
    rows, columns = np.mgrid[: luma.shape[0], : luma.shape[1]].astype(np.float32)
    x, y = (np.asarray(each, np.float32) for each in where(columns, rows))
    seen = cv2.remap(luma, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.uint8)


SPOILS: Final[dict[str, tuple[Spoil, float, float]]] = {
    "doubled": (doubled, 1.1, 2.0),
    "slanted": (slanted, 0.6, 0.8),
    "crumpled": (crumpled, 0.2, 0.6),
    "defocused": (defocused, 0.8, 1.2),
}
"""How a code is spoiled: by what, how much is still read, and how much is not."""


def spoiled(name: str) -> tuple[Luma, Luma]:
    """The code as it is still read, and as it is not."""
    spoil, mild, strong = SPOILS[name]
    card = np.pad(code(TEXT, scale=_SCALE, version=3), 30, constant_values=220)
    return spoil(card, mild), spoil(card, strong)


def is_read(luma: Luma) -> bool:
    """Whether the whole reader reads it, given as many steps as it wants."""
    return [each.payload for each in read_still(luma)] == [TEXT.encode()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw them; the exit code: 0 as they must be, 1 where a mild one is unread or a strong one read."""
    parser = argparse.ArgumentParser(prog="python -m tools.draw_unread", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to (default: docs)")
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    fault = 0
    for name in SPOILS:
        mild, strong = spoiled(name)
        if not is_read(mild) or is_read(strong):
            print(f"{name}: the mild one must be read, and the strong one not", file=sys.stderr)
            fault = 1
        beside = np.hstack((mild, strong))
        cv2.imwrite(str(folder / f"{name}.jpg"), beside, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    return fault


if __name__ == "__main__":
    sys.exit(main())
