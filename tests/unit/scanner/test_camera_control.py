"""A camera is told what it can be told: format, exposure, one frame buffered."""

from itertools import islice

import cv2
import numpy as np
import pytest

from scanner.adapters.camera_opencv import EXPOSE_EVERY, Exposure, OpenCvCamera
from scanner.adapters.decoder_cv2 import Cv2Decoder
from scanner.door.frame import Frame, Luma
from tests.fakes.scanner_views import FakeCapture, Ticking, code_of, shown, view_of

BURNT = np.full((80, 80), 255, np.uint8)
DARK = np.full((80, 80), 20, np.uint8)
FINE = np.tile(np.linspace(20, 200, 80, dtype=np.uint8), (80, 1))


def a_camera(capture: FakeCapture, *, live: bool = True) -> OpenCvCamera:
    return OpenCvCamera(0, clock=capture.clock, live=live, open_capture=lambda _device: capture)


def frames_of(capture: FakeCapture, count: int) -> list[Frame]:
    camera = a_camera(capture)
    frames = camera.frames()
    taken = list(islice(frames, count))
    camera.close()
    assert list(frames) == []
    return taken


@pytest.mark.parametrize(
    ("speeds", "best"),
    [
        ({"MJPG": 16_000, "YUYV": 100_000}, "MJPG"),
        ({"MJPG": 40_000, "YUYV": 33_000}, "YUYV"),
        ({"YUYV": 33_000}, "YUYV"),
    ],
)
def test_the_format_that_gives_more_frames_is_taken(speeds: dict[str, int], best: str) -> None:
    capture = FakeCapture([FINE] * 40, speeds, Ticking())
    assert len(frames_of(capture, 3)) == 3
    assert capture.format == cv2.VideoWriter.fourcc(*best)
    assert capture.told[cv2.CAP_PROP_BUFFERSIZE] == 1
    assert capture.told[cv2.CAP_PROP_AUTOFOCUS] == 1
    assert capture.released


def test_the_trial_is_bounded() -> None:
    clock = Ticking()
    capture = FakeCapture([FINE] * 40, {"MJPG": 300_000, "YUYV": 400_000}, clock)
    frames_of(capture, 1)
    assert clock.ticks < 4_000_000


def test_a_device_without_formats_is_left_as_it_is() -> None:
    capture = FakeCapture([FINE] * 3, {}, Ticking())
    assert len(frames_of(capture, 3)) == 3


def test_a_burnt_out_picture_shortens_the_exposure_and_a_dark_one_lengthens_it() -> None:
    capture = FakeCapture([], {}, Ticking())
    exposure = Exposure(capture)

    def show(luma: Luma) -> list[float]:
        for _ in range(EXPOSE_EVERY * 20):
            exposure.see(luma)
        told, capture.exposures = capture.exposures, []
        return told

    assert show(FINE) == []
    shorter = show(BURNT)
    assert shorter == sorted(shorter, reverse=True)
    assert shorter[-1] == pytest.approx(20)
    longer = show(DARK)
    assert longer == sorted(longer)
    assert longer[-1] == pytest.approx(200)


def test_a_camera_that_cannot_be_exposed_is_left_alone() -> None:
    capture = FakeCapture([], {}, Ticking())
    capture.told[cv2.CAP_PROP_EXPOSURE] = 0.0
    exposure = Exposure(capture)
    for _ in range(EXPOSE_EVERY):
        exposure.see(BURNT)
    assert capture.exposures == []


def test_opencvs_own_decoder_reads_bytes_with_their_place() -> None:
    (found,) = Cv2Decoder().decode(shown(view_of((code_of("MC1:CARD ONE"), (100, 60))), 0))
    assert found.text == "MC1:CARD ONE"
    assert found.corners is not None
    assert Cv2Decoder().decode(shown(np.zeros((0, 5), np.uint8), 0)) == ()
    assert Cv2Decoder().decode(shown(DARK, 0)) == ()
