"""A backlog handed over after a long time offline, and a door whose central is a black hole."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from benchmarks.conftest import Bench
from benchmarks.fault_proxy import Fault, FaultProxy
from benchmarks.figures import FIGURES, Figure
from benchmarks.sync_venue import Venue, door_at, give_backlog, venue
from scanner.bootstrap.door import Door, open_door
from scanner.circuit import OPEN
from scanner.door.frame import Presentation

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(["127.0.0.1"])]

BACKLOG = 100_000
A_SECOND = 10_000
CATCH_UP = Figure(
    name=f"{BACKLOG:,} entries over loopback into SQLite", limit=BACKLOG / A_SECOND, unit="s"
)
MEMORY = Figure(name="memory of a door that hands them over", limit=120, unit="MB")
VERDICTS = Figure(name="its verdicts meanwhile / alone", limit=2.0)
BLACK_HOLE = Figure(name="a verdict, central a black hole, circuit open / online", limit=1.2)
ROUNDS = 300


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    with venue(tmp_path_factory.mktemp("sync") / "central") as made:
        yield made


def tokens_of(place: Venue, count: int) -> list[str]:
    now = int(time.time())
    return [place.member.token(now, life_s=120) for _ in range(count)]


def test_catch_up(place: Venue, tmp_path: Path) -> None:
    settings = door_at(place, tmp_path / "door", place.url)
    give_backlog(settings, BACKLOG)
    tokens = tmp_path / "tokens"
    tokens.write_text("\n".join(tokens_of(place, 10_000)))
    before = processor_of(place.process)
    command = [sys.executable, "-m", "benchmarks.sync_door"]
    told = subprocess.run(
        [*command, msgspec.json.encode(settings).decode(), str(tokens)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout
    found = json.loads(told)
    assert found["trouble"] == ""
    assert found["entries"] >= BACKLOG
    spent = processor_of(place.process) - before
    print(f"seconds of processor time: central {spent:.1f}, door {found['processor']:.1f}")
    FIGURES[CATCH_UP] = {"ours": found["took"] * BACKLOG / found["entries"]}
    FIGURES[MEMORY] = {"ours": found["megabytes"]}
    FIGURES[VERDICTS] = {"ours": found["meanwhile"], "yardstick": found["alone"]}


def processor_of(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(door: Door, tokens: Iterator[str]) -> None:
    shown = Presentation(text=next(tokens), at=door.clock.now(), source="camera:0")
    assert door.pipeline.answer(shown).seq is not None


def test_black_hole(bench: Bench, place: Venue, tmp_path: Path) -> None:
    with ExitStack() as stack:
        proxy = stack.enter_context(FaultProxy(place.port))
        online = door_at(place, tmp_path / "online", place.url, ask_after_s=3_600.0)
        cut_off = door_at(place, tmp_path / "cut off", proxy.url, ask_after_s=0.0)
        here = stack.enter_context(open_door(online))
        there = stack.enter_context(open_door(cut_off))
        proxy.fault = Fault.BLACK_HOLE
        tokens = iter(tokens_of(place, 4 * ROUNDS))
        while there.status.circuit != OPEN:  # five that nobody answers, each given up after 2 s
            show(there, tokens)
            time.sleep(0.5)
        bench.pair(
            BLACK_HOLE,
            ours=lambda: show(there, tokens),
            yardstick=lambda: show(here, tokens),
            rounds=ROUNDS,
        )
        assert there.status.circuit == OPEN
