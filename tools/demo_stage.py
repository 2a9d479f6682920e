"""The stage of the demo: a real central, a real door, members' phones, and a camera that draws what it sees.

Every program runs as a user would run it, in a process of its own, on loopback, under ``demo-data/``.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Final, Protocol

import cv2

from tools.camera_view import View, card_frame, phone_frame
from tools.phone import Phone, claim

BIN: Final = Path(sys.executable).parent
SUSPENDED: Final = " (suspended)"
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
PATIENCE: Final = 20.0  # seconds for a program to start, to answer or to stop


class Call(Protocol):
    """Runs a program with arguments and ``--json``; its one answer."""

    def __call__(self, program: str, /, *arguments: str) -> dict[str, object]:
        """Run it."""
        ...


class StageError(Exception):
    """A program of the demo did not do what it was asked."""


def call(program: str, *arguments: str) -> dict[str, object]:
    """Run a command with ``--json``; its one answer.

    Raises:
        StageError: it ended with another code than 0.
    """
    command = [str(BIN / program), *arguments, "--json"]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        msg = f"{program} {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}"
        raise StageError(msg)
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


@dataclass(slots=True, kw_only=True)
class Central:
    """A central on loopback that can be stopped and started again under the same address."""

    data: Path
    call: Call = call
    port: int = 0
    url: str = ""
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Serve; ready when this returns."""
        command = [
            *(str(BIN / "gatepost-central"), "--data", str(self.data)),
            *("serve", "--port", str(self.port), "--json"),
        ]
        log = (self.data / "serve.log").open("a")
        with log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        line = _line(self._process.stdout, "central")
        self.url = str(line["listening"])
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        """Stop serving; gone when this returns."""
        if self._process is not None:
            _end(self._process)
            self._process = None

    def run(self, *arguments: str) -> dict[str, object]:
        """A command of ``gatepost-central``."""
        return self.call("gatepost-central", "--data", str(self.data), *arguments)

    def members(self, names: Mapping[str, str]) -> None:
        """Take in members; ``names`` by their numbers, each an active one unless it ends in ``(suspended)``."""
        file = self.data / "members.csv"
        lines = ["member_id,display_name,status"]
        for number, name in names.items():
            plain = name.removesuffix(SUSPENDED)
            lines.append(f"{number},{plain},{'active' if plain == name else 'suspended'}")
        file.write_text("\n".join(lines) + "\n")
        self.run("member", "import", str(file))

    def phone(self, member: str) -> Phone:
        """The member's phone, with their rotating card on it."""
        card = self.run("card", "issue", member)
        link = self.run("card", "link", str(card["card_id"]))
        return claim(self.url, str(link["link"]))

    def printed(self, member: str) -> str:
        """The text in the code of the member's printed card, read off the picture made for the printer."""
        card = str(self.run("card", "issue", member, "--mode", "print")["card_id"])
        file = self.data / f"{card[:8]}.png"
        self.run("card", "qr", card, "-o", str(file))
        texts = self.call("gatepost", "decode", str(file))["texts"]
        return str(texts[0]) if isinstance(texts, list) else ""


@dataclass(slots=True, kw_only=True)
class Door:
    """A door: one long-lived ``gatepost scan`` that is handed picture after picture."""

    data: Path
    pictures: Path
    call: Call = call
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _shown: int = 0

    def enrol(self, url: str, code: str) -> dict[str, object]:
        """Pair it with central."""
        return self.call("gatepost", "enrol", url, code, "--data", str(self.data))

    def open(self, environment: Mapping[str, str]) -> None:
        """Begin to scan."""
        command = [str(BIN / "gatepost"), "scan", "-", "--json", "--data", str(self.data)]
        with (self.data / "scan.log").open("a") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | dict(environment),
            )

    def show(self, text: str, *, printed: bool = False) -> dict[str, object]:
        """Hold a card before the camera; the door's answer."""
        self._shown += 1
        view = View(yaw=6.0 * (self._shown % 5 - 2), roll=4.0 * (self._shown % 3 - 1))
        draw = card_frame if printed else phone_frame
        path = self.pictures / f"{self._shown:03d}.png"
        cv2.imwrite(str(path), draw(text, seed=self._shown, view=view))
        return self.look_at(path)

    def look_at(self, path: Path) -> dict[str, object]:
        """Have the door judge a picture; its answer."""
        if self._process is None or self._process.stdin is None:
            msg = "the door is not open"
            raise StageError(msg)
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        return _line(self._process.stdout, "the door")

    def run(self, *arguments: str) -> dict[str, object]:
        """A command of ``gatepost`` on this door's data."""
        return self.call("gatepost", *arguments, "--data", str(self.data))

    def close(self) -> None:
        """Stop scanning; gone when this returns."""
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            _end(self._process)
            self._process = None


@contextmanager
def stage(folder: Path, run: Call = call) -> Iterator[tuple[Central, Door]]:
    """A central and a door under ``folder``; whatever happens, no process is left behind."""
    central = Central(data=folder / "central", call=run)
    door = Door(data=folder / "door", pictures=folder / "pictures", call=run)
    for needed in (central.data, door.data, door.pictures):
        needed.mkdir(parents=True)
    try:
        yield central, door
    finally:
        door.close()
        central.stop()


def _line(stream: IO[str] | None, who: str) -> dict[str, object]:
    line = "" if stream is None else stream.readline()
    if not line:
        msg = f"{who} ended; its log is beside its data"
        raise StageError(msg)
    answer: dict[str, object] = json.loads(line)
    return answer


def _end(process: "subprocess.Popen[str]") -> None:
    """Ask it to end, and make it where it does not."""
    began = time.monotonic()
    if process.stdin is None:
        process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
    if time.monotonic() - began > PATIENCE:
        msg = f"process {process.pid} had to be killed"
        raise StageError(msg)


@contextmanager
def unwinding() -> Iterator[None]:
    """A signal that would end the program at once ends it in good order: nothing is left running."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heed_signals()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def heed_signals() -> None:
    """From now on a signal that ends the program does so by an exception."""
    for number in _SIGNALS:
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
