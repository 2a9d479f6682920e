"""The simulated day, short in every run and long in `make soak`; and that its checks can fail."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from benchmarks.venue_checks import broken_admissions, broken_lines, read_lines
from tests.fakes.scanner_door import a_refusal

PROGRAM: Final = Path(__file__).resolve().parents[3] / "benchmarks" / "venue_day.py"
CARD, NONCE, EPOCH = bytes(16), bytes(8), bytes(8)


def _day(*arguments: str, timeout: float) -> str:
    run = subprocess.run(
        [sys.executable, PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.loopback
def test_a_short_day_of_faults_breaks_no_promise() -> None:
    assert "no promise broken" in _day("--short", "--seed", "1", timeout=400)


@pytest.mark.soak
@pytest.mark.loopback
def test_fifty_days_of_faults_break_no_promise() -> None:
    assert "50 schedules" in _day("--schedules", "50", timeout=6 * 3_600)


def test_a_nonce_admitted_twice_at_one_ledger_is_seen() -> None:
    twice = {(CARD, NONCE): [("d-1", EPOCH, 1), ("d-1", EPOCH, 2)]}
    (broken, untold) = broken_admissions(twice, set())
    assert "admitted 2 times" in broken
    assert "no incident" in untold


def test_a_double_between_doors_needs_its_incident() -> None:
    places = [("d-1", EPOCH, 1), ("d-2", EPOCH, 1)]
    assert broken_admissions({(CARD, NONCE): places}, set()) != []
    assert broken_admissions({(CARD, NONCE): places}, {places[1]}) == []


def test_a_verdict_that_is_not_in_central_is_seen() -> None:
    entry = a_refusal().entry
    line: dict[str, object] = {
        "seq": entry.seq,
        "decision": entry.decision.value,
        "reason": entry.reason,
    }
    later = line | {"seq": entry.seq + 1}
    assert len(broken_lines("d-1", [later], [entry])) == 1
    assert len(broken_lines("d-1", [line | {"seq": None}], [entry])) == 1


def test_a_line_that_was_cut_was_shown_to_nobody(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_text('{"seq": 1}\n{"se')
    assert read_lines(file) == [{"seq": 1}]
