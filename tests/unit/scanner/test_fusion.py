"""Several pictures of one code: read together where none is read alone, and never mixed with another."""

from typing import Final

import numpy as np
import pytest

from scanner.door.frame import Luma
from scanner.reading.fusion import FORGET_AFTER, MAX_SUMS, Fusion, Sample
from scanner.reading.live import LiveReader
from scanner.reading.symbol import fixed_modules, side_of
from tests.fakes.scanner_views import STEP, code_of, view_of, with_lamp

TEXT: Final = "MC1:" + "GATEPOST 0123456789" * 5
PLACE: Final = (200, 70)


def glared(number: int, text: str = TEXT) -> Luma:
    """A lamp that covers a third of the code, never the same."""
    code = code_of(text, scale=4)
    view = view_of((code, PLACE))
    middle = code.shape[0] // 2
    turn = number * 2.1
    at = (
        PLACE[0] + middle + int(0.42 * middle * np.cos(turn)),
        PLACE[1] + middle + int(0.42 * middle * np.sin(turn)),
    )
    return with_lamp(view, at, int(0.36 * middle))


def a_sample(seed: int, *, version: int = 6, noise: float = 0.6, trust: float = 1.0) -> Sample:
    """The same random symbol for the same seed, freshly noisy each time."""
    side = side_of(version)
    symbol = np.where(np.random.default_rng(seed).random((side, side)) < 0.5, -1.0, 1.0)
    fixed = fixed_modules(version)
    symbol = np.where(fixed == 0, symbol, fixed)
    grain = np.random.default_rng().normal(0, noise, (2, side, side))
    return Sample(
        version=version,
        ways=(symbol + grain).astype(np.float32),
        weight=np.full((side, side), trust, np.float32),
    )


def test_a_lamp_that_wanders_uncovers_the_code_in_the_end() -> None:
    alone = [LiveReader().look(glared(number), now=0) for number in range(4)]
    assert alone == [(), (), (), ()]
    reader = LiveReader()
    found = [reader.look(glared(number), now=number * STEP) for number in range(6)]
    read = [reading for readings in found for reading in readings]
    assert read
    assert {reading.payload for reading in read} == {TEXT.encode()}
    assert read[0].stage == "frames"


def test_samples_of_one_code_make_one_sum() -> None:
    fusion = Fusion()
    for number in range(5):
        fusion.add(a_sample(1), number)
    assert len(fusion) == 1


def test_codes_are_told_apart_by_their_modules_alone() -> None:
    fusion = Fusion()
    for number in range(6):
        assert fusion.add(a_sample(number % 2), number) is None
    assert len(fusion) == 2


def test_versions_are_never_added_to_each_other() -> None:
    fusion = Fusion()
    fusion.add(a_sample(1, version=5), 0)
    fusion.add(a_sample(1, version=6), 1)
    assert len(fusion) == 2


def test_a_code_that_left_the_view_is_forgotten() -> None:
    fusion = Fusion()
    fusion.add(a_sample(1), 0)
    fusion.add(a_sample(2), FORGET_AFTER)
    assert len(fusion) == 1
    fusion.clear()
    assert len(fusion) == 0


def test_however_much_is_seen_a_few_sums_are_kept() -> None:
    fusion = Fusion()
    for seed in range(4 * MAX_SUMS):
        fusion.add(a_sample(seed), seed)
    assert len(fusion) == MAX_SUMS


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (3, 700), (30, 30)])
def test_any_picture_has_an_answer(shape: tuple[int, int]) -> None:
    assert LiveReader().look(np.zeros(shape, np.uint8), now=0) == ()


def test_work_ends_at_its_deadline() -> None:
    asked: list[bool] = []

    def is_over() -> bool:
        asked.append(True)
        return len(asked) > 1

    assert LiveReader().look(glared(0), now=0, deadline=is_over) == ()
    assert len(asked) < 6
