"""The app on a terminal: how long a verdict takes to get there, what it costs, how soon it is ready, how much it holds.

The terminal is a pseudo-terminal of 80 x 24 whose other end is read at once; what an emulator takes to draw is not in it.

- Frame to verdict: from the instant in a frame of a real door's camera thread, until the bytes that spell the member's
  number of that verdict can be read from the terminal. Beside it the same door, frames and cards in a process without any
  screen, until the answer is told. The picture is in view when the card comes (Enter clears the verdict before).
- Processor: user and system time of the app's whole process over that time, 30 frames a second, a verdict a second.
- Ready: from starting `gatepost run` until the terminal says to show a card; beside it, a Python that imports Textual and OpenCV.
- Memory: resident size as frames come as fast as the door takes them, every tenth with a card; growth since a tenth of
  them had come. GATEPOST_BENCH_LONG=1 for 100,000 frames and 10,000 verdicts, else 5,000 and 500.
"""

import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path

from benchmarks.bench_scan import high_water
from benchmarks.figures import FIGURES, Figure
from benchmarks.screen_door import paired_folder

VERDICT = Figure(name="frame to verdict on the terminal / without any screen", limit=2)
PROCESSOR = Figure(name="app at 30 fps with preview, of one core", limit=40, unit="%")
READY = Figure(name="start to ready / importing textual and cv2", limit=3)
GROWTH = Figure(name="memory: growth over all frames and verdicts", limit=5, unit="MB")
WHOLE = Figure(name="memory: the app in all", limit=200, unit="MB")
LONG = os.environ.get("GATEPOST_BENCH_LONG") == "1"
VERDICTS = 60 if LONG else 20
FRAMES = 100_000 if LONG else 5_000
EVERY = 30
READ_BYTES = 1 << 16
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "LC_ALL"}},
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "LANG": "C.UTF-8",
}


@dataclass(slots=True)
class Terminal:
    """A program behind a terminal, and all it wrote, with the time of each piece in µs."""

    process: "subprocess.Popen[bytes]"
    master: int
    pieces: list[tuple[int, bytes]] = field(default_factory=list)

    def read(self, within: float) -> bytes | None:
        """The next piece; empty where there was none within the time, None at the end."""
        if not select.select([self.master], [], [], within)[0]:
            return b""
        try:
            piece = os.read(self.master, READ_BYTES)
        except OSError:  # the program has ended
            return None
        self.pieces.append((time.monotonic_ns() // 1_000, piece))
        return piece or None

    def press_enter(self) -> None:
        os.write(self.master, b"\r")


@contextmanager
def terminal(*command: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=ENVIRONMENT, start_new_session=True
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        os.close(master)


def door_command(folder: Path, how: str, frames: int, every: int, fps: int) -> list[str]:
    arguments = [str(folder), how, str(frames), str(every), str(fps)]
    return [sys.executable, "-m", "benchmarks.screen_door", *arguments]


def times_of(folder: Path) -> dict[str, tuple[int, int]]:
    """For each card, when its frame was taken and when its verdict was told."""
    found = json.loads((folder / "times.json").read_text())["times"]
    return {number: (taken, told) for number, taken, told in found}


def told_in(folder: Path) -> int:
    """How many verdicts there were."""
    return int(json.loads((folder / "times.json").read_text())["count"])


def processor_s(pid: int) -> float:
    """Seconds of processor that a process has used so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    words = Path(f"/proc/{pid}/statm").read_text().split()
    return int(words[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2


def watch(shown: Terminal) -> dict[str, int]:
    """Read until the program ends, clearing each verdict; when each number could first be read."""
    seen: dict[str, int] = {}
    began: tuple[float, float] | None = None
    clear_at = 0.0
    last = (0.0, 0.0)
    while (piece := shown.read(0.02)) is not None:
        now = time.monotonic()
        number = number_in(piece)
        if number is not None and number not in seen:
            seen[number] = shown.pieces[-1][0]
            clear_at = now + 0.3
            began = began or (now, processor_s(shown.process.pid))
            last = (now, processor_s(shown.process.pid))
        if clear_at and now >= clear_at:
            shown.press_enter()
            clear_at = 0.0
    written = b"".join(piece for _, piece in shown.pieces)
    assert began is not None, written[-2_000:]
    assert written.count("▀".encode()) > VERDICTS * 500  # the picture was in view
    used, took = last[1] - began[1], last[0] - began[0]
    FIGURES[PROCESSOR] = {"ours": 100 * used / took}
    return seen


def number_in(piece: bytes) -> str | None:
    at = piece.find(b"no. K")
    return piece[at + 4 : at + 10].decode() if at >= 0 else None


def test_frame_to_verdict(tmp_path: Path) -> None:
    frames = VERDICTS * EVERY
    bare, screen = paired_folder(tmp_path / "bare"), paired_folder(tmp_path / "screen")
    subprocess.run(door_command(bare, "bare", frames, EVERY, 30), check=True, env=ENVIRONMENT)
    with terminal(*door_command(screen, "screen", frames, EVERY, 30)) as shown:
        seen = watch(shown)
        assert shown.process.wait(20) == 0
    told = [told - taken for taken, told in times_of(bare).values()]
    drawn = [seen[card] - taken for card, (taken, _) in times_of(screen).items() if card in seen]
    assert len(drawn) > 0.8 * VERDICTS
    FIGURES[VERDICT] = {
        "ours": statistics.median(drawn) / 1e6,
        "yardstick": statistics.median(told) / 1e6,
    }


def test_start_to_ready(tmp_path: Path) -> None:
    folder = paired_folder(tmp_path / "door")
    camera = folder / "camera"
    camera.mkdir()
    gatepost = str(Path(sys.executable).with_name("gatepost"))
    ours, yardstick = [], []
    for _ in range(7):
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", "import textual.app, cv2"], check=True)
        yardstick.append(time.monotonic() - began)
        began = time.monotonic()
        with terminal(gatepost, "run", "--data", str(folder), "--source", f"watch:{camera}") as app:
            while b"Show card" not in b"".join(piece for _, piece in app.pieces):
                assert app.read(0.05) is not None
            ours.append(time.monotonic() - began)
    FIGURES[READY] = {"ours": statistics.median(ours), "yardstick": statistics.median(yardstick)}


def test_memory_is_flat(tmp_path: Path) -> None:
    folder = paired_folder(tmp_path / "door")
    sizes: list[float] = []
    with terminal(*door_command(folder, "screen", FRAMES, 10, 0)) as app:
        while app.read(0.5) is not None:
            app.pieces.clear()
            with suppress(OSError):
                peak = max(high_water(app.process.pid), 0.0)
                FIGURES[WHOLE] = {"ours": max(peak, FIGURES.get(WHOLE, {}).get("ours", 0.0))}
                sizes.append(resident_mb(app.process.pid))
        assert app.process.wait(20) == 0
    assert told_in(folder) == FRAMES // 10
    warm = sizes[len(sizes) // 10]
    FIGURES[GROWTH] = {"ours": max(0.0, statistics.median(sizes[-5:]) - warm)}
