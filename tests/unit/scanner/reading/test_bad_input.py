"""Pictures made to hurt: an answer, within bounds, and never an exception."""

from collections.abc import Callable

import numpy as np
import pytest

from scanner.reading.cascade import read_still
from scanner.reading.tiles import TILE_SIDE, tiles
from tests.fakes.drawn_codes import Countdown, Luma, drawn
from tools.hostile_pictures import brick_wall, checkerboard, many_codes, noise, specks, wall_of_eyes

STEPS = 20  # enough for some fits; the clock is the caller's


@pytest.mark.parametrize("picture", [checkerboard, brick_wall, wall_of_eyes, noise, specks])
def test_patterns_full_of_eyes_hold_no_code(
    picture: Callable[[], Luma], countdown: Countdown
) -> None:
    assert read_still(picture(), deadline=countdown(STEPS)) == ()


def test_two_hundred_codes_are_read_and_nothing_else(countdown: Countdown) -> None:
    read = read_still(many_codes(), deadline=countdown(STEPS))
    assert read
    assert {each.payload for each in read} == {b"1"}


def test_a_huge_picture_is_reduced_first(card: Luma) -> None:
    huge = np.full((9_000, 9_000), 220, np.uint8)
    large = card.repeat(30, 0).repeat(30, 1)
    huge[500 : 500 + large.shape[0], 500 : 500 + large.shape[1]] = large
    (reading,) = read_still(huge)
    assert abs(reading.corners[0][0] - 1220) < 60


def test_a_small_code_in_a_large_picture_is_read_once_where_two_parts_show_it() -> None:
    small = drawn("1", version=1, scale=2)
    large = np.full((2_000, 3_000), 220, np.uint8)
    left, top = TILE_SIDE - small.shape[1] - 20, 700
    large[top : top + small.shape[0], left : left + small.shape[1]] = small
    (reading,) = read_still(large)
    assert (reading.payload, reading.stage) == (b"1", "native size")
    assert np.allclose(reading.corners[0], (left + 8, top + 8), atol=3)


@pytest.mark.parametrize("shape", [(1, 1), (1_280, 1_281), (2_000, 3_000), (4_000, 4_000)])
def test_parts_cover_a_picture(shape: tuple[int, int]) -> None:
    seen = np.zeros(shape, bool)
    for part, left, top in tiles(np.zeros(shape, np.uint8)):
        seen[top : top + part.shape[0], left : left + part.shape[1]] = True
    assert seen.all()
