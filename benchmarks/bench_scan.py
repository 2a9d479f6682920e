"""`gatepost scan` as a whole process: time with imports, and memory."""

import re
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.figures import FIGURES, Figure
from tests.fakes.card_material import NOW
from tests.fakes.rehearsal_door import rehearsal_folder
from tools.camera_view import View, phone_frame

SIXTY = Figure(name="gatepost scan on 60 pictures, with imports", limit=3, unit="s")
MEMORY = Figure(name="memory of gatepost scan on the fixtures", limit=150, unit="MB")
MEMORY_LARGE = Figure(
    name="memory of gatepost scan on a 16-megapixel picture", limit=300, unit="MB"
)
FIXTURES = Path(__file__).parent.parent / "fixtures" / "qr"


def scan(data: Path, *paths: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of one run.

    The peak is read from /proc while it runs: what wait4 tells counts this process's own size, from before the exec.
    """
    command = [str(Path(sys.executable).with_name("gatepost")), "scan", *map(str, paths)]
    command += ["--json", "--rehearsal", "--at", str(NOW), "--data", str(rehearsal_folder(data))]
    began, peak = time.monotonic(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, high_water(process.pid))
            time.sleep(0.01)
    assert process.returncode == 0
    return time.monotonic() - began, peak


def high_water(pid: int) -> float:
    """The most memory it has held so far, in MB; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def test_sixty_pictures(tmp_path: Path) -> None:
    pictures = sorted(FIXTURES.glob("*.jpg"))[:60]
    assert len(pictures) == 60
    runs = [scan(tmp_path / str(run), *pictures) for run in range(5)]
    FIGURES[SIXTY] = {"ours": sorted(seconds for seconds, _ in runs)[2]}
    FIGURES[MEMORY] = {"ours": max(megabytes for _, megabytes in runs)}


def test_sixteen_megapixels(tmp_path: Path) -> None:
    picture = tmp_path / "large.png"
    code = phone_frame("https://example.com", seed=1, view=View())
    large = cv2.resize(code, (5328, 3000), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(picture), np.dstack([large] * 3))
    FIGURES[MEMORY_LARGE] = {"ours": scan(tmp_path / "door", picture)[1]}
