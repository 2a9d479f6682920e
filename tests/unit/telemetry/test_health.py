"""What follows from checks, and how often they are made."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from telemetry.health import (
    KEPT_FOR,
    Check,
    Condition,
    Examiner,
    Finding,
    Level,
    Probe,
    condition_of,
    examine,
    report_of,
)
from telemetry.machine import look_at_disk, look_at_memory, look_at_process, own_pid


class Ticks:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += 1
        return self.now


def a_check(name: str = "one", *, healthy: bool = True, critical: bool = False) -> Check:
    return Check(name=name, healthy=healthy, critical=critical, ms=0.1, words="as it is")


def checks(healthy: int, of: int) -> list[Check]:
    return [a_check(healthy=number < healthy) for number in range(of)]


@pytest.mark.parametrize(
    ("healthy", "of", "condition"),
    [
        (0, 0, Condition.UP),
        (10, 10, Condition.UP),
        (9, 10, Condition.UP),
        (8, 9, Condition.DEGRADED),
        (89, 100, Condition.DEGRADED),
        (5, 10, Condition.DEGRADED),
        (49, 100, Condition.DOWN),
        (0, 3, Condition.DOWN),
    ],
)
def test_the_share_of_healthy_checks_decides(healthy: int, of: int, condition: Condition) -> None:
    assert condition_of(checks(healthy, of))[0] is condition


def test_one_critical_check_that_fails_is_down() -> None:
    almost = [*checks(99, 99), a_check("database", healthy=False, critical=True)]
    report = report_of(almost)
    assert (report.status, report.http_status) == (Condition.DOWN, 503)
    assert report.line == "DOWN, 99 of 100 checks well; not: database"


def test_what_is_degraded_still_works() -> None:
    assert report_of(checks(6, 10)).http_status == 200


def test_a_check_that_raises_has_failed_and_says_why() -> None:
    def look() -> Finding:
        msg = "no such table"
        raise RuntimeError(msg)

    (check,) = examine([Probe(name="cache", look=look)], Ticks())
    assert not check.healthy
    assert check.words == "cannot be looked at: no such table"
    assert check.ms == 0.001


def test_a_fault_is_told_as_whoever_asks_may_know_it() -> None:
    def look() -> Finding:
        raise ValueError

    heard: list[tuple[str, Exception]] = []

    def explain(name: str, error: Exception) -> str:
        heard.append((name, error))
        return "see the log"

    (check,) = examine([Probe(name="cache", look=look)], Ticks(), explain)
    assert check.words == "see the log"
    assert [(name, type(error)) for name, error in heard] == [("cache", ValueError)]
    (plain,) = examine([Probe(name="cache", look=look)], Ticks())
    assert plain.words == "cannot be looked at: ValueError"


def test_what_is_bearable_is_not_critical() -> None:
    poor = Finding(healthy=False, words="old", bearable=True)
    (check,) = examine([Probe(name="keys", look=lambda: poor, critical=True)], Ticks())
    assert not check.critical


def an_examiner(look: Callable[[], Finding], mono: Ticks) -> Examiner:
    return Examiner(
        live=[Probe(name="process", look=look)],
        ready=[Probe(name="database", look=lambda: Finding(healthy=True, words="good"))],
        figures=lambda: {"here": 3},
        mono=mono,
    )


def test_each_level_has_its_checks_and_the_full_one_figures() -> None:
    examiner = an_examiner(lambda: Finding(healthy=True, words="runs"), Ticks())
    names = {level: [c.name for c in examiner.report(level).checks] for level in Level}
    assert names == {
        Level.LIVE: ["process"],
        Level.READY: ["database"],
        Level.FULL: ["process", "database"],
    }
    assert examiner.report(Level.FULL).figures == {"here": 3}
    assert examiner.report(Level.READY).figures == {}


def test_figures_that_cannot_be_counted_are_left_out() -> None:
    def figures() -> dict[str, int | float | str | None]:
        raise OSError

    examiner = Examiner(live=[], ready=[], figures=figures, mono=Ticks())
    assert examiner.report(Level.FULL).figures == {}


def test_whoever_asks_again_at_once_costs_nothing() -> None:
    looks, mono = [], Ticks()

    def look() -> Finding:
        looks.append(1)
        return Finding(healthy=True, words="runs")

    examiner = an_examiner(look, mono)
    assert examiner.newest(Level.LIVE) is None
    first = examiner.report(Level.LIVE)
    assert examiner.report(Level.LIVE) is first
    assert examiner.newest(Level.LIVE) is first
    mono.now += KEPT_FOR
    assert examiner.report(Level.LIVE) is not first
    assert len(looks) == 2


@pytest.mark.parametrize(("healthy", "looked"), [(True, 1), (False, 3)])
def test_what_takes_its_time_is_not_done_each_time(*, healthy: bool, looked: int) -> None:
    looks, mono = [], Ticks()

    def look() -> Finding:
        looks.append(1)
        return Finding(healthy=healthy, words="drawn")

    slow = Probe(name="self_test", look=look, every=10 * KEPT_FOR)
    examiner = Examiner(live=[], ready=[slow], mono=mono)
    for _ in range(3):
        assert examiner.report(Level.READY).checks[0].words == "drawn"
        mono.now += KEPT_FOR
    assert len(looks) == looked
    mono.now += 10 * KEPT_FOR
    examiner.report(Level.READY)
    assert len(looks) == looked + 1


def test_while_a_look_hangs_the_one_before_is_told() -> None:
    mono, begun, go_on = Ticks(), threading.Event(), threading.Event()
    hangs = [False]

    def look() -> Finding:
        if hangs[0]:
            begun.set()
            assert go_on.wait(10)
        return Finding(healthy=True, words="runs")

    examiner = an_examiner(look, mono)
    first = examiner.report(Level.LIVE)
    hangs[0], mono.now = True, mono.now + KEPT_FOR
    thread = threading.Thread(target=examiner.report, args=(Level.LIVE,))
    thread.start()
    assert begun.wait(10)
    assert examiner.report(Level.LIVE) is first
    go_on.set()
    thread.join()


# ── the machine ─────────────────────────────────────────────────────────────


def a_proc(folder: Path, *, free: int = 900, total: int = 1_000) -> Path:
    (folder / "7").mkdir()
    (folder / "7" / "stat").touch()
    (folder / "7" / "status").write_text("Name:\tgatepost\nVmRSS:\t  2000 kB\nThreads:\t5\n")
    (folder / "meminfo").write_text(f"MemTotal: {total} kB\nMemAvailable: {free} kB\n")
    return folder


def test_a_process_that_runs_is_well(tmp_path: Path) -> None:
    found = look_at_process(7, a_proc(tmp_path))
    assert (found.healthy, found.words) == (True, "process 7 runs with 5 threads")
    assert look_at_process(own_pid()).healthy


def test_a_process_that_ended_is_not(tmp_path: Path) -> None:
    assert not look_at_process(8, a_proc(tmp_path)).healthy
    assert not look_at_process(None).healthy


def test_memory_that_runs_out_is_told(tmp_path: Path) -> None:
    assert look_at_memory(7, a_proc(tmp_path, free=50)).healthy
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 49 kB\n")
    found = look_at_memory(7, tmp_path)
    assert not found.healthy
    assert found.words.endswith("the program uses 2 MB")


def test_a_system_that_tells_no_memory_is_not_blamed(tmp_path: Path) -> None:
    assert look_at_memory(None, tmp_path / "nowhere").healthy
    (tmp_path / "meminfo").write_text("MemTotal:\nMemAvailable: much kB\n")
    assert look_at_memory(7, tmp_path).healthy


def test_a_disk_that_is_full_is_told(tmp_path: Path) -> None:
    assert look_at_disk(tmp_path, 1).healthy
    assert not look_at_disk(tmp_path, 1 << 60).healthy
    assert look_at_disk(tmp_path / "gone", 1).words == (
        "the disk cannot be looked at: No such file or directory"
    )
