"""What stands between a terminal and the app, and the commands for attendants."""

import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.adapters.strike_command import CommandStrike
from scanner.bootstrap.floor import make_sounder, make_strike, make_watchdog, open_floor
from scanner.cli.attendant import command as attendant
from scanner.cli.run import status_line
from scanner.cli.terminal import LOG_FILE, MAX_LOG_BYTES, drawing, ignore_keys
from scanner.config import Settings, resolve
from scanner.desk import PinResult
from scanner.errors import ConfigError, DeviceError
from tests.fakes.door_facts import FACTS
from tests.fakes.rehearsal_door import rehearsal_folder


@contextmanager
def descriptor_2(path: Path) -> Iterator[None]:
    """Something else than a terminal behind descriptor 2."""
    kept = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def test_what_drivers_write_goes_to_the_log_and_the_app_draws_on_the_terminal(
    tmp_path: Path,
) -> None:
    screen = tmp_path / "screen"
    with descriptor_2(screen):
        with drawing(Settings(data=str(tmp_path / "data"))):
            os.write(2, b"[ WARN:0] a driver speaks\n")
            sys.stderr.write("a library speaks\n")
            logging.getLogger("scanner").warning("the door speaks")
            assert sys.__stderr__ is not None
            sys.__stderr__.write("the app draws")
        os.write(2, b" and after")
    assert screen.read_text() == "the app draws and after"
    log = (tmp_path / "data" / LOG_FILE).read_text()
    for line in ("a driver speaks", "a library speaks", "the door speaks"):
        assert line in log


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / LOG_FILE
    log.write_bytes(b"x" * (MAX_LOG_BYTES + 1))
    with drawing(Settings(data=str(tmp_path))):
        pass
    assert log.read_text() == ""
    assert (tmp_path / "gatepost.log.1").stat().st_size > MAX_LOG_BYTES


def test_a_log_that_cannot_be_written_is_said_before_the_screen_is_taken(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(ConfigError), drawing(Settings(data=str(tmp_path / "data"))):
        pass


def test_no_key_of_a_kiosk_ends_or_stops_it() -> None:
    numbers = (signal.SIGINT, signal.SIGTSTP, signal.SIGQUIT)
    kept = {number: signal.getsignal(number) for number in numbers}
    try:
        ignore_keys()
        for number in numbers:
            os.kill(os.getpid(), number)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def test_one_line_says_how_the_door_is() -> None:
    assert status_line(FACTS) == "offline, 4 to hand over, faults: disk_full"
    told = status_line(FACTS, "DEGRADED, 8 of 10 checks well")
    assert told.startswith("DEGRADED, 8 of 10 checks well; offline, 4 ")


# ── attendants ──────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return rehearsal_folder(tmp_path / "door")


def run(folder: Path, *arguments: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(attendant, [*arguments, "--data", str(folder)], input=typed)
    if isinstance(done.exception, ConfigError):
        raise done.exception
    return done.exit_code, done.output


def test_attendants_are_added_listed_and_removed(folder: Path) -> None:
    code, said = run(folder, "add", "Sam", "--role", "supervisor", typed="2580\n2580\n")
    assert (code, "2580" in said) == (0, False)
    assert run(folder, "add", "Kim", "--pin-stdin", typed="1379\n")[0] == 0
    listed = [json.loads(line) for line in run(folder, "list", "--json")[1].splitlines()]
    assert listed == [{"name": "Kim", "role": "steward"}, {"name": "Sam", "role": "supervisor"}]
    assert "supervisor  Sam" in run(folder, "list")[1]
    assert run(folder, "remove", "Kim")[0] == 0
    code, said = run(folder, "remove", "Kim")
    assert (code, "no attendant 'Kim'" in said) == (1, True)


def test_a_bad_name_and_a_bad_pin_are_refused(folder: Path) -> None:
    code, said = run(folder, "add", "Sam\x1b", "--pin-stdin", typed="2580\n")
    assert (code, "NAME" in said) == (2, True)
    with pytest.raises(ConfigError, match="easy"):
        run(folder, "add", "Sam", "--pin-stdin", typed="1234\n")


# ── the wiring ──────────────────────────────────────────────────────────────


def settings_of(folder: Path, **values: object) -> Settings:
    flags = {"data": str(folder), "source": "wedge", "live_status": False} | values
    return resolve(flags, environment={}).settings


def test_a_floor_is_wired_from_settings_and_closes_all_it_opened(folder: Path) -> None:
    run(folder, "add", "Sam", "--role", "supervisor", "--pin-stdin", typed="2580\n")
    floor = open_floor(settings_of(folder, wedge="/nowhere/scanner", strike="command:true"))
    try:
        assert floor.come_on_duty("2580") is PinResult.GOOD
        assert floor.come_on_duty("2581") is PinResult.WRONG
        facts = floor.facts()
        assert (facts.door, facts.camera_fps) == ("Test door", None)
        told = floor.diagnostics()
        assert (told["device"], told["strike"]) == ("rehearsal", True)
        assert "no-secret" not in str(told)
        assert floor.view() is None
    finally:
        floor.stop()


def test_a_source_that_is_none_is_found_out_at_once(folder: Path) -> None:
    with pytest.raises(ConfigError, match="source"):
        open_floor(settings_of(folder, source="telescope:1"))


def test_strikes_by_their_setting(folder: Path) -> None:
    assert make_strike(settings_of(folder)) is None
    assert isinstance(make_strike(settings_of(folder, strike="command:true --now")), CommandStrike)
    for wrong in ("gpio:x", "gpio:", "command:", "command:'", "magnet"):
        with pytest.raises(ConfigError, match="strike"):
            make_strike(settings_of(folder, strike=wrong))


def test_a_relay_without_pins_is_said_at_once(folder: Path) -> None:
    with pytest.raises(DeviceError, match=r"GPIO pin 17|not installed"):
        make_strike(settings_of(folder, strike="gpio:17"))


def test_sounds_and_watchdog_by_setting_and_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make_sounder(settings_of(folder, sounds=False)) is None
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert make_watchdog() is None
    monkeypatch.setenv("NOTIFY_SOCKET", str(folder / "notify"))
    assert make_watchdog() is not None
