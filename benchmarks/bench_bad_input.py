"""How long files made to hurt take at a door, and what memory: how much of it is the grid's.

    python benchmarks/bench_bad_input.py

Each file of tools/hostile_pictures.py is opened as `gatepost scan` opens it and read by the decoders of the settings,
one process for all. Then every set of decoders runs in a process of its own over the same approach of a phone and the
same stills, and says how much memory it took at most.
"""

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np

from benchmarks.approaches import APPROACHES, FPS
from scanner.adapters.picture_opencv import decode_picture
from scanner.bootstrap.eyes import make_decoder, system_clock
from scanner.config import Settings
from scanner.door.frame import Frame
from tools.hostile_pictures import PICTURES, code, specks, wall_of_eyes

SETS = ("zxing", "zxing,grid")


def peak_mb() -> float:
    """The most memory this process has had, in MB of a million bytes; ``ru_maxrss`` would count its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1_024 / 1_000_000


def print_answers() -> None:
    clock = system_clock()
    files = {name: make() for name, make in PICTURES.items()}
    before = peak_mb()
    print(f"{'file':26}{'answer':>22}{'s':>8}")
    with closing(make_decoder(Settings())) as decoder:
        for name, data in files.items():
            began = time.perf_counter()
            picture = decode_picture(data)
            if isinstance(picture, str):
                answer = str(picture)
            else:
                found = decoder.decode(Frame(luma=picture, taken_at=clock.now(), still=True))
                answer = f"{len(found)} by {found[0].stage}" if found else "nothing"
            print(f"{name:26}{answer:>22}{time.perf_counter() - began:8.2f}")
    print(f"memory at most {peak_mb():.0f} MB, {before:.0f} MB before the first\n")


def look(names: str, folder: Path) -> None:
    """What a process of its own does: an approach as it comes, then stills; prints its memory."""
    clock = system_clock()
    with closing(make_decoder(Settings(decoders=tuple(names.split(","))))) as decoder:
        for path in sorted(folder.iterdir()):
            is_still = path.stem.startswith("still")
            frame = Frame(luma=np.load(path), taken_at=clock.now(), still=is_still)
            decoder.decode(frame)
            time.sleep(1 / FPS)
    print(peak_mb())


def print_memory() -> None:
    approach = next(each for each in APPROACHES if each.name == "dim")
    stills = [code("x" * 900), specks(), wall_of_eyes(), wall_of_eyes(1, 250, 200)]
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        for number, luma in enumerate(approach.frames(1)):
            np.save(Path(folder) / f"frame{number:02}.npy", luma)
        for number, luma in enumerate(stills):
            np.save(Path(folder) / f"still{number}.npy", luma)
        for names in SETS:
            run = [sys.executable, str(Path(__file__).resolve()), "--look", names, folder]
            found = subprocess.run(run, capture_output=True, check=True, text=True, timeout=120)
            taken.append(float(found.stdout))
            print(f"decoders {names:26}{taken[-1]:8.0f} MB at most")
    print(f"the grid takes {taken[1] - taken[0]:.0f} MB more")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--look", nargs=2, metavar=("DECODERS", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.look is not None:
        look(given.look[0], Path(given.look[1]))
        return 0
    print(f"{datetime.now(tz=UTC):%Y-%m-%d}, {platform.machine()}, {platform.python_version()}\n")
    print_answers()
    print_memory()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
