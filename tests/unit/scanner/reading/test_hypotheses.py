import numpy as np

from scanner.reading.hypotheses import find_hypotheses
from tests.fakes.drawn_codes import eye_at


def test_three_eyes_at_a_right_angle_are_one_code_of_the_right_size() -> None:
    eyes = (eye_at(0, 0), eye_at(132, 0), eye_at(0, 132))
    first = next(find_hypotheses(eyes))
    assert first.versions[0] == 3
    assert first.lost is None
    assert first.finders[0] is eyes[0]
    assert first.finders[1] is eyes[1]


def test_known_points_lie_where_the_eyes_are() -> None:
    first = next(find_hypotheses((eye_at(0, 0), eye_at(132, 0), eye_at(0, 132))))
    placed = first.placed(3)
    assert np.allclose((placed - 3.5) * 6, first.points, atol=1e-6)


def test_two_eyes_are_enough_for_a_guess_at_each_place_of_the_third() -> None:
    lost = {each.lost for each in find_hypotheses((eye_at(0, 0), eye_at(132, 0)))}
    assert lost == {(0, 1), (1, 0)}


def test_two_eyes_across_the_code_leave_the_corner_to_be_found() -> None:
    lost = {each.lost for each in find_hypotheses((eye_at(132, 0), eye_at(0, 132)))}
    assert lost == {(0, 0)}


def test_one_eye_says_nothing() -> None:
    assert list(find_hypotheses((eye_at(0, 0),))) == []
    assert list(find_hypotheses(())) == []


def test_eyes_of_very_different_sizes_do_not_belong_together() -> None:
    assert list(find_hypotheses((eye_at(0, 0, 6), eye_at(132, 0, 20)))) == []
