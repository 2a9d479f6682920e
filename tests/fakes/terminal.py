"""A terminal that nobody sees: a tmux server of our own, and panes in it whose text can be read and keys pressed."""

import itertools
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

GATEPOST = Path(sys.executable).with_name("gatepost")
HAND = (
    0.15  # seconds a hand rests around a key; a key counts only with 50 ms of quiet on both sides
)
PATIENCE = 25.0  # seconds; a busy machine
LOOK_EVERY = 0.05  # seconds
NAMES = {"Esc": "Escape", "↑": "Up", "↓": "Down"}
"""Keys as the footer writes them, as tmux names them."""
_numbers = itertools.count()
_PLAIN = ("NO_COLOR", "LC_ALL", "LC_CTYPE", "LANGUAGE", "LANG", "COLORTERM", "FORCE_COLOR")


@dataclass(slots=True)
class Pane:
    """A program in a terminal."""

    tmux: "Tmux"
    name: str
    pid: int
    code: Path
    seen: str = field(default="", repr=False)

    def text(self) -> str:
        """What stands on the screen, line by line."""
        self.seen = self.tmux.run("capture-pane", "-p", "-t", self.name)
        return self.seen

    def raw(self) -> str:
        """As :meth:`text`, with the sequences for colours."""
        return self.tmux.run("capture-pane", "-p", "-e", "-t", self.name)

    def wait_for(self, *texts: str, gone: str = "") -> str:
        """Until all of ``texts`` are on the screen, and ``gone`` is not."""
        return self.wait(
            lambda text: all(one in text for one in texts) and not (gone and gone in text),
            f"{texts} on the screen" + (f", and no {gone!r}" if gone else ""),
        )

    def wait(self, right: Callable[[str], bool], what: str) -> str:
        """Until the screen is ``right``."""
        until = time.monotonic() + PATIENCE
        while not right(self.text()):
            assert self.is_alive, f"it ended before there was {what}:\n{self.seen}"
            assert time.monotonic() < until, f"never {what}:\n{self.seen}"
            time.sleep(LOOK_EVERY)
        return self.seen

    def press(self, *keys: str) -> None:
        """Press keys as a person does, each named as the footer names it."""
        for key in keys:
            time.sleep(HAND)
            self.tmux.run("send-keys", "-t", self.name, NAMES.get(key, key))
            time.sleep(HAND)

    def type(self, text: str) -> None:
        """Characters, all at once."""
        self.tmux.run("send-keys", "-t", self.name, "-l", text)

    def resize(self, width: int, height: int) -> None:
        """Another size."""
        self.tmux.run("resize-window", "-t", self.name, "-x", f"{width}", "-y", f"{height}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Tell the program to end; its exit code."""
        os.kill(self.pid, number)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end of the program; its exit code."""
        until = time.monotonic() + PATIENCE
        while self.is_alive:
            assert time.monotonic() < until, f"it does not end:\n{self.text()}"
            time.sleep(LOOK_EVERY)
        return int(self.code.read_text())

    @property
    def is_alive(self) -> bool:
        return not self.code.exists()


class Tmux:
    """One server under a name of its own, without anybody's configuration."""

    def __init__(self) -> None:
        self._socket = f"gatepost-test-{os.getpid()}-{next(_numbers)}"
        self._folder = Path(tempfile.mkdtemp(prefix="gatepost-panes-"))
        self.run("start-server", ";", "set", "-g", "exit-empty", "off")

    def run(self, *arguments: str) -> str:
        command = ["tmux", "-u", "-L", self._socket, "-f", os.devnull, *arguments]
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", check=False, timeout=PATIENCE
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def open(
        self,
        *command: str,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
        shell: str = "",
    ) -> Pane:
        """Run a command in a new terminal; ``shell`` is put behind it, as in ``<&-``."""
        name = f"pane{next(_numbers)}"
        wanted = {"LANG": "C.UTF-8"} | dict(environment or {})
        unset = [part for one in _PLAIN if one not in wanted for part in ("-u", one)]
        whole = ["env", *unset, *(f"{key}={value}" for key, value in wanted.items()), *command]
        code = self._folder / name
        # tmux may lose the exit code of a pane (3.3a), so the shell keeps it; moved, so that it is there whole or not at all
        keep = f"echo $? > {code}.part; mv {code}.part {code}; exec sleep infinity"
        line = f"trap : INT QUIT; {shlex.join(whole)} {shell}; {keep}"
        width, height = size
        self.run("new-session", "-d", "-s", name, "-x", f"{width}", "-y", f"{height}", line)
        shell_pid = int(self.run("display-message", "-p", "-t", name, "#{pane_pid}"))
        return Pane(self, name, _child_of(shell_pid), code)

    def close(self) -> None:
        """End it, and all that runs in it."""
        socket = Path(self.run("display-message", "-p", "#{socket_path}").strip())
        self.run("kill-server")
        socket.unlink(missing_ok=True)
        shutil.rmtree(self._folder)


def _child_of(pid: int) -> int:
    """The program that a shell runs."""
    until = time.monotonic() + PATIENCE
    while not (found := Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        assert time.monotonic() < until, "the shell runs nothing"
        time.sleep(LOOK_EVERY)
    return int(found[0])


@contextmanager
def tmux() -> Iterator[Tmux]:
    """A server for some tests; they are skipped where there is no tmux."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed; apt-get install tmux")
    server = Tmux()
    try:
        yield server
    finally:
        server.close()
