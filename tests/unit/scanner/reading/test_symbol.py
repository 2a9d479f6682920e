import numpy as np
import pytest
import segno

from scanner.reading.symbol import (
    fixed_modules,
    format_places,
    format_words,
    is_data,
    nearest_version,
    side_of,
)

CODEWORDS = {
    1: 26,
    2: 44,
    7: 196,
    10: 346,
    14: 581,
    32: 2465,
    34: 2761,
    40: 3706,
}  # ISO 18004, table 1


@pytest.mark.parametrize("version", range(1, 41))
def test_fixed_modules_are_those_of_a_code_made_by_another(version: int) -> None:
    code = segno.make("1", version=version, error="l", micro=False)
    colour = np.array([[1 if cell else -1 for cell in row] for row in code.matrix])
    fixed = fixed_modules(version)
    assert fixed.shape == colour.shape
    assert ((fixed == 0) | (fixed == colour)).all()


@pytest.mark.parametrize("mask", range(8))
@pytest.mark.parametrize("error", ["l", "m", "q", "h"])
def test_both_copies_of_the_format_word_are_found_and_legal(mask: int, error: str) -> None:
    code = segno.make("1", version=2, error=error, mask=mask, micro=False, boost_error=False)
    colour = np.array([[1 if cell else -1 for cell in row] for row in code.matrix])
    copies = colour[format_places(side_of(2))]
    assert (copies[0] == copies[1]).all()
    assert (format_words() @ copies[0]).max() == 15


@pytest.mark.parametrize(("version", "codewords"), CODEWORDS.items())
def test_what_is_left_holds_the_codewords_of_the_standard(version: int, codewords: int) -> None:
    assert int(is_data(version).sum()) // 8 == codewords


def test_a_measured_side_finds_the_nearest_legal_version() -> None:
    assert [nearest_version(side) for side in (3, 22, 26, 176, 900)] == [1, 1, 2, 40, 40]
