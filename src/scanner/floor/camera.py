"""Keep a camera going.

1. A live camera without a frame for LOST_AFTER is lost: the fault is told, and cleared by the next frame.
2. Without one for STALLED_FOR (OPENING_FOR before its first) its thread is given up; a new one opens the camera again.
3. A thread that died is noticed at the next look; the camera is opened again after a pause that doubles up to CAP.
4. A read that hangs in the driver cannot be interrupted. Not more than MOST_HUNG such threads are left behind; then we
   wait for one of them.
5. A video or folder that ends is told once, and not opened again. It may be slow, so rules 1 and 2 are not for it: it is
   well when it has been read for SETTLED_AFTER.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cardcore.ids import Micros
from scanner.desk import FaultKind, PassedOver
from scanner.door.frame import Frame
from scanner.floor.faults import FaultBoard
from scanner.floor.inbox import Inbox, Seen
from scanner.floor.reader import Reader
from scanner.ports import FrameSource

LOST_AFTER: Final = Micros(2_400_000)  # µs; looked at twice a second, it is noticed within 3 s
STALLED_FOR: Final = Micros(5_000_000)  # µs; V4L itself gives up after 2 s
OPENING_FOR: Final = Micros(15_000_000)  # µs; some USB cameras take seconds to wake
SETTLED_AFTER: Final = Micros(1_000_000)  # µs
LOOK_EVERY: Final = 0.5  # seconds
FIRST_PAUSE: Final = Micros(500_000)  # µs
CAP: Final = Micros(10_000_000)  # µs
MOST_HUNG: Final = 3
_JOIN_WITHIN: Final = 3.0  # seconds; longer than V4L blocks a read


class Leftover:
    """The last picture that was passed over, until there is a frame again; for any thread."""

    def __init__(self) -> None:
        self.newest: PassedOver | None = None

    def put(self, path: Path, why: str) -> None:
        """This one was passed over."""
        self.newest = PassedOver(name=path.name, why=why)

    def clear(self) -> None:
        """There is a frame."""
        self.newest = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """What to open, and whether it is live: a camera, not a video or a folder."""

    open_source: Callable[[], FrameSource]
    live: bool
    leftover: Leftover = field(default_factory=Leftover)


class CameraWatch:
    """The camera thread, and the thread that looks after it."""

    def __init__(
        self,
        camera: Camera,
        *,
        mono: Callable[[], Micros],
        inbox: Inbox,
        board: FaultBoard,
    ) -> None:
        self._camera = camera
        self._mono = mono
        self._inbox = inbox
        self._board = board
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._loop, name="camera-watch", daemon=True)
        self._reader: Reader | None = None
        self._hung: list[Reader] = []
        self._pause = FIRST_PAUSE
        self._open_at = Micros(0)
        self._is_over = False
        self.newest: Frame | None = None

    def start(self) -> None:
        """Open the camera, and look after it from now on."""
        self.look()
        self._watch.start()

    def stop(self) -> None:
        """Let the camera go and end both threads; one that hangs in the driver is left behind."""
        self._stop.set()
        if self._watch.ident is not None:
            self._watch.join()
        self._is_over = True
        if self._reader is not None:
            self._give_up(self._reader)
        for reader in self._hung:
            reader.join(_JOIN_WITHIN)

    @property
    def fps(self) -> float:
        """Frames a second of late."""
        reader = self._reader
        return 0.0 if reader is None else reader.fps(self._mono())

    def look(self) -> None:
        """How is the camera? Do what the rules above say."""
        now = self._mono()
        self._hung = [reader for reader in self._hung if reader.is_alive]
        reader = self._reader
        if self._is_over:
            return
        if reader is None:
            if now >= self._open_at and len(self._hung) < MOST_HUNG:
                self._open(now)
        elif reader.has_ended:
            self._after_end(reader, now)
        elif self._camera.live:
            self._judge(reader, now)
        elif now - reader.began >= SETTLED_AFTER:
            self._board.clear(FaultKind.CAMERA_LOST)

    def _loop(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            self.look()

    def _open(self, now: Micros) -> None:
        self._reader = Reader(open_source=self._camera.open_source, take=self._take, began=now)

    def _take(self, frame: Frame, source: str) -> None:
        self.newest = frame
        self._camera.leftover.clear()
        self._pause = FIRST_PAUSE
        self._board.clear(FaultKind.CAMERA_LOST)
        seen = Seen(frame=frame, source=source)
        if self._camera.live:
            self._inbox.overwrite(seen)
        else:
            self._inbox.hand_over(seen)

    def _judge(self, reader: Reader, now: Micros) -> None:
        last = reader.last_frame
        silent = now - (reader.began if last is None else last)
        if silent < LOST_AFTER:
            return
        self._board.put(FaultKind.CAMERA_LOST, "the camera gives no frames")
        if silent >= (OPENING_FOR if last is None else STALLED_FOR):
            self._lose(reader, now)

    def _after_end(self, reader: Reader, now: Micros) -> None:
        if reader.trouble or self._camera.live:
            self._board.put(FaultKind.CAMERA_LOST, reader.trouble or "the camera ended")
            self._lose(reader, now)
            return
        self._is_over = True
        self._inbox.end()

    def _lose(self, reader: Reader, now: Micros) -> None:
        self._give_up(reader)
        self._open_at = Micros(now + self._pause)
        self._pause = min(CAP, Micros(self._pause * 2))

    def _give_up(self, reader: Reader) -> None:
        reader.give_up()
        self._reader = None
        if reader.is_alive:
            self._hung.append(reader)
