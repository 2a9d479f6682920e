"""A venue's day: one real central, real doors with folders for cameras, rotating cards, and a seeded schedule of faults.

    python benchmarks/venue_day.py --short
    python benchmarks/venue_day.py --schedules 50 --seed 7

Each schedule shows fresh cards, the same card twice and the same card at two doors, while the network is cut, swallows,
delays, or loses replies, central is killed and put back from a copy, and doors are killed -9. At the end every verdict
that was printed must be in central exactly once, in order, in an unbroken chain; no nonce admitted twice at one ledger;
each double between doors an incident. Exit code 1 and the seed where a promise was broken.
"""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a program

from benchmarks.fault_proxy import Fault, FaultProxy
from benchmarks.venue_checks import Told, broken_promises, doubles_of, read_lines
from benchmarks.venue_door import DoorProcess
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.step import open_sync
from scanner.bootstrap.vault import open_papers
from scanner.config import Settings
from scanner.errors import LinkError
from tests.fakes.central_process import Server, call, row
from tools import phone

CARD_LIFE_S: Final = 90  # outlives the longest fault of a schedule
AHEAD_S: Final = (
    29  # as far as a door accepts: a new ledger refuses what was issued before it began
)
CLAIMS_AT_ONCE: Final = 6  # central takes ten tries a minute, and counts anew when it is started
COPY: Final = "central-copy"
PATIENCE_S: Final = 90.0  # for the last sync on a busy machine


@dataclass(slots=True, kw_only=True)
class Day:
    """How big a schedule is."""

    doors: int
    members: int
    steps: int


SHORT: Final = Day(doors=2, members=6, steps=24)
LONG: Final = Day(doors=3, members=40, steps=200)


@dataclass(slots=True)
class Venue:
    """All that a schedule acts on."""

    folder: Path
    chance: random.Random
    day: Day
    server: Server
    proxy: FaultProxy
    doors: list[DoorProcess]
    phones: list[phone.Phone]
    recent: list[str] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "central"

    def step(self) -> None:
        """One thing that happens."""
        dice = self.chance.random()
        if dice < 0.45:
            self._show_fresh()
        elif dice < 0.7 and self.recent:
            self.chance.choice(self.doors).hold_up(self.chance.choice(self.recent[-8:]))
        elif dice < 0.9:
            self.proxy.fault = self.chance.choice(list(Fault))
            self.happened.append(self.proxy.fault.value)
        elif dice < 0.95:
            door = self.chance.choice(self.doors)
            door.hold_up(self._fresh())
            time.sleep(self.chance.uniform(0, 0.5))  # so that some die in the middle of a card
            door.stop(signal.SIGKILL)
            door.start()
            self.happened.append("door_killed")
        else:
            self._kill_central(put_back=self.chance.random() < 0.5)
        time.sleep(self.chance.uniform(0, 0.2))

    def _fresh(self) -> str:
        self.recent.append(
            self.chance.choice(self.phones).token(_now() + AHEAD_S, life_s=CARD_LIFE_S)
        )
        return self.recent[-1]

    def _show_fresh(self) -> None:
        """Whatever the network does, a card that no door has seen gets its verdict."""
        door = self.chance.choice(self.doors)
        before = door.verdicts()
        door.hold_up(self._fresh())
        until = time.monotonic() + PATIENCE_S
        while door.verdicts() == before:
            if time.monotonic() > until:
                self.stuck.append(f"{door.data.name} gave no verdict (fault: {self.proxy.fault})")
                return
            time.sleep(0.02)

    def _kill_central(self, *, put_back: bool) -> None:
        self.server.stop(signal.SIGKILL)
        if put_back:
            shutil.rmtree(self.data)
            shutil.copytree(self.folder / COPY, self.data)
            self._start_central()
        else:
            self.copy_central()
        self.happened.append("central_put_back" if put_back else "central_killed")

    def copy_central(self) -> None:
        """Stop central, copy what it holds, and start it again under the same address."""
        self.stop_central()
        shutil.rmtree(self.folder / COPY, ignore_errors=True)
        shutil.copytree(self.data, self.folder / COPY)
        self._start_central()

    def stop_central(self) -> None:
        """Central stops, if it has not been killed."""
        if self.server.process.poll() is None:
            self.server.stop()

    def _start_central(self) -> None:
        self.server = Server(self.data, "--port", self.server.url.rpartition(":")[2])

    def settle(self) -> None:
        """The faults end; every door stops, and hands over what is left."""
        self.proxy.fault = Fault.NONE
        time.sleep(1)
        for door in self.doors:
            door.stop(signal.SIGTERM)
            self._hand_over(door)

    def _hand_over(self, door: DoorProcess) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                with open_sync(Settings(data=str(door.data))) as room:
                    room.sync()
                    if not room.log.backlog():
                        return
            except LinkError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.2)


def run_schedule(seed: int, day: Day) -> list[str]:
    """One day; the promises that were broken."""
    with tempfile.TemporaryDirectory(prefix="venue-") as name, ExitStack() as stack:
        venue = _opened(Path(name), random.Random(seed), day, stack)  # noqa: S311 -- a schedule, no secret
        for _ in range(day.steps):
            venue.step()
        venue.settle()
        told = [
            Told(
                device=open_papers(Settings(data=str(door.data))).device_id,
                data=door.data,
                lines=read_lines(door.printed),
            )
            for door in venue.doors
        ]
        database = venue.data / "central.sqlite3"
        broken = venue.stuck + broken_promises(database, told)
        verdicts = sum(len(one.lines) for one in told)
        admitted = sum(line["decision"] == "admit" for one in told for line in one.lines)
        print(
            f"seed {seed}: {verdicts} verdicts, {admitted} admitted, {doubles_of(database)} doubles,"
            f" faults {len(venue.happened)}, broken promises {len(broken)}",
            flush=True,
        )
        if not admitted:
            broken.append("nobody was admitted: the day proves nothing")
        return broken


def _opened(folder: Path, chance: random.Random, day: Day, stack: ExitStack) -> Venue:
    data = folder / "central"
    data.mkdir()
    people = [f"M-{number},Member {number},active" for number in range(day.members)]
    (data / "members.csv").write_text(
        "\n".join(["member_id,display_name,status", *people, ""]), "utf-8"
    )
    call(data, "member", "import", str(data / "members.csv"))
    server = Server(data)
    proxy = stack.enter_context(FaultProxy(int(server.url.rpartition(":")[2])))
    venue = Venue(folder, chance, day, server, proxy, [], [])
    stack.callback(venue.stop_central)
    for number in range(day.members):
        card = str(row(data, "card", "issue", f"M-{number}")["card_id"])
        link = str(row(data, "card", "link", card)["link"])
        venue.phones.append(phone.claim(server.url, link))
        if number % CLAIMS_AT_ONCE == CLAIMS_AT_ONCE - 1:
            venue.copy_central()
    for number in range(day.doors):
        door = DoorProcess(folder / f"door{number}")
        code = str(row(data, "device", "code", f"Door {number}")["code"])
        enrol_device(Settings(data=str(door.data)), proxy.url, code)
        venue.doors.append(door)
        stack.callback(door.stop, signal.SIGKILL)
    venue.copy_central()
    for door in venue.doors:
        door.start()
    _wait_for(venue)
    return venue


def _wait_for(venue: Venue) -> None:
    """Until each door has made its ledger: before, it would read nothing."""
    until = time.monotonic() + PATIENCE_S
    ledgers = [door.data / "ledger.sqlite3" for door in venue.doors]
    while not all(ledger.exists() for ledger in ledgers) and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(3)  # and cards issued AHEAD_S from now are younger than it


def _now() -> int:
    return int(time.time())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="one small day")
    parser.add_argument("--schedules", type=int, default=0, help="how many days, each another seed")
    parser.add_argument("--seed", type=int, default=1, help="of the first day")
    given = parser.parse_args()
    schedules = given.schedules or (1 if given.short else 10)
    for seed in range(given.seed, given.seed + schedules):
        broken = run_schedule(seed, SHORT if given.short else LONG)
        if broken:
            print(*broken, f"FAILED with --seed {seed}", sep="\n", flush=True)
            return 1
    print(f"{schedules} schedules from seed {given.seed}: no promise broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
