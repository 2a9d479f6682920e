"""Decoders, cameras, videos and folders."""

import importlib
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Final

import cv2
import numpy as np
import pytest
import segno

from scanner.adapters.camera_opencv import OpenCvCamera
from scanner.adapters.clock_system import RehearsalClock, SystemClock
from scanner.adapters.decoder_cascade import DecoderCascade
from scanner.adapters.decoder_pyzbar import PyzbarDecoder
from scanner.adapters.decoder_zxing import LIVE_SIDE, ZxingDecoder
from scanner.adapters.frames_folder import FolderFrames
from scanner.adapters.picture_opencv import open_picture
from scanner.bootstrap.decoding import open_decoding
from scanner.bootstrap.eyes import make_decoder, make_source
from scanner.config import Settings
from scanner.door.frame import Frame, Luma
from scanner.errors import CameraError, ConfigError
from tests.fakes.card_material import NOW
from tests.fakes.model_1 import MODEL_1_TEXT, model_1
from tests.fakes.scanner_clock import FakeClock, moment_at
from tests.fakes.scanner_door import a_card
from tests.fakes.scanner_parts import FakeDecoder, a_frame

TEXT: Final = a_card()


def code_picture(data: str | bytes, *, scale: int = 4, margin: int = 40) -> Luma:
    """A code, black on white."""
    code = segno.make_qr(data, error="m", boost_error=False)
    modules = np.array([[not dark for dark in row] for row in code.matrix], dtype=np.uint8) * 255
    return np.pad(
        np.kron(modules, np.ones((scale, scale), dtype=np.uint8)), margin, constant_values=255
    )


def _frame(luma: Luma, *, still: bool = True) -> Frame:
    return Frame(luma=luma, taken_at=moment_at(NOW), still=still)


class TestDecoders:
    @pytest.mark.parametrize("decoder", [ZxingDecoder(), PyzbarDecoder()])
    def test_a_code_is_read_byte_for_byte(self, decoder: ZxingDecoder | PyzbarDecoder) -> None:
        (found,) = decoder.decode(_frame(code_picture(TEXT)))
        assert found.payload == TEXT.encode()
        assert found.text == TEXT

    @pytest.mark.parametrize(
        "payload", [b"\x00\x1b[2J\xff\xfe", b" MC1: \n", b"\r\n", bytes(range(128, 160))]
    )
    def test_bytes_that_are_no_text_come_through_as_they_are(self, payload: bytes) -> None:
        (found,) = ZxingDecoder().decode(_frame(code_picture(payload)))
        assert found.payload == payload

    def test_two_codes_in_view_are_two_readings_with_their_places(self) -> None:
        luma = np.hstack([code_picture("left"), code_picture("right")])
        found = ZxingDecoder().decode(_frame(luma))
        assert {reading.payload for reading in found} == {b"left", b"right"}
        places = {reading.payload: reading.corners for reading in found}
        assert places[b"left"] is not None
        assert places[b"right"] is not None
        assert places[b"left"][0][0] < places[b"right"][0][0]

    def test_places_are_in_the_pixels_of_the_frame_however_it_was_scaled(self) -> None:
        wide = np.pad(
            code_picture("x", scale=16), ((0, 0), (LIVE_SIDE * 2, 0)), constant_values=255
        )
        (found,) = ZxingDecoder().decode(_frame(wide, still=False))
        assert found.corners is not None
        assert abs(found.corners[0][0] - (LIVE_SIDE * 2 + 40)) < 12

    def test_a_still_too_fine_for_a_reduced_look_is_looked_at_in_full(self) -> None:
        code = code_picture(TEXT, scale=3)
        large = np.full((3_000, 5_000), 255, dtype=np.uint8)
        large[100 : 100 + code.shape[0], 100 : 100 + code.shape[1]] = code
        assert ZxingDecoder().decode(_frame(large, still=False)) == ()
        assert [found.text for found in ZxingDecoder().decode(_frame(large))] == [TEXT]

    @pytest.mark.parametrize("names", [("zxing",), ("grid",), ("zxing", "grid", "pyzbar", "cv2")])
    def test_a_code_of_model_1_is_no_card_and_read_only_where_asked_for(
        self, names: tuple[str, ...]
    ) -> None:
        settings = Settings(decoders=names)
        with closing(make_decoder(settings)) as door:
            assert door.decode(_frame(model_1())) == ()
            assert door.decode(_frame(model_1(), still=False)) == ()
        with closing(make_decoder(settings, accepts_model_1=True)) as any_code:
            assert [each.text for each in any_code.decode(_frame(model_1()))] == [MODEL_1_TEXT]

    def test_what_is_decoded_may_be_of_model_1(self, tmp_path: Path) -> None:
        path = tmp_path / "x.png"
        cv2.imwrite(str(path), model_1())
        assert open_decoding(Settings()).decode(path)["texts"] == [MODEL_1_TEXT]

    def test_without_zbar_its_stage_finds_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(_name: str) -> ModuleType:
            msg = "Unable to find zbar shared library"
            raise ImportError(msg)

        assert PyzbarDecoder().available
        monkeypatch.setattr(importlib, "import_module", missing)
        decoder = PyzbarDecoder()
        assert not decoder.available
        assert decoder.decode(_frame(code_picture(TEXT))) == ()

    def test_only_a_still_that_the_first_could_not_read_goes_to_those_behind(self) -> None:
        live, empty, behind = FakeDecoder(), FakeDecoder(), FakeDecoder(b"x", stage="behind")
        cascade = DecoderCascade(live=live, behind=(empty, behind))
        assert cascade.decode(a_frame()) == ()
        assert (empty.frames, behind.frames) == (0, 0)
        assert [found.payload for found in cascade.decode(a_frame(still=True))] == [b"x"]
        live.in_view = (b"y",)
        cascade.decode(a_frame(still=True))
        assert (live.frames, empty.frames, behind.frames) == (3, 1, 1)
        assert cascade.found_by == {"behind": 1, "fake": 1}

    def test_where_nobody_reads_anything_there_is_nothing(self) -> None:
        cascade = DecoderCascade(live=FakeDecoder(), behind=(FakeDecoder(),))
        assert cascade.decode(a_frame(still=True)) == ()

    @pytest.mark.parametrize("names", [("zxing",), ("pyzbar", "zxing")])
    def test_the_settings_name_the_decoders(self, names: tuple[str, ...]) -> None:
        decoder = make_decoder(Settings(decoders=names))
        assert [found.text for found in decoder.decode(_frame(code_picture(TEXT)))] == [TEXT]


def _video(path: Path, pictures: list[Luma]) -> Path:
    height, width = pictures[0].shape
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
    assert writer.isOpened()
    for picture in pictures:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


class TestCamera:
    def test_a_video_gives_its_frames_and_ends(self, tmp_path: Path) -> None:
        picture = code_picture(TEXT)[: -(code_picture(TEXT).shape[0] % 2) or None]
        path = _video(tmp_path / "x.avi", [picture] * 5)
        source = make_source(f"video:{path}", FakeClock())
        frames = list(source.frames())
        assert source.name == "video:x.avi"
        assert len(frames) == 5
        assert all(not frame.still for frame in frames)
        assert [found.text for found in ZxingDecoder().decode(frames[2])] == [TEXT]
        moments = [frame.taken_at.mono for frame in frames]
        assert moments == sorted(set(moments))

    def test_a_video_closed_in_the_middle_ends_quietly(self, tmp_path: Path) -> None:
        path = _video(tmp_path / "x.avi", [np.zeros((64, 64), np.uint8)] * 5)
        source = OpenCvCamera(str(path), clock=FakeClock(), live=False)
        frames = source.frames()
        next(frames)
        source.close()
        assert list(frames) == []

    @pytest.mark.parametrize("content", [None, b"", b"no video"])
    def test_a_file_that_is_no_video_is_a_camera_error(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        path = tmp_path / "x.avi"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(CameraError):
            list(make_source(f"video:{path}", FakeClock()).frames())

    @pytest.mark.parametrize("device", ["/dev/there-is-none", "97", "99999999999999999999"])
    def test_a_camera_that_cannot_be_opened_is_a_camera_error(self, device: str) -> None:
        source = make_source(f"camera:{device}", FakeClock())
        assert source.name == f"camera:{device}"
        with pytest.raises(CameraError, match="cannot open"):
            list(source.frames())

    def test_a_camera_that_stops_giving_frames_is_a_camera_error(self, tmp_path: Path) -> None:
        path = _video(tmp_path / "x.avi", [np.zeros((64, 64), np.uint8)] * 2)
        source = OpenCvCamera(str(path), clock=FakeClock(), live=True)
        frames = source.frames()
        next(frames)
        next(frames)
        with pytest.raises(CameraError, match="gives no frames"):
            next(frames)

    def test_a_name_is_never_longer_than_the_log_takes(self) -> None:
        assert len(OpenCvCamera("/dev/" + "x" * 200, clock=FakeClock(), live=True).name) == 64


class TestFolder:
    def test_its_pictures_are_frames_in_the_order_of_their_names(self, tmp_path: Path) -> None:
        for name, value in (("b.png", 2), ("a.png", 1)):
            cv2.imwrite(str(tmp_path / name), np.full((4, 4), value, np.uint8))
        (tmp_path / "c.txt").write_text("no picture")
        (tmp_path / "d").mkdir()
        source = make_source(f"folder:{tmp_path}", FakeClock())
        assert [int(frame.luma[0, 0]) for frame in source.frames()] == [1, 2]
        assert source.name == f"folder:{tmp_path.name}"[:64]

    def test_it_keeps_its_pace(self, tmp_path: Path) -> None:
        for name in ("a.png", "b.png"):
            cv2.imwrite(str(tmp_path / name), np.zeros((4, 4), np.uint8))
        pauses: list[float] = []
        frames = FolderFrames(
            tmp_path, clock=FakeClock(), open_picture=open_picture, wait=pauses.append, pause=0.25
        )
        assert len(list(frames.frames())) == 2
        assert pauses == [0.25, 0.25]

    def test_it_ends_when_closed(self, tmp_path: Path) -> None:
        for name in ("a.png", "b.png"):
            cv2.imwrite(str(tmp_path / name), np.zeros((4, 4), np.uint8))
        source = make_source(f"folder:{tmp_path}@1000", FakeClock())
        frames = source.frames()
        next(frames)
        source.close()
        assert list(frames) == []

    def test_a_folder_that_is_not_there_is_a_camera_error(self, tmp_path: Path) -> None:
        with pytest.raises(CameraError, match="cannot open"):
            list(make_source(f"folder:{tmp_path / 'none'}", FakeClock()).frames())

    @pytest.mark.parametrize("rate", ["0", "-5", "nan", "x", "", "1e-300"])
    def test_a_pace_that_is_none_is_wrong_usage(self, rate: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="frames a second"):
            make_source(f"folder:{tmp_path}@{rate}", FakeClock())


@pytest.mark.parametrize(
    "source", ["", "camera", "camera:", "folder:", "video:", "screen:0", "http://x"]
)
def test_a_source_that_is_none_is_wrong_usage(source: str) -> None:
    with pytest.raises(ConfigError, match="camera:0"):
        make_source(source, FakeClock())


class TestClocks:
    def test_the_machines_clocks_go_forward(self) -> None:
        clock = SystemClock()
        first, second = clock.now(), clock.now()
        assert second.mono >= first.mono
        assert first.seconds > NOW - 10 * 365 * 86_400
        assert first.boot_id == second.boot_id
        assert len(first.boot_id) == 16

    def test_without_a_boot_id_it_is_zeros(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("scanner.adapters.clock_system.BOOT_ID_FILE", tmp_path / "none")
        assert SystemClock().now().boot_id == bytes(16)

    def test_a_rehearsal_stands_still_at_its_instant(self) -> None:
        clock = RehearsalClock(moment_at(NOW).seconds)
        first, second = clock.now(), clock.now()
        assert first.seconds == second.seconds == NOW
        assert second.mono >= first.mono
