"""Draw each stage of the elastic grid on a card of our own, for docs/explanation/elastic-grid.md."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

if __package__ in {None, ""}:  # run as a file: what lies beside tools/ is not on the path yet
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scanner.reading.attempt import QUICK
from scanner.reading.finders import Finder, find_finders
from scanner.reading.fit import bend, starts, stretch
from scanner.reading.gauge import Field, Fit
from scanner.reading.geometry import Pyramid
from scanner.reading.hypotheses import Hypothesis, find_hypotheses
from scanner.reading.layouts import Layout, layouts
from scanner.reading.rectify import MARGIN, Canvas
from scanner.reading.render import cleaned, judge
from scanner.reading.sample import greys
from scanner.reading.symbol import side_of
from tools.camera_view import View, card_frame

_EXAMPLES: Final = """\
examples:
  python -m tools.draw_reading            draw docs/explanation/reading/*.jpg anew
  python -m tools.draw_reading --check    write nothing; 1 if a picture is missing or otherwise
"""
FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "reading"
_MADE_WITH: Final = "made-with.json"
_ANY: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_PACKAGES: Final = ("numpy", "opencv-python-headless", "segno", "zxing-cpp")
_TEXT: Final = "MC1:6BFOXN*TS0BI$ZDGT5PHM5W/V3HLPDJ4 A CARD OF OUR OWN, BENT AND SCRATCHED"
_SIZE: Final = (720, 480)
_VIEW: Final = View(distance=19, yaw=24, pitch=-12, roll=9, blur=1.1, light=0.7, noise=3)
_SAG: Final = 13  # pixels the card is bent by
_SHOWN: Final = 12  # pixels a module in the last pictures
_TOLERANCE: Final = 3.0  # grey levels in the mean; the last bits of a fit differ between machines
_QUALITY: Final = 82
_GREEN, _RED, _BLUE = (60, 190, 60), (50, 50, 230), (230, 140, 30)

Picture = NDArray[np.uint8]


class DrawingError(Exception):
    """The card is not read any more, or is read without the grid: the pictures would show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """All that one reading went through."""

    luma: Picture
    finders: tuple[Finder, ...]
    hypothesis: Hypothesis
    layout: Layout
    start: Field
    fit: Fit
    grey: NDArray[np.float32]


def scene() -> Picture:
    """A printed card, turned, bent and scratched, as the camera sees it."""
    luma = card_frame(_TEXT, size=_SIZE, seed=11, view=_VIEW)
    rows, columns = np.mgrid[: _SIZE[1], : _SIZE[0]].astype(np.float32)
    sag = np.float32(_SAG) * np.sin(columns / np.float32(75) + np.float32(0.6))
    bent = np.asarray(cv2.remap(luma, columns, rows + sag, cv2.INTER_LINEAR), np.uint8)
    cv2.line(bent, (300, 130), (440, 330), 235, 4, cv2.LINE_AA)
    return bent


def followed() -> Stages:
    """The reading of the scene, step by step.

    Raises:
        DrawingError: it is read too easily, or not at all.
    """
    luma = scene()
    if zxingcpp.read_barcodes(luma, formats=_ANY):
        msg = "zxing-cpp reads the scene by itself"
        raise DrawingError(msg)
    finders = find_finders(luma)
    pyramid = Pyramid(luma)
    for hypothesis in find_hypotheses(finders):
        for layout in layouts(pyramid, hypothesis)[: QUICK.layouts]:
            start = next(starts(layout.gauge, layout.bases))
            for fit in _fits(layout, start):
                grey = _read(layout.canvas, fit)
                if grey is not None:
                    return Stages(
                        luma=luma,
                        finders=finders,
                        hypothesis=hypothesis,
                        layout=layout,
                        start=start,
                        fit=fit,
                        grey=grey,
                    )
    msg = "the elastic grid does not read the scene"
    raise DrawingError(msg)


def _fits(layout: Layout, start: Field) -> Iterator[Fit]:
    bent = bend(layout.gauge, start)
    yield bent
    fit = stretch(layout.gauge, bent, 5)
    yield fit
    yield stretch(layout.gauge, fit, 7)


def _read(canvas: Canvas, fit: Fit) -> NDArray[np.float32] | None:
    """The sampling that is read as the card's text, or None."""
    for grey in greys(canvas, fit.field):
        if judge(grey, grey > 0, canvas.version) == _TEXT.encode():
            return grey
    return None


def drawings(stages: Stages) -> dict[str, Picture]:
    """Every picture under its file name."""
    canvas = stages.layout.canvas
    flat = _coloured(_levels(canvas.darkness))
    dark = stages.grey > 0
    symbol = cleaned(stages.grey, dark, canvas.version)
    if symbol is None:
        msg = "nothing to draw"
        raise DrawingError(msg)
    clean = np.where(np.pad(symbol, 4), np.float32(1), np.float32(-1))
    rigid = np.zeros_like(stages.fit.field)
    return {
        "1-seen.jpg": _coloured(stages.luma),
        "2-finders.jpg": _with_finders(stages),
        "3-hypothesis.jpg": _with_hypothesis(stages),
        "4-rectified.jpg": _with_grid(flat, canvas, rigid, _RED),
        "5-fitted.jpg": _with_grid(flat, canvas, stages.fit.field, _GREEN),
        "6-sampled.jpg": _enlarged(_levels(np.clip(stages.grey, -1, 1))),
        "7-rendered.jpg": _enlarged(_levels(clean)),
    }


def _levels(darkness: NDArray[np.float32]) -> Picture:
    return np.asarray(np.round(127.5 - 127.5 * darkness), np.uint8)


def _coloured(luma: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR), np.uint8)


def _enlarged(modules: Picture) -> Picture:
    return _coloured(modules.repeat(_SHOWN, 0).repeat(_SHOWN, 1))


def _with_finders(stages: Stages) -> Picture:
    picture = _coloured(stages.luma)
    for finder in stages.finders:
        _outlined(picture, finder.corners, _BLUE)
    return picture


def _with_hypothesis(stages: Stages) -> Picture:
    picture = _coloured(stages.luma)
    canvas = stages.layout.canvas
    side = side_of(canvas.version)
    square = np.array(((0, 0), (side, 0), (side, side), (0, side)), np.float64)
    _outlined(picture, canvas.picture_points(square), _RED)
    for finder in stages.hypothesis.finders:
        _outlined(picture, finder.corners, _GREEN)
    return picture


def _outlined(picture: Picture, corners: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    points = np.round(corners).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(picture, [points], isClosed=True, color=colour, thickness=2, lineType=cv2.LINE_AA)


def _with_grid(
    flat: Picture, canvas: Canvas, field: Field, colour: tuple[int, int, int]
) -> Picture:
    """Lines through the centres of every second row and column of modules."""
    picture = flat.copy()
    side = side_of(canvas.version)
    centre = np.arange(side) + 0.5 + MARGIN
    x = (centre[None, :] + field[0]) * canvas.scale
    y = (centre[:, None] + field[1]) * canvas.scale
    points = np.round(np.stack((x, y), axis=-1)).astype(np.int32)
    for line in (*points[::2], *points.transpose(1, 0, 2)[::2]):
        path = np.ascontiguousarray(line).reshape(-1, 1, 2)
        cv2.polylines(picture, [path], isClosed=False, color=colour)
    return picture


def faults(made: dict[str, Picture], folder: Path) -> list[str]:
    """What is missing, or not as made where the packages are those it was made with."""
    path = folder / _MADE_WITH
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    is_same = kept == _versions()
    found = []
    for name, picture in made.items():
        there = cv2.imread(str(folder / name))
        if there is None:
            found.append(f"missing: {name}")
        elif is_same and not _is_like(np.asarray(there, np.uint8), picture):
            found.append(f"stale: {name}")
    return found


def _is_like(there: Picture, picture: Picture) -> bool:
    if there.shape != picture.shape:
        return False
    _, encoded = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    again = np.asarray(cv2.imdecode(np.asarray(encoded, np.uint8), cv2.IMREAD_COLOR), np.float32)
    return float(np.abs(again - there).mean()) <= _TOLERANCE


def _versions() -> dict[str, str]:
    return {package: version(package) for package in _PACKAGES}


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, or check; the exit code: 0 as it must be, 1 not, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.draw_reading",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="write nothing, look at what is there")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures are")
    asked = parser.parse_args(arguments)
    try:
        made = drawings(followed())
    except DrawingError as error:
        print(error, file=sys.stderr)
        return 1
    if not asked.check:
        _write(made, asked.folder)
    found = faults(made, asked.folder)
    for fault in found:
        print(f"{fault}; run: python -m tools.draw_reading", file=sys.stderr)
    return 1 if found else 0


def _write(made: dict[str, Picture], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in made.items():
        cv2.imwrite(str(folder / name), picture, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    content = json.dumps(_versions(), indent=1)
    (folder / _MADE_WITH).write_text(f"{content}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
