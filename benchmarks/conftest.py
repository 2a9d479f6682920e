"""What benchmarks share: the machine and versions they ran on, and a table of each figure beside its yardstick."""

import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import cv2
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.bare_ledger import sqlite3
from benchmarks.figures import FIGURES, Figure

PACKAGES = (
    "opencv-python-headless",
    "zxing-cpp",
    "pyzbar",
    "cryptography",
    "sqlite-utils",
    "numpy",
)


def pytest_report_header() -> list[str]:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{platform.machine()}, {cpu_name()}, Python {platform.python_version()}"
    return [f"machine: {machine}", f"versions: SQLite {sqlite3.sqlite_version}, {versions}"]


def cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else "unknown processor"


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """OpenCV on one core, so that figures mean the same on any machine."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Measures one side of a figure."""

    benchmark: BenchmarkFixture

    def alone(self, figure: Figure, work: Callable[[], object], rounds: int, per: float) -> None:
        """An absolute figure: the median in seconds, times ``per``."""
        FIGURES[figure] = {"ours": self._median(figure, work, rounds, lambda: None) * per}

    def pair(
        self,
        figure: Figure,
        *,
        ours: Callable[[], object],
        yardstick: Callable[[], object],
        rounds: int = 300,
    ) -> None:
        """A ratio: yardstick and ours take turns, so that a busy machine slows both alike."""
        took: list[float] = []

        def measure_yardstick() -> None:
            began = time.perf_counter()
            yardstick()
            took.append(time.perf_counter() - began)

        median = self._median(figure, ours, rounds, measure_yardstick)
        FIGURES[figure] = {"ours": median, "yardstick": statistics.median(took)}

    def _median(
        self,
        figure: Figure,
        work: Callable[[], object],
        rounds: int,
        before: Callable[[], None],
    ) -> float:
        self.benchmark.group = figure.name
        self.benchmark.pedantic(  # type: ignore[no-untyped-call]
            work, setup=before, rounds=rounds, warmup_rounds=max(1, rounds // 20)
        )
        stats = self.benchmark.stats
        assert stats is not None
        return float(stats.stats.median)


@pytest.fixture
def bench(benchmark: BenchmarkFixture) -> Bench:
    return Bench(benchmark=benchmark)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not FIGURES:
        return
    terminalreporter.section("each figure beside its yardstick, medians of this run")
    for figure, sides in FIGURES.items():
        terminalreporter.line(figure.line(sides))
