import numpy as np
import segno
from numpy.typing import NDArray

from scanner.reading.render import cleaned, judge


def modules(text: str, version: int) -> NDArray[np.bool_]:
    code = segno.make(text, version=version, error="h", micro=False, boost_error=False)
    return np.array([[bool(cell) for cell in row] for row in code.matrix])


def grey_of(dark: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.asarray(np.where(dark, 1, -1), np.float32)


def test_a_clean_symbol_is_read_to_the_byte() -> None:
    dark = modules("a b\r\n ", 2)
    assert judge(grey_of(dark), dark, 2) == b"a b\r\n "


def test_broken_eyes_and_timing_are_put_right() -> None:
    dark = modules("card", 2)
    spoiled = dark.copy()
    spoiled[:7, :7] = False
    spoiled[6] = True
    assert judge(grey_of(dark), spoiled, 2) == b"card"


def test_what_fails_reed_solomon_is_not_read() -> None:
    dark = modules("card", 2)
    noise = np.random.default_rng(5).random(dark.shape) > 0.5
    assert judge(grey_of(dark), noise, 2) is None


def test_without_any_format_word_nothing_is_drawn() -> None:
    dark = modules("card", 2)
    assert cleaned(np.zeros(dark.shape, np.float32), dark, 2) is None
