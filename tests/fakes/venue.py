"""A venue: a real central in a process of its own, members with printed cards, enrolled doors, and pictures of cards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import zxingcpp

from scanner.bootstrap.floor import open_attendants
from scanner.bootstrap.pairing import enrol_device
from scanner.config import Settings
from scanner.desk import Role
from scanner.door.frame import Luma
from tests.fakes.central_process import Server, call, row
from tools.camera_view import View, card_frame

MEMBERS = {"M-1": "Ada L.", "M-2": "Grace H.", "M-3": "Hedy L.", "M-4": "Linus T."}
SUSPENDED = "M-9"
SUPERVISOR_PIN = "2580"
STEWARD_PIN = "1379"
# so that a door notices within a second what becomes of central
BRISK = {
    "GATEPOST_SYNC_EVERY_S": "1",
    "GATEPOST_CIRCUIT_OPEN_S": "1",
    "GATEPOST_SOUNDS": "false",
}


@dataclass(slots=True, kw_only=True)
class Venue:
    """Central and what it knows."""

    folder: Path
    server: Server | None = None
    _printed: dict[str, str] = field(default_factory=dict)
    _doors: int = 0
    _seed: int = 0

    @property
    def data(self) -> Path:
        return self.folder / "central"

    def start(self) -> None:
        """Central serves; the second time under the same address."""
        again = () if self.server is None else ("--port", self.server.url.rpartition(":")[2])
        self.server = Server(self.data, *again)

    def stop(self) -> None:
        """Central is gone."""
        if self.server is not None and self.server.process.poll() is None:
            self.server.stop()

    def take_in(self) -> None:
        """The members."""
        people = [f"{number},{name},active" for number, name in MEMBERS.items()]
        people.append(f"{SUSPENDED},Eve M.,suspended")
        file = self.folder / "members.csv"
        file.write_text("\n".join(["member_id,display_name,status", *people, ""]), "utf-8")
        call(self.data, "member", "import", str(file))

    def printed(self, member: str) -> str:
        """The text on a member's printed card."""
        if member not in self._printed:
            card = str(row(self.data, "card", "issue", member, "--mode", "print")["card_id"])
            file = self.folder / f"{member}.png"
            call(self.data, "card", "qr", card, "-o", str(file))
            [found] = zxingcpp.read_barcodes(cv2.imread(str(file)))
            self._printed[member] = found.text
        return self._printed[member]

    def door(self) -> "DoorFolder":
        """A door, paired with central, with its attendants."""
        assert self.server is not None
        self._doors += 1
        made = DoorFolder(data=self.folder / f"door{self._doors}", venue=self)
        code = str(row(self.data, "device", "code", f"Door {self._doors}")["code"])
        settings = Settings(data=str(made.data))
        enrol_device(settings, self.server.url, code)
        with open_attendants(settings) as (book, pins):
            book.add("Kim R.", Role.SUPERVISOR, pins.digest(SUPERVISOR_PIN))
            book.add("Lee S.", Role.STEWARD, pins.digest(STEWARD_PIN))
        made.camera.mkdir()
        return made

    def seed(self) -> int:
        """Another one each time: no two pictures are the same."""
        self._seed += 1
        return self._seed


@dataclass(slots=True, kw_only=True)
class DoorFolder:
    """A door's data, and the folder that is its camera."""

    data: Path
    venue: Venue
    _shown: int = 0

    @property
    def camera(self) -> Path:
        return self.data / "camera"

    def hold_up(self, text: str) -> None:
        """A printed card before the camera."""
        self.put(card_frame(text, seed=self.venue.seed(), view=View(yaw=5, roll=3)))

    def put(self, picture: Luma) -> None:
        """Another picture in the folder, whole at once."""
        self._shown += 1
        made = self.data / "made.png"
        cv2.imwrite(str(made), picture)
        os.replace(made, self.camera / f"{self._shown:03}.png")

    def arguments(self, source: str = "") -> tuple[str, ...]:
        """What `gatepost run` is called with."""
        return ("run", "--data", str(self.data), "--source", source or f"watch:{self.camera}")


@contextmanager
def venue(folder: Path) -> Iterator[Venue]:
    made = Venue(folder=folder)
    made.data.mkdir()
    try:
        made.start()
        made.take_in()
        yield made
    finally:
        made.stop()
