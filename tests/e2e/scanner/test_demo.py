"""`make demo` on a terminal: the real app plays itself, `q` quits, and nothing is left running however it ends."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.fakes.terminal import HAND, PATIENCE, Pane, Tmux

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.loopback


def begin(tmux: Tmux, folder: Path) -> Pane:
    command = ("env", "-C", str(folder), sys.executable, "-m", "tools.demo")
    paths = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
    return tmux.open(*command, environment={"PYTHONPATH": paths})


def left_running(folder: Path) -> list[str]:
    """Programs that were begun for the demo in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text().replace("\0", " ")
            beneath = os.path.realpath(process / "cwd").startswith(str(folder))
        except OSError:  # gone meanwhile
            continue
        if beneath and "python" in command:
            found.append(command)
    return found


def gone(folder: Path) -> bool:
    until = time.monotonic() + PATIENCE
    while left_running(folder) and time.monotonic() < until:
        time.sleep(HAND)
    return not left_running(folder)


def test_it_shows_cards_says_what_they_are_and_q_quits(tmux: Tmux, tmp_path: Path) -> None:
    pane = begin(tmux, tmp_path)
    pane.wait_for("q Quit", "East door")
    pane.wait_for("Printed cards, online: Hedy, printed card", "Welcome", "Hedy L.")
    pane.press("C-c", "C-q")  # no way out
    pane.wait_for("over the barrier", "Already in")
    pane.press("q")
    assert pane.ended() == 0
    assert "cards in" in pane.text()
    assert gone(tmp_path), left_running(tmp_path)


def test_an_interrupted_setting_up_leaves_nothing(tmux: Tmux, tmp_path: Path) -> None:
    pane = begin(tmux, tmp_path)
    pane.wait_for("Setting up")
    os.kill(pane.pid, signal.SIGTERM)
    assert pane.ended() == 130
    assert gone(tmp_path), left_running(tmp_path)
