"""A real central for schedules in memory: its services over a SQLite file on a memory disk, without HTTP.

Everything that costs time is made once: members, cards on phones, enrolled doors. Each central begins as a copy of it.
"""

import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from cardcore.card import Mode
from cardcore.ids import MemberId
from cardcore.membership import MemberStatus
from cardcore.phone import LinkAnswer
from cardcore.wire import EnrolAnswer
from central.auth import secret_hash
from central.bootstrap import Central, wire_central
from central.ports.records import Device, Member
from central.storage.engine import open_engine
from central.storage.transaction import SqlStorage, open_storage
from tests.fakes.card_material import NOW
from tests.fakes.central_material import MAIN, enrol
from tests.fakes.central_world import CountingBytes, FakeClock

MEMORY_DISK: Final = Path("/dev/shm")  # noqa: S108 -- a place for scratch files; another does, too
CARDS: Final = 10
DOORS: Final = 2
_HOUR: Final = 3_600


def scratch() -> "tempfile.TemporaryDirectory[str]":
    """A folder in memory, where the machine has such a disk."""
    inside = str(MEMORY_DISK) if MEMORY_DISK.is_dir() else None
    return tempfile.TemporaryDirectory(prefix="gatepost-", dir=inside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """What every schedule begins with."""

    folder: "tempfile.TemporaryDirectory[str]"
    cards: tuple[LinkAnswer, ...]
    doors: tuple[EnrolAnswer, ...]

    @property
    def database(self) -> Path:
        return Path(self.folder.name) / "central.sqlite3"


@cache
def a_venue() -> Venue:
    folder = scratch()
    path = Path(folder.name) / "central.sqlite3"
    with closing(open_storage(f"sqlite:///{path}")) as storage:
        central = wire_central(
            storage, clock=FakeClock(seconds=NOW - _HOUR), randomness=CountingBytes()
        )
        members = [
            Member(
                member_id=MemberId(f"M-{number}"),
                audience=MAIN,
                display_name=f"Member {number}",
                status=MemberStatus.ACTIVE,
            )
            for number in range(CARDS)
        ]
        central.members.import_members(MAIN, members)
        cards = tuple(_on_a_phone(central, member) for member in members)
        doors = tuple(enrol(central, MAIN, f"Door {number}") for number in range(DOORS))
    return Venue(folder=folder, cards=cards, doors=doors)


def _on_a_phone(central: Central, member: Member) -> LinkAnswer:
    card = central.cards.issue(MAIN, member.member_id, Mode.ROTATING)
    return central.tokens.claim_link(central.tokens.open_link(card.card_id).secret)


class ProtocolCentral:
    """``is_down``: no call arrives. A copy can be made at any time, and put back."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "central.sqlite3"
        self._aside = folder / "central-copy.sqlite3"
        self.clock = FakeClock(seconds=NOW)
        self.is_down = False
        self._randomness = CountingBytes()
        self._randomness._count = 1 << 24  # what was drawn for the venue is not drawn again
        shutil.copyfile(a_venue().database, self.path)
        self._open()
        self.copy()

    def _open(self) -> None:
        self._storage = SqlStorage(open_engine(f"sqlite:///{self.path}"))
        self.services = wire_central(self._storage, clock=self.clock, randomness=self._randomness)

    def close(self) -> None:
        self._storage.close()

    def copy(self) -> None:
        """Copy what it holds now."""
        self.close()  # what was written ahead is in the file then
        shutil.copyfile(self.path, self._aside)
        self._open()

    def put_back(self) -> None:
        """Go on with the last copy."""
        self.close()
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        shutil.copyfile(self._aside, self.path)
        self._open()

    def device_of(self, token: str) -> Device:
        """Whose token this is."""
        with self._storage.glance() as tx:
            device = tx.devices.by_token_hash(secret_hash(token))
        assert device is not None
        return device
