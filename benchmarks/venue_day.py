"""A venue's day: one real central, real doors with folders for cameras, rotating cards, and a seeded schedule of faults.

    python benchmarks/venue_day.py --short
    python benchmarks/venue_day.py --schedules 50 --seed 7 --members 5000

Each schedule shows fresh cards, the same card twice and the same card at two doors, while the network is cut, swallows,
delays, loses replies or says old batches again in another order; central is killed, and put back from a copy; doors are
killed -9, lose their power (what strace saw them sync stays), have their clocks set by an hour or a day, find their disk
full or their ledger locked. At the end every verdict that was printed must be in central exactly once, in order, in an
unbroken chain; no nonce admitted twice at one ledger; each double between doors an incident; nothing left to hand over,
and a fresh card let in at every door. Exit code 1 and the seed where a promise was broken.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a program

from benchmarks.venue import Day, Venue, open_venue
from benchmarks.venue_checks import broken_promises, doubles_of
from benchmarks.venue_faults import Act, permitted

SHORT: Final = Day(doors=2, members=24, steps=4, every_fault=True)
LONG: Final = Day(doors=3, members=2_000, steps=60)
SAID: Final = "turned away as"
FRESH, AGAIN = 12.0, 6.0  # how often, where all faults together have 22


def play(venue: Venue) -> None:
    """What happens, one thing after another."""
    faults, told = permitted(venue.doors)
    for line in told:
        venue.count[line] += 1
    acts, weights = zip(*faults, strict=True)
    for _ in range(venue.day.steps):
        dice = venue.chance.uniform(0, FRESH + AGAIN + sum(weights))
        if venue.day.every_fault or dice < FRESH:
            venue.show_fresh(venue.any_door())
        elif dice < FRESH + AGAIN:
            venue.show_again()
        else:
            _happen(venue, *venue.chance.choices(acts, weights))
        time.sleep(venue.chance.uniform(0, 0.2))
    if venue.day.every_fault:
        for act in venue.chance.sample(acts, len(acts)):
            _happen(venue, act)
            venue.show_again()


def run_schedule(seed: int, day: Day) -> list[str]:
    """One day; the promises that were broken."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="venue-") as name, ExitStack() as stack:
        venue = open_venue(Path(name), random.Random(seed), day, stack)  # noqa: S311 -- a schedule, no secret
        play(venue)
        told = venue.settle()
        database = venue.data / "central.sqlite3"
        broken = venue.stuck + broken_promises(database, told)
        decisions = Counter(str(line["decision"]) for one in told for line in one.lines)
        venue.count.update(
            f"{SAID} {line['reason']}"
            for one in told
            for line in one.lines
            if line["decision"] == "refuse"
        )
        print(
            f"seed {seed}: {decisions.total()} verdicts, {decisions['admit']} admitted,"
            f" {doubles_of(database)} doubles, broken promises {len(broken)},"
            f" {time.monotonic() - began:.0f} s; {_listed(venue.count)}",
            flush=True,
        )
        if not decisions["admit"]:
            broken.append("nobody was admitted: the day proves nothing")
        if broken:
            print(*(door.errors.read_text("utf-8")[-2_000:] for door in venue.doors), sep="\n")
        return broken


def _happen(venue: Venue, act: Act) -> None:
    venue.count[act.__name__] += 1
    act(venue)


def _listed(count: Counter[str]) -> str:
    return ", ".join(f"{what} {times}" for what, times in sorted(count.items()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="one small day, with every fault once")
    parser.add_argument("--schedules", type=int, default=0, help="how many days, each another seed")
    parser.add_argument("--seed", type=int, default=1, help="of the first day")
    parser.add_argument("--members", type=int, default=0, help="how many, each with a card")
    given = parser.parse_args()
    schedules = given.schedules or (1 if given.short else 10)
    day = SHORT if given.short else LONG
    day = replace(day, members=given.members or day.members)
    for seed in range(given.seed, given.seed + schedules):
        broken = run_schedule(seed, day)
        if broken:
            print(*broken, f"FAILED with --seed {seed}", sep="\n", flush=True)
            return 1
    print(f"{schedules} schedules from seed {given.seed}: no promise broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
