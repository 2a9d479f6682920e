"""A simulated venue: one real central, a network that lies, real doors with folders for cameras, rotating cards."""

import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.fault_proxy import Fault, FaultProxy
from benchmarks.venue_checks import Told, last_line, read_lines
from benchmarks.venue_door import DoorProcess
from benchmarks.venue_setup import codes_for, prepared
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.step import open_sync
from scanner.bootstrap.vault import open_papers
from scanner.config import Settings
from scanner.errors import LinkDownError, LinkError
from tests.fakes.central_process import Server
from tests.fakes.power_cut import may_trace
from tests.fakes.small_disk import mounted, unmount
from tools.phone import Phone

CARD_LIFE_S: Final = 90  # outlives the longest fault of a schedule
# as far as a door accepts: a new ledger refuses what was issued before it began
AHEAD_S: Final = 29
COPY: Final = "central-copy"
PATIENCE_S: Final = 90.0  # for the last sync on a busy machine
SMALL_DISK: Final = "32m"
RECENT: Final = 8
TRIES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How big a schedule is. ``every_fault``: each happens once, in some order, and little else."""

    doors: int
    members: int
    steps: int
    every_fault: bool = False


@dataclass(slots=True)
class Venue:
    """All that a schedule acts on."""

    folder: Path
    chance: random.Random
    day: Day
    server: Server
    proxy: FaultProxy
    doors: list[DoorProcess]
    phones: list[Phone]
    recent: list[str] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)
    stuck: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "central"

    def any_door(self) -> DoorProcess:
        return self.chance.choice(self.doors)

    def fresh(self) -> str:
        """A card that no door has seen; the first members come at the end."""
        phone = self.chance.choice(self.phones[self.day.doors :])
        self.recent.append(phone.token(int(time.time()) + AHEAD_S, life_s=CARD_LIFE_S))
        return self.recent[-1]

    def show_fresh(self, door: DoorProcess) -> None:
        """Whatever happens, such a card gets its verdict."""
        before = door.verdicts()
        door.hold_up(self.fresh())
        self._wait_for(door, before)

    def show_again(self) -> None:
        if self.recent:
            self.any_door().hold_up(self.chance.choice(self.recent[-RECENT:]))

    def copy_central(self) -> None:
        """Stop central, copy what it holds, and start it again under the same address."""
        self.stop_central()
        shutil.rmtree(self.folder / COPY, ignore_errors=True)
        shutil.copytree(self.data, self.folder / COPY)
        self._start_central()

    def put_back_central(self) -> None:
        """The last copy takes its place."""
        self.stop_central()
        shutil.rmtree(self.data)
        shutil.copytree(self.folder / COPY, self.data)
        self._start_central()

    def stop_central(self) -> None:
        """Central stops, if it has not been killed."""
        if self.server.process.poll() is None:
            try:
                self.server.stop()
            except subprocess.TimeoutExpired:  # a busy machine; its copy is good all the same
                self.server.stop(signal.SIGKILL)

    def settle(self) -> list[Told]:
        """The faults end: a fresh card goes in at every door; they stop, and hand over what is left."""
        self.proxy.fault = Fault.NONE
        time.sleep(1)
        for number, door in enumerate(self.doors):
            self._let_in(door, self.phones[number])
            door.stop(signal.SIGTERM)
            self._hand_over(door)
        return [
            Told(
                device=open_papers(Settings(data=str(door.data))).device_id,
                data=door.data,
                lines=read_lines(door.printed),
            )
            for door in self.doors
        ]

    def _let_in(self, door: DoorProcess, phone: Phone) -> None:
        before = door.verdicts()
        door.hold_up(phone.token(int(time.time()) + AHEAD_S, life_s=CARD_LIFE_S))
        if self._wait_for(door, before):
            self._quiet(door)
            line = last_line(door.printed)
            if line["decision"] != "admit":
                self.stuck.append(f"{door.data.name} turned a good card away at the end: {line}")

    def _quiet(self, door: DoorProcess) -> None:
        """Cards that were held up before are judged before it; wait until nothing is printed any more."""
        before = -1
        while before != door.verdicts():
            before = door.verdicts()
            time.sleep(0.8)

    def _wait_for(self, door: DoorProcess, before: int) -> bool:
        until = time.monotonic() + PATIENCE_S
        while door.verdicts() == before:
            if time.monotonic() > until:
                self.stuck.append(f"{door.data.name} gave no verdict (fault: {self.proxy.fault})")
                return False
            time.sleep(0.02)
        return True

    def _start_central(self) -> None:
        self.server = Server(self.data, "--port", self.server.url.rpartition(":")[2])

    def _hand_over(self, door: DoorProcess) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                with open_sync(Settings(data=str(door.data))) as room:
                    room.sync()
                    if not room.log.backlog():
                        return
            except LinkError as error:
                if time.monotonic() > until:
                    self.stuck.append(f"{door.data.name} cannot hand over its log: {error}")
                    return
            time.sleep(0.2)


def open_venue(folder: Path, chance: random.Random, day: Day, stack: ExitStack) -> Venue:
    """A venue whose doors run, until ``stack`` ends."""
    data = folder / "central"
    ready = prepared(day.members)
    shutil.copytree(ready.data, data)
    names = [f"door{number}" for number in range(day.doors)]
    codes = codes_for(data, names, TRIES)
    server = Server(data)
    proxy = stack.enter_context(FaultProxy(int(server.url.rpartition(":")[2])))
    venue = Venue(folder, chance, day, server, proxy, [], list(ready.phones))
    stack.callback(venue.stop_central)
    for number, name in enumerate(names):
        venue.doors.append(_open_door(venue, number, codes[name], stack))
    venue.copy_central()
    for door in venue.doors:
        door.start()
    _wait_for_ledgers(venue)
    return venue


def _open_door(venue: Venue, number: int, codes: list[str], stack: ExitStack) -> DoorProcess:
    """The first has a small disk, the last one's power can be cut."""
    door = DoorProcess(venue.folder / f"door{number}")
    door.data.mkdir()
    if number == 0 and mounted(door.data, SMALL_DISK):
        stack.callback(unmount, door.data)
        door.small = True
    door.watched = number == venue.day.doors - 1 and may_trace()
    _enrol(venue.proxy.url, door, codes)
    stack.callback(door.stop, signal.SIGKILL)
    return door


def _enrol(url: str, door: DoorProcess, codes: list[str]) -> None:
    """On a busy machine the answer may be late; the code may be used then, so each try has its own."""
    for code in codes:
        try:
            enrol_device(Settings(data=str(door.data)), url, code)
        except LinkDownError:
            if code == codes[-1]:
                raise
        else:
            return


def _wait_for_ledgers(venue: Venue) -> None:
    """Until each door has made its ledger: before, it would read nothing."""
    until = time.monotonic() + PATIENCE_S
    ledgers = [door.data / "ledger.sqlite3" for door in venue.doors]
    while not all(ledger.exists() for ledger in ledgers) and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(3)  # and cards issued AHEAD_S from now are younger than it
