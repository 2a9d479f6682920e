"""One presentation for one card held in view."""

from typing import Final

from scanner.door.debounce import OUT_OF_VIEW, Debounce
from scanner.door.frame import Reading
from tests.fakes.scanner_clock import moment_at
from tests.fakes.scanner_parts import a_reading

ONE: Final = a_reading(b"one")
TWO: Final = a_reading(b"two")


def _fresh(debounce: Debounce, mono: int, *readings: Reading) -> tuple[Reading, ...]:
    return debounce.fresh(readings, moment_at(0, mono=mono))


def test_a_code_held_in_view_is_new_once() -> None:
    debounce = Debounce()
    assert _fresh(debounce, 0, ONE) == (ONE,)
    for frame in range(1, 60):
        assert _fresh(debounce, frame * 33_000, ONE) == ()


def test_a_code_that_left_the_view_and_comes_back_is_new_again() -> None:
    debounce = Debounce()
    _fresh(debounce, 0, ONE)
    assert _fresh(debounce, OUT_OF_VIEW, ONE) == (ONE,)


def test_a_hand_before_the_code_for_less_does_not_make_it_new() -> None:
    debounce = Debounce()
    _fresh(debounce, 0, ONE)
    _fresh(debounce, 500_000)
    assert _fresh(debounce, OUT_OF_VIEW - 1, ONE) == ()


def test_another_code_beside_it_is_new_by_itself() -> None:
    debounce = Debounce()
    _fresh(debounce, 0, ONE)
    assert _fresh(debounce, 10, ONE, TWO) == (TWO,)


def test_the_same_code_twice_in_a_frame_is_new_once() -> None:
    assert _fresh(Debounce(), 0, ONE, ONE) == (ONE,)


def test_what_left_the_view_is_forgotten() -> None:
    debounce = Debounce()
    for number in range(100):
        _fresh(debounce, number * OUT_OF_VIEW, a_reading(str(number).encode()))
    assert len(debounce._last_seen) == 1
