"""Real clocks that were set, and commands of recovery, as programs of their own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fakes.rehearsal_door import lines_of, rehearsal_folder
from tests.fakes.scanner_program import GATEPOST, Ran, gatepost

FAKETIME = shutil.which("faketime")


def _run(*command: str, shifted: str = "") -> Ran:
    """In this process, where the clock is the machine's."""
    if not shifted:
        return gatepost(*command)
    done = subprocess.run(
        [FAKETIME or "faketime", "-f", shifted, str(GATEPOST), *command],
        capture_output=True,
        check=False,
        timeout=60,
        env=os.environ | {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"},
    )
    return Ran(returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)


def _clock(data: str, shifted: str = "") -> str:
    done = _run("status", "--json", "--data", data, shifted=shifted)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["clock"])


@pytest.mark.skipif(FAKETIME is None, reason="faketime is not installed")
def test_a_clock_stepped_a_day_ahead_and_back_locks_nobody_out(tmp_path: Path) -> None:
    data = str(rehearsal_folder(tmp_path))
    assert _run("clock", "reset", "--yes", "--data", data).returncode == 0
    assert _clock(data) == "trusted"
    assert _clock(data, "+1d") == "untrusted"
    assert _clock(data, "-1d") == "untrusted"
    assert _clock(data) == "trusted"


@pytest.mark.skipif(FAKETIME is None, reason="faketime is not installed")
def test_a_reset_by_a_wrong_clock_is_undone_by_a_reset_by_the_right_one(tmp_path: Path) -> None:
    data = str(rehearsal_folder(tmp_path))
    assert _run("clock", "reset", "--yes", "--data", data, shifted="+1d").returncode == 0
    assert _clock(data) == "untrusted"
    (told,) = lines_of("clock", "reset", "--yes", "--json", "--data", data)
    assert told["was"] == "untrusted"
    assert _clock(data) == "trusted"
    (sound,) = lines_of("audit", "verify", "--json", "--data", data)
    assert (sound["sound"], sound["entries"]) == (True, 2)


def test_backup_copies_checks_and_does_not_overwrite(tmp_path: Path) -> None:
    data, copy = str(rehearsal_folder(tmp_path / "door")), tmp_path / "copy.sqlite3"
    assert _run("backup", str(copy), "--data", data).returncode == 1  # no ledger yet
    assert not copy.exists()
    assert _run("clock", "reset", "--yes", "--data", data).returncode == 0
    (made,) = lines_of("backup", str(copy), "--json", "--data", data)
    assert made == {
        "file": str(copy),
        "bytes": copy.stat().st_size,
        "epochs": 1,
        "entries": 1,
        "sound": True,
    }
    again = _run("backup", str(copy), "--data", data)
    assert (again.returncode, b"--force" in again.stderr) == (2, True)
    assert b"1 entries copied" in _run("backup", str(copy), "--force", "--data", data).stdout


def test_status_says_what_became_of_a_damaged_ledger(tmp_path: Path) -> None:
    data = str(rehearsal_folder(tmp_path))
    (tmp_path / "ledger.sqlite3").write_bytes(b"nonsense" * 1_000)
    done = _run("clock", "reset", "--yes", "--data", data)
    assert done.returncode == 0, done.stderr
    (status,) = lines_of("status", "--json", "--data", data)
    recovered = status["recovered"]
    assert isinstance(recovered, dict)
    assert "not a database" in recovered["why"]
    assert (tmp_path / recovered["aside"]).read_bytes() == b"nonsense" * 1_000
