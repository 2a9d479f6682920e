"""A followed folder: pictures that come later, and a folder that goes away and comes back."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from scanner.adapters.frames_folder import FOLLOW_EVERY, FolderFrames
from scanner.door.frame import Luma
from scanner.errors import CameraError
from tests.fakes.scanner_clock import FakeClock


def open_number(path: Path) -> Luma | str:
    text = path.read_text()
    return np.full((1, 1), int(text), np.uint8) if text.isdecimal() else "unreadable_file"


class Waiting:
    """What happens while the folder waits, played by the test; the end of it closes the folder."""

    def __init__(self, *steps: object) -> None:
        self.steps = list(steps)
        self.waits: list[float] = []
        self.frames: FolderFrames | None = None

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        if seconds != FOLLOW_EVERY:
            return
        if self.steps:
            step = self.steps.pop(0)
            assert callable(step)
            step()
        else:
            assert self.frames is not None
            self.frames.close()


def followed(folder: Path, waiting: Waiting, *, follow: bool = True) -> FolderFrames:
    waiting.frames = FolderFrames(
        folder, clock=FakeClock(), open_picture=open_number, wait=waiting, follow=follow, pause=0.1
    )
    return waiting.frames


def put(path: Path, text: str) -> None:
    path.write_text(text)


def test_pictures_that_come_later_or_are_written_again_are_frames(tmp_path: Path) -> None:
    put(tmp_path / "1", "1")
    put(tmp_path / "half", "")
    waiting = Waiting(
        lambda: put(tmp_path / "2", "2"),
        lambda: put(tmp_path / "half", "33"),
    )
    frames = followed(tmp_path, waiting).frames()
    assert [int(frame.luma[0, 0]) for frame in frames] == [1, 2, 33]


def test_without_following_the_folder_ends(tmp_path: Path) -> None:
    put(tmp_path / "1", "1")
    waiting = Waiting()
    assert len(list(followed(tmp_path, waiting, follow=False).frames())) == 1
    assert waiting.waits == [0.1]


def test_a_followed_folder_that_goes_away_is_a_lost_camera(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    with pytest.raises(CameraError, match="pictures"):
        list(followed(folder, Waiting(lambda: shutil.rmtree(folder))).frames())


def test_closing_ends_a_wait(tmp_path: Path) -> None:
    put(tmp_path / "1", "1")
    put(tmp_path / "2", "2")
    closed = threading.Event()
    source = FolderFrames(
        tmp_path,
        clock=FakeClock(),
        open_picture=open_number,
        wait=closed.wait,
        wake=closed.set,
        pause=3_600,
    )
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == []


def test_a_file_that_is_no_frame_is_told(tmp_path: Path) -> None:
    put(tmp_path / "1", "1")
    put(tmp_path / "half", "")
    told: list[tuple[str, str]] = []
    source = FolderFrames(
        tmp_path,
        clock=FakeClock(),
        open_picture=open_number,
        wait=lambda _seconds: None,
        passed_over=lambda path, why: told.append((path.name, why)),
    )
    assert len(list(source.frames())) == 1
    assert [name for name, _ in told] == ["half"]
