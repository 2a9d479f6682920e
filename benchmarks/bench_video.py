"""How soon a code held up to a camera is read: frames and milliseconds until the first read, side by side.

    python benchmarks/bench_video.py [--seeds N] [--from-seed N] [--only NAME …] [--idle-seconds S]

Each approach (benchmarks/approaches.py) is shown at 30 frames a second of simulated time. What a decoder costs is
measured as it runs, in processor time of its thread, and passes in the simulation: a decoder that is still busy misses
frames, as it would at a door, where the newest frame overwrites the last. Ours is the live tier as the door runs it:
zxing-cpp on every frame; the grid beside it on the sharpest recent one, resting longer than it worked, with a glance at
each frame meanwhile; what it read told with a later frame. Both threads are taken to have a core each. The second table
is no simulation: it runs the real threads over pictures of an empty room.
"""

# ruff: noqa: E402 -- numpy reads the environment when it is imported
import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read once, when numpy is imported
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import cv2
import numpy as np

from benchmarks.approaches import APPROACHES, FPS, FRAMES, Approach
from cardcore.ids import Micros
from scanner.adapters.decoder_cascade import DecoderCascade
from scanner.adapters.decoder_cv2 import Cv2Decoder
from scanner.adapters.decoder_grid import GridDecoder
from scanner.adapters.decoder_grid.duty import Duty
from scanner.adapters.decoder_grid.live import Job, LiveTier
from scanner.adapters.decoder_pyzbar import PyzbarDecoder
from scanner.adapters.decoder_zxing import ZxingDecoder
from scanner.bootstrap.eyes import system_clock
from scanner.door.frame import Frame, Luma, Reading
from scanner.door.moment import MICROS, Moment
from scanner.ports import QrDecoder
from scanner.reading.live import LiveReader
from scanner.reading.outcome import Reading as GridReading
from tools.camera_view import View, room_frame

PACKAGES = ("zxing-cpp", "pyzbar", "opencv-python-headless", "numpy")
NAMES = ("gatepost", "zxing-cpp", "pyzbar", "cv2")
STEP = MICROS // FPS


@dataclass(frozen=True, slots=True)
class First:
    """The first read of a sequence: in which frame (1 is the first), after how many ms, by what; right or not."""

    frame: int
    ms: float
    stage: str
    right: bool


@dataclass(slots=True)
class Tally:
    firsts: list[First | None] = field(default_factory=list)

    @property
    def frames(self) -> float:
        return statistics.fmean(FRAMES + 1 if each is None else each.frame for each in self.firsts)

    @property
    def ms(self) -> float:
        whole = 1_000 * FRAMES / FPS
        return statistics.fmean(whole if each is None else each.ms for each in self.firsts)

    @property
    def unread(self) -> int:
        return sum(each is None for each in self.firsts)

    @property
    def wrong(self) -> int:
        return sum(each is not None and not each.right for each in self.firsts)


def timed(decoder: QrDecoder, frame: Frame) -> tuple[tuple[Reading, ...], int]:
    """What it reads, and in how many µs of this thread's processor time: others on the machine do not count."""
    began = time.thread_time_ns()
    found = decoder.decode(frame)
    return found, max(1, (time.thread_time_ns() - began) // 1_000)


def framed(luma: Luma, number: int) -> Frame:
    at = Micros(number * STEP)
    return Frame(luma=luma, taken_at=Moment(wall=at, mono=at, boot_id=bytes(16)))


def single(decoder: QrDecoder, frames: Sequence[Luma], text: bytes) -> First | None:
    """One decoder by itself, always given the newest frame once it is free."""
    free = 0
    number = 0
    while number < len(frames):
        began = max(free, number * STEP)
        found, spent = timed(decoder, framed(frames[number], number))
        free = began + spent
        if found:
            right = all(each.payload == text for each in found)
            return First(number + 1, free / 1_000, found[0].stage, right)
        number = max(number + 1, free // STEP)
    return None


class Simulation:
    """The live tier over one sequence, its second thread played in simulated time."""

    def __init__(self) -> None:
        self._now = 0
        self._since: int | None = None
        self._tier = LiveTier(LiveReader(), self.mono)
        self._first = ZxingDecoder()
        self._duty = Duty(self.mono)
        self._offered = self._free = self._rested = 0
        self._pending: tuple[int, Job, tuple[GridReading, ...]] | None = None

    def mono(self) -> Micros:
        """Simulated time, which passes while the grid works."""
        spent = 0 if self._since is None else (time.thread_time_ns() - self._since) // 1_000
        return Micros(self._now + spent)

    def frame(self, luma: Luma, number: int) -> tuple[tuple[Reading, ...], int]:
        """What the door is told with this frame, and when."""
        frame = framed(luma, number)
        read, spent = timed(self._first, frame)
        done = number * STEP + spent
        self._work(done)
        began = time.thread_time_ns()
        late = self._tier.offer(frame, read)
        done += (time.thread_time_ns() - began) // 1_000
        self._offered = done
        return (*read, *late), done

    def _work(self, until: int) -> None:
        """Everything the grid's thread does until then: a glance at a new frame, a look when it has rested."""
        while True:
            if self._pending is not None:
                ready, job, found = self._pending
                if ready > until:
                    return
                self._pending = None
                self._tier.tell(job, found)
            at = max(self._free, self._offered)
            self._now = at
            taken = self._tier.take_glance() if at <= until else None
            if taken is None:
                at = max(at, self._rested)
                self._now = at
                taken = self._tier.take() if at <= until else None
            if taken is None:
                return
            self._begin(taken)

    def _begin(self, job: Job) -> None:
        self._duty.begin()
        self._since = time.thread_time_ns()
        found = self._tier.look(job)
        self._free = int(self.mono())
        self._now, self._since = self._free, None
        self._duty.end()
        self._rested = self._free + self._duty.rest
        self._pending = (self._free, job, found)


def live(frames: Sequence[Luma], text: bytes) -> First | None:
    simulation = Simulation()
    for number, luma in enumerate(frames):
        found, done = simulation.frame(luma, number)
        if found:
            right = all(each.payload == text for each in found)
            return First(number + 1, done / 1_000, found[0].stage, right)
    return None


def singles() -> dict[str, QrDecoder]:
    chosen: dict[str, QrDecoder] = {"zxing-cpp": ZxingDecoder(), "cv2": Cv2Decoder()}
    pyzbar = PyzbarDecoder()
    if pyzbar.available:
        chosen["pyzbar"] = pyzbar
    return chosen


def run(chosen: Sequence[Approach], seeds: Sequence[int]) -> dict[str, dict[str, Tally]]:
    decoders = singles()
    result: dict[str, dict[str, Tally]] = {}
    for approach in chosen:
        tallies = result.setdefault(approach.name, {name: Tally() for name in NAMES})
        for seed in seeds:
            frames = list(approach.frames(seed))
            text = approach.text(seed).encode()
            tallies["gatepost"].firsts.append(live(frames, text))
            for name, decoder in decoders.items():
                tallies[name].firsts.append(single(decoder, frames, text))
    return result


def print_firsts(result: dict[str, dict[str, Tally]]) -> None:
    print(f"{'first read: frames / ms':24}" + "".join(f"{name:>26}" for name in NAMES) + "   by")
    for approach, tallies in result.items():
        row = f"{approach:24}"
        for name in NAMES:
            tally = tallies[name]
            unread = f" ({tally.unread} never)" if tally.unread else ""
            row += (
                f"{f'{tally.frames:.1f} / {tally.ms:.0f}{unread}':>26}"
                if tally.firsts
                else f"{'-':>26}"
            )
        stages = [each.stage for each in tallies["gatepost"].firsts if each is not None]
        print(row + "   " + ", ".join(stages))
    wrong = sum(tally.wrong for tallies in result.values() for tally in tallies.values())
    print(f"wrong reads: {wrong}")


def print_targets(result: dict[str, dict[str, Tally]]) -> None:
    late = [
        f"{approach}: {name}"
        for approach, tallies in result.items()
        for name in NAMES[1:]
        if tallies[name].firsts and tallies["gatepost"].frames > tallies[name].frames
    ]
    print(f"a single decoder was earlier: {', '.join(late) or 'never'}")
    hard = [each.name for each in APPROACHES if each.hard and each.name in result]
    if hard:
        ours = statistics.fmean(result[name]["gatepost"].frames for name in hard)
        theirs = statistics.fmean(result[name]["zxing-cpp"].frames for name in hard)
        print(
            f"hard approaches: {ours:.1f} frames, zxing-cpp alone {theirs:.1f}: {1 - ours / theirs:.0%} fewer"
        )


def print_idle(seconds: float) -> None:
    """Real threads over an empty room: what a frame costs, and how much of a core the grid takes."""
    rooms = [room_frame(seed=seed, view=View()) for seed in range(8)]
    clock = system_clock()
    grid = GridDecoder(clock=clock)
    decoders: dict[str, QrDecoder] = {
        "zxing-cpp": ZxingDecoder(),
        "gatepost": DecoderCascade(live=ZxingDecoder(), beside=grid),
    }
    spent: dict[str, list[float]] = {name: [] for name in decoders}
    busy, worked = 0.0, 0
    for _ in range(max(1, round(seconds / 16))):
        for name, decoder in decoders.items():
            began = time.perf_counter()
            for number in range(8 * FPS):
                frame = Frame(luma=rooms[number // FPS % len(rooms)], taken_at=clock.now())
                before = time.perf_counter()
                decoder.decode(frame)
                spent[name].append(1_000 * (time.perf_counter() - before))
                time.sleep(max(0.0, began + (number + 1) / FPS - time.perf_counter()))
            if name == "gatepost":
                busy += time.perf_counter() - began
                worked = grid.worked
    grid.close()
    print("\nms a frame, empty room, 720p, 30 a second     median       p95")
    for name, each in spent.items():
        median, p95 = np.percentile(each, (50, 95))
        print(f"    {name:36}{median:12.2f}{p95:10.2f}")
    ratio = statistics.median(spent["gatepost"]) / statistics.median(spent["zxing-cpp"])
    print(f"ratio of medians {ratio:.2f}; the grid took {worked / MICROS / busy:.0%} of a core")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2, help="sequences of each approach")
    parser.add_argument("--from-seed", type=int, default=1, help="the first of them")
    parser.add_argument("--only", nargs="*", help="names of approaches")
    parser.add_argument("--idle-seconds", type=float, default=32.0)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    print(
        f"{datetime.now(tz=UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}"
    )
    print(", ".join(f"{package} {version(package)}" for package in PACKAGES) + "\n")
    chosen = [each for each in APPROACHES if not given.only or each.name in given.only]
    result = run(chosen, range(given.from_seed, given.from_seed + given.seeds))
    print_firsts(result)
    print_targets(result)
    if given.idle_seconds > 0:
        print_idle(given.idle_seconds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
