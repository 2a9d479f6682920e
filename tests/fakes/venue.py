"""A venue: a real central in a process of its own, members with printed cards, enrolled doors, and pictures of cards."""

import time
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
from scanner.door.debounce import OUT_OF_VIEW
from scanner.door.frame import Luma
from scanner.door.moment import MICROS
from tests.fakes.central_process import Server, call, row
from tools.camera_view import View, card_frame

NAMES = ("Ada L.", "Grace H.", "Hedy L.", "Linus T.", "Mary S.", "Alan T.", "Emmy N.", "Kurt G.")
SUPERVISOR_PIN = "2580"
STEWARD_PIN = "1379"
# so that a door notices within a second what becomes of central
BRISK = {
    "GATEPOST_SYNC_EVERY_S": "1",
    "GATEPOST_CIRCUIT_OPEN_S": "1",
    "GATEPOST_SOUNDS": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A member with a printed card, and the text on it."""

    name: str
    card: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Venue:
    """Central and what it knows."""

    folder: Path
    server: Server | None = None
    _guests: list[Guest] = field(default_factory=list)
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
        people = [f"M-{number},{name},active" for number, name in enumerate(NAMES)]
        file = self.folder / "members.csv"
        file.write_text("\n".join(["member_id,display_name,status", *people, ""]), "utf-8")
        call(self.data, "member", "import", str(file))
        # before any door is paired: then its list has them
        self._guests = [self._guest(f"M-{number}", name) for number, name in enumerate(NAMES)]

    def guest(self) -> Guest:
        """A member whom no door has seen tonight."""
        return self._guests.pop(0)

    def _guest(self, member: str, name: str) -> Guest:
        card = str(row(self.data, "card", "issue", member, "--mode", "print")["card_id"])
        file = self.folder / f"{member}.png"
        call(self.data, "card", "qr", card, "-o", str(file))
        [found] = zxingcpp.read_barcodes(
            cv2.imread(str(file)), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        )
        return Guest(name=name, card=found.text)

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

    def take_away(self) -> None:
        """Nothing before the camera, for long enough that a card shown again is another presentation."""
        time.sleep(OUT_OF_VIEW / MICROS)

    def put(self, picture: Luma) -> None:
        """Another picture in the folder, whole at once."""
        self._shown += 1
        made = self.data / "made.png"
        cv2.imwrite(str(made), picture)
        made.replace(self.camera / f"{self._shown:03}.png")

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
