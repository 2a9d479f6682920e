"""A real door with a camera that is drawn: run as a process of its own by bench_screen, with the app or without any screen.

    python -m benchmarks.screen_door FOLDER screen|bare FRAMES EVERY FPS

Every EVERY-th frame shows a card never shown before, whose member's number is in its verdict; the others an empty room. FPS 0
is as fast as the door takes them. At the end, FOLDER/times.json has how many verdicts were told and, at a pace, for each card
when its frame was taken and when its verdict was told, in µs of the monotonic clock that all processes share.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import segno

from cardcore.card import Mode
from cardcore.documents import Document, DocumentKind, sign_document
from cardcore.ids import UnixSeconds
from cardcore.keyset import Alg, key_set_of
from cardcore.keyset_document import key_set_body
from scanner.adapters.clock_system import SystemClock
from scanner.bootstrap.floor import open_floor
from scanner.config import Settings
from scanner.desk import Answered, DeskEvent
from scanner.door.frame import Frame, Luma
from scanner.floor.camera import Camera
from scanner.floor.desk import Floor
from tests.fakes.card_material import DAY, VENUE, a_key, fixed_bytes, some_claims
from tests.fakes.minting import mint
from tests.fakes.rehearsal_door import ROOT_KEY, ROOT_KID, rehearsal_folder
from tools.camera_view import View, room_frame

SETTLE_S = 1.0  # the screen is there, and the last verdict is drawn
LEFT_TOP = (150, 350)  # of the code in the picture


def paired_folder(folder: Path) -> Path:
    """A door's data with keys that are good today; nobody answers at its central's address."""
    rehearsal_folder(folder)
    now = int(time.time())
    keys = key_set_of(a_key(alg, not_before=now - DAY, expires_at=now + DAY) for alg in Alg)
    document = Document(
        kind=DocumentKind.KEY_SET,
        audience=VENUE,
        version=1,
        issued_at=UnixSeconds(now - DAY),
        expires_at=UnixSeconds(now + DAY),
        body=key_set_body(keys),
    )
    signed = sign_document(document, kid=ROOT_KID, private_key=ROOT_KEY)
    (folder / "keyset.cose").write_bytes(signed)
    return folder


def number_of(card: int) -> str:
    """What the verdict of this card says, and no other."""
    return f"K{card:05}"


def card_frame(room: Luma, card: int) -> Luma:
    """The room with a printed card of its own, held straight."""
    now = int(time.time())
    claims = some_claims(
        mode=Mode.PRINT,
        card_id=fixed_bytes(f"card {card}", 16),
        issued_at=now - 60,
        expires_at=now + 3_600,
        member=number_of(card),
    )
    code = segno.make(mint(claims, Alg.EDDSA), error="m", micro=False)
    drawn = np.array([list(row) for row in code.matrix_iter(scale=6, border=4)], np.uint8)
    top, left = LEFT_TOP
    frame = room.copy()
    frame[top : top + drawn.shape[0], left : left + drawn.shape[1]] = 255 * (1 - drawn)
    return frame


@dataclass(slots=True, kw_only=True)
class DrawnCamera:
    """Frames at a pace, or as fast as they are taken."""

    frames_in_all: int
    every: int
    fps: float
    taken: dict[int, int] = field(default_factory=dict)
    begin: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    _closed: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """What the log calls it."""
        return "drawn"

    def close(self) -> None:
        """End."""
        self._closed.set()

    def frames(self) -> Iterator[Frame]:
        """The room, and now and then a card."""
        clock = SystemClock()
        room = room_frame(seed=1, view=View())
        upcoming = card_frame(room, 0)
        yield Frame(luma=room, taken_at=clock.now())
        self.begin.wait()
        due = time.monotonic()
        for number in range(self.frames_in_all):
            due = self._keep_pace(due)
            if self._closed.is_set():
                return
            card, phase = divmod(number, self.every)
            at = clock.now()
            if phase == 0 and self.fps:
                self.taken[card] = at.mono
            yield Frame(luma=upcoming if phase == 0 else room, taken_at=at)
            if phase == 0:
                upcoming = card_frame(room, card + 1)  # drawn when nobody waits for it
        self.ended.set()
        if self.fps:  # a live camera does not end
            self._closed.wait()

    def _keep_pace(self, due: float) -> float:
        if not self.fps:
            return due
        self._closed.wait(max(0.0, due - time.monotonic()))
        return max(due + 1 / self.fps, time.monotonic() - 1 / self.fps)


@dataclass(slots=True, kw_only=True)
class Ear:
    """When each verdict was told; or, where memory is measured, only how many were."""

    keeps_times: bool
    told: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def hear(self, event: DeskEvent) -> None:
        """From the door's own threads."""
        if isinstance(event, Answered) and event.answer.verification.claims is not None:
            self.count += 1
            member = event.answer.verification.claims.member
            if self.keeps_times:
                self.told.setdefault(str(member), time.monotonic_ns() // 1_000)


def open_door(folder: Path, camera: DrawnCamera) -> Floor:
    """The door of this folder, with the drawn camera in place of its own."""
    floor = open_floor(Settings(data=str(folder), source="wedge", live_status=False, sounds=False))
    parts = replace(
        floor._parts,  # noqa: SLF001 -- all of it is the real door's, but for the camera
        camera=Camera(open_source=lambda: camera, live=camera.fps > 0),
    )
    return Floor(parts)


def run_bare(floor: Floor, camera: DrawnCamera, ear: Ear) -> None:
    """The same path without any screen."""
    floor.start(ear.hear)
    threading.Timer(SETTLE_S, camera.begin.set).start()
    camera.ended.wait()
    time.sleep(SETTLE_S)


def run_screen(floor: Floor, camera: DrawnCamera, ear: Ear) -> None:
    """The app, as `gatepost run` has it."""
    from scanner.ui.app import DoorApp, Ended
    from scanner.ui.run import run_app

    class HeardApp(DoorApp):
        """Ends a little after the camera does."""

        def on_ready(self) -> None:
            """The screen is there."""
            self.set_timer(SETTLE_S, camera.begin.set)
            self.set_interval(SETTLE_S, self._look)

        def tell(self, event: DeskEvent) -> None:
            """Note when."""
            ear.hear(event)
            super().tell(event)

        def _look(self) -> None:
            if camera.ended.is_set():
                self.exit(Ended.SIGNAL)

    run_app(HeardApp(floor))


def main() -> None:
    folder, how, frames, every, fps = sys.argv[1:]
    camera = DrawnCamera(frames_in_all=int(frames), every=int(every), fps=float(fps))
    ear = Ear(keeps_times=camera.fps > 0)
    floor = open_door(Path(folder), camera)
    try:
        (run_screen if how == "screen" else run_bare)(floor, camera, ear)
    finally:
        floor.stop()
    times = [
        (number_of(card), at, ear.told[number_of(card)])
        for card, at in camera.taken.items()
        if number_of(card) in ear.told
    ]
    told = {"count": ear.count, "times": times}
    (Path(folder) / "times.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()
