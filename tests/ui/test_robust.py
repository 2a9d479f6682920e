"""Small, resized, poor and broken terminals: the door stays up and says what it sees."""

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from fcntl import ioctl
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from scanner.desk import FaultKind, View
from scanner.ui.driver import translate
from scanner.ui.keyboard import SEQUENCES
from scanner.ui.look import Charset
from scanner.ui.messages import InputEnded
from tests.fakes.answers import OFFLINE, admitted, expired, fault, passback, picture
from tests.fakes.desk import FakeDesk
from tests.ui.doors import Door, door

ROOT = Path(__file__).resolve().parents[2]
FAKE_DOOR = """
import sys
from tests.fakes.answers import expired
from tests.fakes.desk import FakeDesk
from scanner.ui.app import DoorApp
from scanner.ui.run import run_app
app = DoorApp(FakeDesk(kiosk=True), kiosk=True)
print("ended", run_app(app), app.return_code)
"""


async def test_at_40_by_12_the_verdict_its_rule_and_the_name_are_all_there() -> None:
    async with door(size=(40, 12)) as it:
        it.desk.answer(expired())
        await it.rest()
        text = it.text()
        assert "█" in text
        for expected in (
            "Membership expired",
            "J. Doe",
            "Send to the membership desk",
            "Enter Next",
        ):
            assert expected in text
        assert "list 18:02" in text


@pytest.mark.parametrize("size", [(1, 1), (10, 3), (20, 5), (40, 12), (300, 90)])
async def test_any_size_is_drawn(size: tuple[int, int]) -> None:
    async with door(FakeDesk(link=OFFLINE, newest=picture()), size=size) as it:
        await it.rest(0.15)
        it.desk.answer(passback())
        await it.rest()
        for key in ("f1", "f3"):
            await it.press(key, "escape")
        assert it.app.is_running


async def test_a_verdict_is_drawn_anew_when_the_terminal_is_resized() -> None:
    async with door() as it:
        it.desk.answer(expired())
        await it.rest()
        for size in ((40, 12), (120, 40), (12, 4), (80, 24)):
            await it.pilot.resize_terminal(*size)
            await it.rest(0.05)
            assert it.at == "VerdictScreen"
        assert "Membership expired" in it.text()


async def test_no_colour_leaves_word_shape_and_border(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with door() as it:
        assert it.app.no_color
        it.desk.answer(expired())
        await it.rest()
        assert "┏" in it.text()
        assert "× × ×" in it.text()


async def test_the_end_of_the_keyboard_ends_nothing() -> None:
    async with door() as it:
        it.app.post_message(InputEnded())
        it.desk.answer(admitted())
        await it.rest()
        assert it.at == "VerdictScreen"


async def all_screens(it: Door) -> str:
    seen = it.text()
    it.desk.answer(expired())
    await it.rest()
    seen += it.text()
    for key in ("f1", "f2", "f3", "f4", "f5", "f9", "f10"):
        await it.press(key)
        seen += it.text()
        await it.press("escape")
    it.desk.break_with(fault(FaultKind.DISK_FULL))
    await it.rest()
    return seen + it.text()


@pytest.mark.parametrize("language", ["en", "de"])
async def test_what_leaves_for_a_poor_terminal_are_characters_it_has(language: str) -> None:
    async with door(theme="console", language=language) as it:
        seen = await all_screens(it)
    assert translate(seen, Charset.ASCII).isascii()
    assert "?" not in set(translate(seen, Charset.ASCII)) - set(seen)
    poor = translate(seen, Charset.CONSOLE)
    assert not set(poor) & set("▀▄✔–…▸")
    assert [len(line) for line in poor.splitlines()] == [len(line) for line in seen.splitlines()]


async def test_any_frame_is_drawn() -> None:
    async with door() as it:
        for shape in product((0, 1, 3, 2_000), (0, 1, 3, 2_000)):
            it.desk.newest = View(
                luma=np.full(shape, 128, np.uint8),
                codes=(((-1e9, 0), (1e9, float("nan")), (float("inf"), 3), (2, 2)),),
            )
            await it.rest(0.12)
            assert it.app.is_running, shape


def read_until(terminal: int, wanted: bytes, seconds: float = 20.0) -> bytes:
    found, end = b"", time.monotonic() + seconds
    while wanted not in found and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            with suppress(OSError):
                found += os.read(terminal, 65_536)
    return found


def test_a_real_terminal_takes_every_byte_and_is_given_back_as_it_was() -> None:
    terminal, theirs = pty.openpty()
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(theirs)
    run = subprocess.Popen(
        [sys.executable, "-c", FAKE_DOOR],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        assert b"Hold your card" in read_until(terminal, b"Hold your card")
        for byte in range(256):
            os.write(terminal, bytes([byte]))
        for sequence in SEQUENCES:
            os.write(terminal, sequence.encode())
        os.write(terminal, b"\x1b[200~\x1b[48;5;5;0;0t\x1b[<0;5;5M\x03\x11\x1a")
        read_until(terminal, b"never", 1.0)
        assert run.poll() is None
        run.send_signal(signal.SIGTERM)
        assert b"ended signal 0" in read_until(terminal, b"ended signal 0")
        assert run.wait(10) == 0
        assert termios.tcgetattr(theirs) == before
    finally:
        run.kill()
        run.wait()
        os.close(terminal)
        os.close(theirs)
