from dataclasses import replace

import numpy as np
import pytest
import zxingcpp

from tools.camera_view import (
    HD,
    Carrier,
    Held,
    View,
    card_frame,
    held_frame,
    phone_frame,
    room_frame,
)
from tools.fixture_carriers import modules_of
from tools.fixture_optics import Grey, blurred, enlarged, moved, shifted, wave

TEXT = "MC1:6BFOXN*TS0BI$ZDGT5PHM5W/V3HLPDJ4"
NEAR = View(distance=16)
SIZE = (640, 360)


def read(picture: Grey) -> list[str]:
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return sorted(code.text for code in zxingcpp.read_barcodes(picture, formats=formats))


def test_a_frame_is_grey_and_as_large_as_asked() -> None:
    picture = phone_frame(TEXT, size=SIZE, seed=1, view=NEAR)

    assert picture.shape == (SIZE[1], SIZE[0])
    assert picture.dtype == np.uint8
    assert room_frame(seed=1, view=View()).shape == (HD[1], HD[0])


def test_the_same_seed_gives_the_same_pixels_and_another_seed_others() -> None:
    one = card_frame(TEXT, size=SIZE, seed=1, view=NEAR)
    again = card_frame(TEXT, size=SIZE, seed=1, view=NEAR)
    other = card_frame(TEXT, size=SIZE, seed=2, view=NEAR)

    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    "view",
    [
        NEAR,
        replace(NEAR, yaw=30, pitch=-15, roll=100),
        replace(NEAR, blur=1.4),
        replace(NEAR, motion=4, motion_angle=45),
        replace(NEAR, glare=0.6),
        replace(NEAR, light=0.15, noise=4),
    ],
)
@pytest.mark.parametrize("carrier", Carrier)
def test_a_code_reads_in_every_view(carrier: Carrier, view: View) -> None:
    picture = held_frame([Held(text=TEXT, carrier=carrier)], size=SIZE, seed=3, view=view)

    assert read(picture) == [TEXT]


def test_two_codes_in_view_are_both_read() -> None:
    two = [Held(text=TEXT, right=-5), Held(text="https://venue.example", right=5)]

    assert read(held_frame(two, seed=4, view=View(distance=28))) == [TEXT, "https://venue.example"]


@pytest.mark.parametrize(
    "things",
    [
        [],
        [Held(text=None)],
        [Held(text=None, carrier=Carrier.CARD)],
        [Held(text=TEXT, right=60)],
        [Held(text=TEXT, right=7.2)],
    ],
)
def test_no_code_reads_where_none_is_whole(things: list[Held]) -> None:
    assert read(held_frame(things, size=SIZE, seed=5, view=NEAR)) == []


def test_a_dark_room_is_darker_and_its_screen_is_not() -> None:
    by_day = phone_frame(TEXT, size=SIZE, seed=6, view=NEAR)
    at_night = phone_frame(TEXT, size=SIZE, seed=6, view=replace(NEAR, light=0.1))

    assert at_night[:, :100].mean() < by_day[:, :100].mean() / 3
    assert at_night.max() > 200


def test_print_has_more_error_correction_than_a_screen() -> None:
    text = TEXT * 3

    assert modules_of(text, "Q").shape[0] > modules_of(text, "M").shape[0]
    assert not modules_of(text, "M")[:4].any()


def test_blur_and_motion_keep_an_even_grey_as_it_is() -> None:
    even = np.full((20, 30), 0.4, dtype=np.float32)

    assert np.allclose(blurred(even, 2.0), even, atol=1e-5)
    assert np.allclose(moved(even, 7, 30), even, atol=1e-5)
    assert np.allclose(enlarged(even, (61, 41)), 0.4, atol=1e-5)
    assert blurred(even, 0) is even


def test_a_shift_stretches_the_edge_into_the_gap() -> None:
    ramp = np.arange(6, dtype=np.float32)[None, :].repeat(2, axis=0)

    assert shifted(ramp, 0, 2)[0].tolist() == [0, 0, 0, 1, 2, 3]
    assert shifted(ramp, 0, -1)[0].tolist() == [1, 2, 3, 4, 5, 5]


def test_the_wave_is_nearly_a_sine() -> None:
    turns = np.linspace(-1, 2, 200, dtype=np.float32)

    assert np.abs(wave(turns) - np.sin(2 * np.pi * turns)).max() < 0.07
