"""Pictures made to hurt: an answer, within bounds, and never an exception."""

from collections.abc import Callable

import numpy as np
import pytest

from scanner.reading.cascade import read_still
from tests.fakes.drawn_codes import Countdown, Luma, drawn

STEPS = 20  # enough for some fits; the clock is the caller's


def checkerboard() -> Luma:
    rows, columns = np.mgrid[:900, :1200] // 9
    return np.asarray((rows + columns) % 2 * 255, np.uint8)


def brick_wall() -> Luma:
    wall = np.full((900, 1200), 90, np.uint8)
    wall[::30] = 220
    for row in range(30):
        wall[row * 30 : row * 30 + 30, (row % 2) * 30 :: 60] = 220
    return wall


def wall_of_eyes() -> Luma:
    eye = drawn("1", version=1)[24:66, 24:66]
    return np.tile(np.pad(eye, 12, constant_values=220), (14, 18))


def two_hundred_codes() -> Luma:
    one = drawn("1", version=1, scale=3)
    return np.tile(one, (10, 20))


@pytest.mark.parametrize("picture", [checkerboard, brick_wall, wall_of_eyes])
def test_patterns_full_of_eyes_hold_no_code(
    picture: Callable[[], Luma], countdown: Countdown
) -> None:
    assert read_still(picture(), deadline=countdown(STEPS)) == ()


def test_two_hundred_codes_are_read_and_nothing_else(countdown: Countdown) -> None:
    read = read_still(two_hundred_codes(), deadline=countdown(STEPS))
    assert read
    assert {each.payload for each in read} == {b"1"}


def test_a_huge_picture_is_reduced_first(card: Luma) -> None:
    huge = np.full((9_000, 9_000), 220, np.uint8)
    large = card.repeat(30, 0).repeat(30, 1)
    huge[500 : 500 + large.shape[0], 500 : 500 + large.shape[1]] = large
    (reading,) = read_still(huge)
    assert abs(reading.corners[0][0] - 1220) < 60
