import cv2
import numpy as np

from scanner.reading.finders import MAX_FINDERS, find_finders
from scanner.reading.likeness import find_by_likeness
from tests.fakes.drawn_codes import Luma

EXPECTED = {(45, 45), (177, 45), (45, 177)}  # centres of the eyes of a version 3 at 6 px a module


def nearest(centres: list[tuple[float, float]]) -> set[tuple[int, int]]:
    return {
        place
        for place in EXPECTED
        if any(np.hypot(x - place[0], y - place[1]) < 4 for x, y in centres)
    }


def test_contours_show_the_three_eyes(card: Luma) -> None:
    found = find_finders(card)
    assert nearest([(float(f.centre[0]), float(f.centre[1])) for f in found]) == EXPECTED
    assert all(abs(finder.module - 6) < 0.6 for finder in found[:3])


def test_an_eye_whose_ring_is_cut_is_still_found_by_likeness(card: Luma) -> None:
    for x, y in EXPECTED:
        cv2.line(card, (x - 30, y - 8), (x + 30, y - 4), 220, 4)
    found = find_by_likeness(card)
    assert nearest([(float(f.centre[0]), float(f.centre[1])) for f in found]) == EXPECTED


def test_a_picture_of_nothing_but_eyes_yields_a_bounded_number(card: Luma) -> None:
    eye = card[24:66, 24:66]
    wall = np.tile(np.pad(eye, 12, constant_values=220), (15, 20))
    assert len(find_finders(wall)) <= MAX_FINDERS


def test_a_picture_smaller_than_an_eye_has_none() -> None:
    assert find_finders(np.zeros((1, 1), np.uint8)) == ()
    assert find_by_likeness(np.zeros((1, 1), np.uint8)) == ()
