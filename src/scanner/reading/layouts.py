"""A hypothesis as canvases: which versions it could be, laid flat with every pattern that helps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanner.reading.anchors import Control, with_far_alignment, with_lost_eye
from scanner.reading.gauge import CRISP, Field, Gauge
from scanner.reading.geometry import Pyramid, projected
from scanner.reading.hypotheses import Hypothesis
from scanner.reading.rectify import Canvas, lay_flat
from scanner.reading.symbol import side_of

_LEAST_RIGID = 0.42  # agreement before any bending; 0.5 for blurred pictures lost 5 of 13 reads
_SURE_RIGID = 0.75  # agreement at which no other version is tried; 0.6 and 0.9 read no more
_STIFF = 1e6  # resistance to curvature: a map without perspective
_PLIANT = 0.05  # the same where the eyes' lean decides, against fifteen known points
_MAX_LAYOUTS = 3  # of one hypothesis: each may cost four fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A canvas and a gauge that may fit it.

    Attributes:
        canvas: the symbol laid flat.
        gauge: how grids over it are judged.
        sharpening: 0 for a sharp picture, more for a blurred one.
        bases: fields to begin a fit from: the canvas's own map, and one without perspective.
    """

    canvas: Canvas
    gauge: Gauge
    sharpening: float
    bases: tuple[Field, ...]


def layouts(
    pyramid: Pyramid, hypothesis: Hypothesis, *, is_over: Callable[[], bool] = lambda: False
) -> list[Layout]:
    """Every way to lay a hypothesis flat that deserves a fit: sharp before blurred, then best.

    Args:
        pyramid: the picture.
        hypothesis: where the code might lie.
        is_over: asked before each version but the first; True ends with the canvases laid so far.
    """
    ranked: list[tuple[float, float, Layout]] = []
    for number, version in enumerate(hypothesis.versions):
        if number and is_over():
            break
        control = _controlled(pyramid, hypothesis, version)
        to_picture = control.to_picture()
        if to_picture is None:
            continue
        canvas = lay_flat(pyramid, version, to_picture)
        judged = list(_judged(canvas, _bases(control, canvas)))
        ranked.extend((each.sharpening, -score, each) for each, _, score in judged)
        if any(agreement > _SURE_RIGID for _, agreement, _ in judged):
            break
    ranked.sort(key=lambda entry: entry[:2])
    return [layout for _, _, layout in ranked[:_MAX_LAYOUTS]]


def _judged(canvas: Canvas, bases: tuple[Field, ...]) -> Iterator[tuple[Layout, float, float]]:
    """The canvas with and without sharpening, where it agrees at all; agreement and score."""
    for sharpening in (0.0, CRISP):
        gauge = Gauge(canvas, sharpening=sharpening)
        rigid = gauge.rigid()
        if rigid.agreement >= _LEAST_RIGID:
            layout = Layout(canvas=canvas, gauge=gauge, sharpening=sharpening, bases=bases)
            yield layout, rigid.agreement, rigid.score


def _bases(control: Control, canvas: Canvas) -> tuple[Field, ...]:
    """The rigid grid; one without perspective, which bent codes feign; and one that is bent.

    The last follows how the eyes lean towards each other: around a bottle they do.
    """
    side = side_of(canvas.version)
    rigid = np.zeros((2, side, side), np.float32)
    if not control.perspective:
        return (rigid,)
    to_modules = np.asarray(np.linalg.inv(canvas.to_picture), np.float64)
    seen = projected(to_modules, control.points)
    along = np.arange(side) + 0.5
    modules = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
    fields = [rigid]
    for stiffness in (_STIFF, _PLIANT):
        known = _shapes(control.modules, side)
        normal = known.T @ known + np.diag((0.0, 0.0, 0.0, stiffness, stiffness, stiffness))
        weights = np.linalg.solve(normal, known.T @ seen)
        moved = _shapes(modules, side) @ weights - modules
        fields.append(np.asarray(moved.T.reshape(2, side, side), np.float32))
    return tuple(fields)


def _shapes(modules: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Shift, shear and the three curvatures at each point, count x 6."""
    u, v = (2 * modules / side - 1).T
    return np.stack((np.ones_like(u), u, v, u * v, u * u, v * v), axis=1)


def _controlled(pyramid: Pyramid, hypothesis: Hypothesis, version: int) -> Control:
    """The points that place this version, with what else can be found in the picture."""
    lost = hypothesis.lost
    control = Control(
        modules=hypothesis.placed(version), points=hypothesis.points, perspective=lost is None
    )
    if lost is not None:
        control = with_lost_eye(pyramid, control, version, lost) or control
    if control.perspective:
        control = with_far_alignment(pyramid, control, version) or control
    return control
