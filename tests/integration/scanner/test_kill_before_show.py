"""A door that dies between the commit and the screen."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

from cardcore.ids import UnixSeconds
from scanner.door.decision import Admit
from tests.fakes.card_material import NOW
from tests.fakes.floor_parts import Stage

ROOT: Final = Path(__file__).resolve().parents[3]
DIES: Final = """
import os, signal, sys
from pathlib import Path
from scanner.door.decision import Admit
from scanner.door.frame import Presentation
from tests.fakes.floor_parts import Stage, a_text

stage = Stage(path=Path(sys.argv[1]))
pipeline = stage._pipeline(stage.open_ledger())
answer = pipeline.answer(Presentation(text=a_text(), at=stage.clock.now(), source="camera"))
assert isinstance(answer.decision, Admit), answer
os.kill(os.getpid(), signal.SIGKILL)
"""


def _dies_between_commit_and_show(ledger: Path) -> None:
    died = subprocess.run(
        [sys.executable, "-c", DIES, ledger],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr


def test_a_kill_between_commit_and_show_cannot_strand_a_holder(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    _dies_between_commit_and_show(ledger)

    again = Stage(path=ledger)
    again.clock.advance(5)
    with again.running() as floor:
        answer = again.answer()
        assert isinstance(answer.decision, Admit)
        assert answer.seq is not None
        floor.shown(answer.seq)
    assert again.strike.openings == 1
    with closing(again.open_ledger()) as opened:
        assert opened.unshown(UnixSeconds(NOW + 5)) == ()

    third = Stage(path=ledger)
    third.clock.advance(6)
    with third.running():
        pass
    assert third.strike.openings == 0


def test_after_half_a_minute_nobody_waits_any_more_and_the_door_stays_shut(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    _dies_between_commit_and_show(ledger)
    late = Stage(path=ledger)
    late.clock.advance(31)
    with late.running():
        pass
    assert late.strike.openings == 0
