"""What may happen at a simulated venue, one function an act; those that this machine does not permit are left out by name."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.fault_proxy import Fault
from benchmarks.venue_door import FAKETIME, DoorProcess
from scanner.sqlite import sqlite3
from tests.fakes.small_disk import fill

if TYPE_CHECKING:
    from benchmarks.venue import Venue

HOUR: Final = 3_600
DAY: Final = 86_400
SET_BY: Final = (-DAY, -HOUR, HOUR, DAY)
LOCKED_FOR_S: Final = 6.5  # at most; a door waits 5 s for its ledger
Act = Callable[["Venue"], None]


def network(venue: "Venue") -> None:
    venue.proxy.fault = venue.chance.choice(list(Fault)[1:])


def network_well(venue: "Venue") -> None:
    venue.proxy.fault = Fault.NONE


def old_batches(venue: "Venue") -> None:
    """Duplicate and reordered delivery."""
    venue.count["batches delivered again"] += venue.proxy.deliver_again(venue.chance, 6)


def door_killed(venue: "Venue") -> None:
    door = venue.any_door()
    door.hold_up(venue.fresh())
    time.sleep(venue.chance.uniform(0, 0.5))  # so that some die in the middle of a card
    door.stop(signal.SIGKILL)
    door.start()


def central_killed(venue: "Venue") -> None:
    venue.server.stop(signal.SIGKILL)
    venue.copy_central()


def central_put_back(venue: "Venue") -> None:
    venue.server.stop(signal.SIGKILL)
    venue.put_back_central()


def power_cut(venue: "Venue") -> None:
    door = next(door for door in venue.doors if door.watched)
    door.hold_up(venue.fresh())
    time.sleep(venue.chance.uniform(0, 0.5))
    door.cut_power(venue.chance)
    door.start()


def disk_full(venue: "Venue") -> None:
    door = next(door for door in venue.doors if door.small)
    if venue.chance.random() < 0.5:  # else it has room for some hundred more
        (door.data / "ledger.sqlite3.ballast").unlink(missing_ok=True)
    filler = fill(door.data, venue.chance.randrange(60_000))
    for _ in range(venue.chance.randint(2, 6)):
        venue.show_fresh(door)
    filler.unlink()


def clock_stepped(venue: "Venue") -> None:
    door = venue.any_door()
    door.set_clock(venue.chance.choice(SET_BY))
    for _ in range(venue.chance.randint(1, 2)):
        venue.show_fresh(door)
    if venue.chance.random() < 0.3:  # and started again meanwhile
        door.stop(signal.SIGTERM)
        door.start()
        venue.show_fresh(door)
    door.set_clock(0)


def ledger_locked(venue: "Venue") -> None:
    door = venue.any_door()
    with _locked(door.data / "ledger.sqlite3", venue.chance):
        venue.show_fresh(door)


def central_locked(venue: "Venue") -> None:
    with _locked(venue.data / "central.sqlite3", venue.chance):
        venue.show_fresh(venue.any_door())
        time.sleep(1)


@contextmanager
def _locked(database: Path, chance: random.Random) -> Iterator[None]:
    """Another program writes to it, and takes its time."""
    began, for_s = threading.Event(), chance.uniform(0.5, LOCKED_FOR_S)

    def write() -> None:
        with closing(sqlite3.connect(str(database), timeout=10, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began.set()
            time.sleep(for_s)
            other.execute("ROLLBACK")

    writer = threading.Thread(target=write)
    writer.start()
    began.wait(20)
    yield
    writer.join()


FAULTS: Final[tuple[tuple[Act, float], ...]] = (
    (network, 6),
    (network_well, 3),
    (old_batches, 3),
    (door_killed, 2),
    (central_killed, 1),
    (central_put_back, 1),
    (power_cut, 2),
    (disk_full, 1),
    (clock_stepped, 1),
    (ledger_locked, 1),
    (central_locked, 1),
)


def permitted(doors: list[DoorProcess]) -> tuple[list[tuple[Act, float]], list[str]]:
    """The faults that can be made here, with their weights, and why others cannot."""
    missing: dict[Act, str] = {}
    if not any(door.watched for door in doors):
        missing[power_cut] = "needs strace, and the right to use it"
    if not any(door.small for door in doors):
        missing[disk_full] = "needs the right to mount a small disk"
    if FAKETIME is None:
        missing[clock_stepped] = "needs libfaketime (the package faketime)"
    told = [f"left out: {act.__name__} {why}" for act, why in missing.items()]
    return [fault for fault in FAULTS if fault[0] not in missing], told
