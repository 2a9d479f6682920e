"""A camera that stalls, hangs, fails and comes back: noticed in time, opened again by itself."""

import queue
import threading
from collections.abc import Iterator

import pytest

from cardcore.ids import Micros, UnixSeconds
from scanner.desk import Fault
from scanner.door.frame import Frame
from scanner.floor.camera import MOST_HUNG, Camera, CameraWatch
from scanner.floor.faults import FaultBoard
from scanner.floor.inbox import Ended, Inbox, Seen
from tests.fakes.floor_sources import Plug, StagedSource
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_parts import a_frame

WITHIN = 10.0  # seconds


class Eyes:
    """A watch that the test looks after itself."""

    def __init__(self, *sources: StagedSource, live: bool = True) -> None:
        self.clock = FakeClock()
        self.inbox = Inbox()
        self.plug = Plug(*sources)
        self.told: queue.Queue[tuple[Fault, ...]] = queue.Queue()
        self.board = FaultBoard(now=lambda: UnixSeconds(0), changed=self.told.put)
        self.watch = CameraWatch(
            Camera(open_source=self.plug, live=live),
            mono=self.clock.mono,
            inbox=self.inbox,
            board=self.board,
        )

    def frame(self) -> Frame:
        return a_frame(at=self.clock.now())

    def see(self, source: StagedSource) -> Frame:
        """Let ``source`` give a frame, and take it."""
        frame = self.frame()
        source.give(frame)
        taken = self.inbox.take()
        assert isinstance(taken, Seen)
        assert taken.frame is frame
        return frame

    def look_until(self, opened: int) -> None:
        """Look, time passing, until so many more cameras were opened or tried."""
        for _ in range(opened):
            while True:
                self.clock.advance(0.5)
                self.watch.look()
                try:
                    self.plug.opened.get(timeout=0.02)
                    break
                except queue.Empty:
                    continue

    def detail(self) -> str:
        faults = self.told.get(timeout=WITHIN)
        return faults[0].detail if faults else ""


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(WITHIN)
    assert set(threading.enumerate()) <= before


def test_a_stall_is_noticed_within_3_s_and_cleared_by_the_next_frame() -> None:
    source = StagedSource()
    eyes = Eyes(source)
    eyes.watch.look()
    eyes.see(source)
    eyes.clock.advance(2.3)
    eyes.watch.look()
    assert eyes.board.faults == ()
    eyes.clock.advance(0.5)
    eyes.watch.look()
    assert eyes.detail() == "the camera gives no frames"
    eyes.see(source)
    assert eyes.detail() == ""
    assert not source.closed
    eyes.watch.stop()
    assert source.closed


def test_a_stalled_camera_is_let_go_and_opened_again() -> None:
    stalled, good = StagedSource(), StagedSource()
    eyes = Eyes(stalled, good)
    eyes.watch.look()
    eyes.see(stalled)
    eyes.clock.advance(5.1)
    eyes.watch.look()
    assert eyes.detail() == "the camera gives no frames"
    assert stalled.closed
    eyes.plug.opened.get(timeout=WITHIN)
    eyes.look_until(opened=1)
    eyes.see(good)
    assert eyes.detail() == ""
    assert eyes.watch.newest is not None
    eyes.watch.stop()


def test_a_camera_that_was_unplugged_is_tried_with_growing_pauses_until_it_is_back() -> None:
    first = StagedSource()
    eyes = Eyes(first)
    eyes.watch.look()
    eyes.see(first)
    eyes.plug.opened.get(timeout=WITHIN)
    first.fail()
    began = eyes.clock.ticks
    eyes.look_until(opened=6)
    assert eyes.clock.ticks - began >= (0.5 + 1 + 2 + 4 + 8 + 10) * 1_000_000
    assert eyes.detail() == "it was unplugged"
    assert eyes.detail() == "no such device"
    back = StagedSource()
    eyes.plug.plug_in(back)
    eyes.look_until(opened=1)
    eyes.see(back)
    assert eyes.detail() == ""
    eyes.watch.stop()


def test_a_camera_thread_that_dies_of_anything_is_noticed() -> None:
    source = StagedSource()
    eyes = Eyes(source)
    eyes.watch.look()
    source.break_down(ValueError("a frame without a shape"))
    while not eyes.board.faults:
        eyes.watch.look()
    assert eyes.detail() == "ValueError: a frame without a shape"
    eyes.watch.stop()


def test_a_live_camera_that_ends_is_lost() -> None:
    source = StagedSource()
    eyes = Eyes(source)
    eyes.watch.look()
    source.end()
    while not eyes.board.faults:
        eyes.watch.look()
    assert eyes.detail() == "the camera ended"
    eyes.watch.stop()


def test_threads_that_hang_in_the_driver_are_few() -> None:
    hanging = [StagedSource(hangs=True) for _ in range(MOST_HUNG + 1)]
    eyes = Eyes(*hanging)
    eyes.watch.look()
    eyes.plug.opened.get(timeout=WITHIN)
    eyes.look_until(opened=MOST_HUNG - 1)
    for _ in range(200):
        eyes.clock.advance(0.5)
        eyes.watch.look()
    assert eyes.plug.opened.empty()
    hanging[0].give(eyes.frame())  # comes back from the driver, too late to count
    eyes.look_until(opened=1)
    assert eyes.watch.newest is None
    for source in hanging:
        source.end()
    eyes.watch.stop()


def test_no_picture_of_a_folder_is_missed_and_its_end_comes_last() -> None:
    source = StagedSource("folder:pictures")
    eyes = Eyes(source, live=False)
    frames = [eyes.frame() for _ in range(20)]
    for frame in frames:
        source.give(frame)
    source.end()
    eyes.watch.start()
    seen = [eyes.inbox.take() for _ in frames]
    assert [taken.frame for taken in seen if isinstance(taken, Seen)] == frames
    assert isinstance(eyes.inbox.take(), Ended)
    eyes.clock.advance(60)
    eyes.watch.look()
    assert eyes.board.faults == ()
    eyes.watch.stop()


def test_a_folder_that_was_away_is_well_when_it_can_be_read_without_a_picture_in_it() -> None:
    eyes = Eyes(live=False)
    eyes.watch.look()
    while not eyes.board.faults:
        eyes.watch.look()
    assert eyes.detail() == "no such device"
    eyes.plug.opened.get(timeout=WITHIN)
    eyes.plug.plug_in(StagedSource("folder:pictures"))
    eyes.look_until(opened=1)
    eyes.clock.advance(1.1)
    eyes.watch.look()
    assert eyes.detail() == ""
    eyes.inbox.close()
    eyes.watch.stop()


def test_a_frame_that_nobody_took_is_overwritten() -> None:
    eyes = Eyes()
    first, second = (Seen(frame=eyes.frame(), source="camera:0") for _ in range(2))
    eyes.inbox.overwrite(first)
    eyes.inbox.overwrite(second)
    assert eyes.inbox.take() is second
    eyes.inbox.close()
    assert eyes.inbox.take() is None


def test_frames_a_second_are_those_of_late() -> None:
    source = StagedSource()
    eyes = Eyes(source)
    assert eyes.watch.fps == 0.0
    eyes.watch.look()
    for _ in range(40):
        eyes.see(source)
        eyes.clock.advance(0.1)
    assert eyes.watch.fps == pytest.approx(10, abs=0.5)
    eyes.clock.ticks = Micros(eyes.clock.ticks + 3_000_000)
    assert eyes.watch.fps == 0.0
    eyes.watch.stop()
