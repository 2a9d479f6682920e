"""A skipped test proves nothing: where the tests have to prove something, it counts as a failed one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = """
import pytest

def test_that_runs() -> None:
    pass

@pytest.mark.skip(reason="no such thing here")
def test_that_is_skipped() -> None:
    pass
"""


@pytest.mark.parametrize(("banned", "code"), [("1", 1), ("", 0)])
def test_a_skipped_test_fails_the_run_where_skips_are_banned(
    banned: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_one.py").write_text(SKIPPED)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", "pytest.ini", tmp_path],
        cwd=tmp_path,
        env=os.environ | {"GATEPOST_FAIL_ON_SKIP": banned, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stdout
    assert ("skipped: test_one.py::test_that_is_skipped" in run.stdout) is (banned == "1")
