from itertools import islice

import cv2
import numpy as np
import pytest

from scanner.reading.anchors import Control, with_far_alignment, with_lost_eye
from scanner.reading.fit import bend, starts, stretch
from scanner.reading.gauge import CRISP, Gauge
from scanner.reading.geometry import Pyramid
from scanner.reading.rectify import Canvas, lay_flat
from scanner.reading.render import judge
from scanner.reading.sample import greys
from tests.fakes.drawn_codes import Luma

TRUE_MAP = np.array(((6.0, 0, 23.5), (0, 6.0, 23.5), (0, 0, 1)))  # of the card at 6 px a module


def canvas_of(luma: Luma, shift: float = 0.0) -> Canvas:
    moved = TRUE_MAP.copy()
    moved[:2, 2] += shift * 6
    return lay_flat(Pyramid(luma), 3, moved)


def test_a_grid_in_place_agrees_and_reads(card: Luma) -> None:
    canvas = canvas_of(card)
    fit = Gauge(canvas, sharpening=0.0).rigid()
    assert fit.agreement > 0.9
    grey = next(greys(canvas, fit.field))
    assert judge(grey, grey > 0, 3) == b"MC1:a card of our own"


def test_a_shifted_grid_is_bent_back(card: Luma) -> None:
    gauge = Gauge(canvas_of(card, shift=0.7), sharpening=0.0)
    rigid = gauge.rigid()
    fit = bend(gauge, rigid.field)
    assert fit.agreement > 0.9 > rigid.agreement
    assert np.allclose(fit.field.mean(axis=(1, 2)), (-0.7, -0.7), atol=0.2)


def test_a_lattice_never_makes_the_fit_worse(bent_card: Luma) -> None:
    gauge = Gauge(canvas_of(bent_card), sharpening=CRISP)
    bent = bend(gauge, gauge.rigid().field)
    assert stretch(gauge, bent, 5).score >= bent.score


def test_starts_are_apart_and_the_best_comes_first(card: Luma) -> None:
    gauge = Gauge(canvas_of(card), sharpening=0.0)
    first, second = islice(starts(gauge, (gauge.rigid().field,)), 2)
    assert gauge.score(first) >= gauge.score(second)
    assert np.linalg.norm(first[:, -1, -1] - second[:, -1, -1]) >= 2.5


def control_of(modules: list[tuple[float, float]], *, perspective: bool) -> Control:
    known = np.array(modules)
    points = known @ TRUE_MAP[:2, :2].T + TRUE_MAP[:2, 2]
    return Control(modules=known, points=points, perspective=perspective)


def test_a_lost_eye_is_found_where_the_other_two_point(card: Luma) -> None:
    two = control_of([(0, 0), (7, 0), (7, 7), (0, 7), (22, 0), (29, 7)], perspective=False)
    found = with_lost_eye(Pyramid(card), two, 3, (0, 1))
    assert found is not None
    matrix = found.to_picture()
    assert matrix is not None
    assert np.allclose(matrix / matrix[2, 2], TRUE_MAP, atol=1.0)


def test_where_there_is_no_eye_none_is_found(card: Luma) -> None:
    two = control_of([(0, 0), (7, 0), (7, 7), (0, 7), (22, 0), (29, 7)], perspective=False)
    blank = np.full_like(card, 128)
    assert with_lost_eye(Pyramid(blank), two, 3, (0, 1)) is None


def test_the_alignment_pattern_corrects_the_far_corner(card: Luma) -> None:
    eyes = control_of([(0, 0), (7, 7), (22, 0), (29, 7), (0, 22), (7, 29)], perspective=True)
    found = with_far_alignment(Pyramid(card), eyes, 3)
    assert found is not None
    assert np.allclose(found.points[-1], np.array((22.5, 22.5)) * 6 + 23.5, atol=2)


@pytest.mark.parametrize("blur", [0.5, 3.0])
def test_some_way_of_sampling_reads_through_blur(card: Luma, blur: float) -> None:
    canvas = canvas_of(np.asarray(cv2.GaussianBlur(card, (0, 0), blur), np.uint8))
    field = np.zeros((2, 29, 29), np.float32)
    read = {judge(grey, grey > 0, 3) for grey in greys(canvas, field)}
    assert read - {None} == {b"MC1:a card of our own"}


def test_a_climb_ends_where_the_work_is_given_up(bent_card: Luma) -> None:
    gauge = Gauge(canvas_of(bent_card, shift=0.7), sharpening=CRISP)
    rigid = gauge.rigid()
    asked = iter((False, True))
    early = bend(gauge, rigid.field, is_over=lambda: next(asked))
    assert rigid.score < early.score < bend(gauge, rigid.field).score
    assert stretch(gauge, early, 5, is_over=lambda: True).score >= early.score
