import cv2
import numpy as np
import pytest
import segno

from scanner.reading.cascade import read_plain, read_still
from scanner.reading.reader import ElasticGridReader
from tests.fakes.drawn_codes import Countdown, Luma, drawn

TEXT = b"MC1:a card of our own"


def test_a_flat_card_is_read_by_the_first_pass_where_it_lies(card: Luma) -> None:
    (reading,) = read_still(card)
    assert (reading.payload, reading.stage) == (TEXT, "plain")
    assert np.allclose(reading.corners[0], (24, 24), atol=4)


def test_the_grid_reads_a_bent_card(bent_card: Luma) -> None:
    (reading,) = ElasticGridReader().read(bent_card)
    assert reading.payload == TEXT
    assert reading.stage.startswith("grid")


def test_the_grid_reads_a_defocused_card(card: Luma) -> None:
    blurred = np.asarray(cv2.GaussianBlur(card, (0, 0), 3.6), np.uint8)
    assert read_plain(blurred) == ()
    assert [each.payload for each in ElasticGridReader().read(blurred)] == [TEXT]


def test_two_cards_in_view_are_two_readings(bent_card: Luma) -> None:
    other = drawn("MC1:another", version=2)
    other = np.pad(other, ((0, bent_card.shape[0] - other.shape[0]), (0, 0)), constant_values=220)
    both = np.hstack((bent_card, other))
    read = {each.payload for each in ElasticGridReader().read(both)}
    assert read == {TEXT, b"MC1:another"}


def test_a_known_code_is_left_alone(card: Luma) -> None:
    known = read_plain(card)
    assert ElasticGridReader().read(card, known=known) == ()


def test_work_is_given_up_when_told(bent_card: Luma) -> None:
    assert ElasticGridReader().read(bent_card, deadline=lambda: True) == ()


def test_the_deadline_is_asked_between_steps(bent_card: Luma, countdown: Countdown) -> None:
    assert ElasticGridReader().read(bent_card, deadline=countdown(2)) == ()


def test_control_characters_and_spaces_come_through_untouched() -> None:
    payload = " a\x1db\r\n "
    (reading,) = read_still(drawn(payload))
    assert reading.payload == payload.encode()


def test_a_micro_code_is_no_card() -> None:
    code = segno.make_micro("123")
    dark = np.pad(np.array([[bool(cell) for cell in row] for row in code.matrix]), 4)
    luma = np.where(dark, 0, 255).astype(np.uint8).repeat(8, 0).repeat(8, 1)
    assert read_still(luma) == ()


def test_an_inverted_card_is_read(card: Luma) -> None:
    assert [each.payload for each in read_still(255 - card)] == [TEXT]


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 500), (500, 1), (3, 3), (20, 20)])
def test_pictures_too_small_for_a_code_are_empty(shape: tuple[int, int]) -> None:
    assert read_still(np.zeros(shape, np.uint8)) == ()
    assert ElasticGridReader().read(np.zeros(shape, np.uint8)) == ()


def test_noise_is_empty() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (400, 500)).astype(np.uint8)
    assert read_still(noise) == ()
