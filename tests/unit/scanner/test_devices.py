"""What stands beside the door: a strike, a sound, a keyboard scanner, systemd."""

import os
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from scanner.adapters.pin_scrypt import (
    ScryptPins,
    check_pin,
    keep_secret,
    read_secret,
)
from scanner.adapters.sound_aplay import AplaySounder
from scanner.adapters.strike_command import CommandStrike
from scanner.adapters.strike_gpio import GpioStrike, relay_on
from scanner.adapters.watchdog_systemd import SystemdWatchdog
from scanner.adapters.wedge_evdev import EvdevWedge, open_wedge
from scanner.errors import ConfigError, DeviceError
from tests.fakes.card_material import fixed_bytes

WITHIN = 10.0


class PinState(Protocol):
    @property
    def state(self) -> bool: ...


class Pin(Protocol):
    """What of gpiozero's mock pin is looked at."""

    @property
    def state(self) -> float: ...
    @property
    def states(self) -> list[PinState]: ...


class Pins(Protocol):
    def pin(self, name: int) -> Pin: ...
    def reset(self) -> None: ...


# ── a relay ─────────────────────────────────────────────────────────────────


@pytest.fixture
def pins() -> Iterator[Pins]:
    factory: Pins = MockFactory()
    Device.pin_factory = factory
    yield factory
    factory.reset()
    Device.pin_factory = None


def test_a_relay_is_off_then_pulses_once_and_is_off_again(pins: Pins) -> None:
    strike = GpioStrike(relay_on(17), seconds=0.05)
    pin = pins.pin(17)
    assert pin.state == 0
    strike.open()
    states = _states_until_off(pin)
    strike.close()
    assert states == [False, True, False]


def test_a_relay_is_off_when_the_program_ends_in_mid_pulse(pins: Pins) -> None:
    strike = GpioStrike(relay_on(17), seconds=60)
    strike.open()
    strike.close()
    assert [state.state for state in pins.pin(17).states][-1] is False


def test_a_relay_that_is_active_low_is_off_when_high(pins: Pins) -> None:
    relay_on(17, active_high=False)
    assert pins.pin(17).state == 1


def test_a_pin_that_is_not_there_is_a_fault_of_the_device() -> None:
    Device.pin_factory = MockFactory()
    first = relay_on(17)
    with pytest.raises(DeviceError, match="GPIO pin 17"):
        relay_on(17)
    first.close()
    Device.pin_factory = None


class BrokenRelay:
    def __init__(self, *, shuts: bool) -> None:
        self.shuts = shuts
        self.is_off = False

    def blink(self, on_time: float, off_time: float, n: int, *, background: bool) -> None:
        raise OSError((on_time, off_time, n, background))

    def off(self) -> None:
        if not self.shuts:
            msg = "no answer"
            raise OSError(msg)
        self.is_off = True

    def close(self) -> None: ...


def test_a_relay_that_fails_is_shut() -> None:
    relay = BrokenRelay(shuts=True)
    with pytest.raises(DeviceError, match="did not answer"):
        GpioStrike(relay, seconds=1).open()
    assert relay.is_off
    with pytest.raises(DeviceError, match="cannot be switched off"):
        GpioStrike(BrokenRelay(shuts=False), seconds=1).open()


def _states_until_off(pin: Pin) -> list[bool]:
    done = threading.Event()
    while len(pin.states) < 3:
        done.wait(0.01)
    return [bool(state.state) for state in pin.states][:3]


# ── a command ───────────────────────────────────────────────────────────────


class Heard:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.came = threading.Event()

    def __call__(self, word: str) -> None:
        self.words.append(word)
        self.came.set()


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_command_is_run_without_a_shell(tmp_path: Path) -> None:
    made = tmp_path / "opened; rm -rf $HOME"
    strike = CommandStrike(python(f"open({str(made)!r}, 'w')"))
    strike.open()
    _wait(strike)
    assert made.exists()
    strike.close()


def test_a_command_that_hangs_is_ended_and_told() -> None:
    heard = Heard()
    strike = CommandStrike(python("import signal; signal.pause()"), limit=0.2, failed=heard)
    strike.open()
    with pytest.raises(DeviceError, match="still runs"):
        strike.open()
    assert heard.came.wait(WITHIN)
    assert "and was ended" in heard.words[0]
    _wait(strike)


def test_a_command_that_fails_is_told_and_can_be_run_again() -> None:
    heard = Heard()
    strike = CommandStrike(python("raise SystemExit(3)"), failed=heard)
    for _ in range(2):
        heard.came.clear()
        strike.open()
        assert heard.came.wait(WITHIN)
        _wait(strike)
    assert heard.words[0].endswith("failed with code 3")


def test_a_command_that_is_not_there_keeps_the_door_shut() -> None:
    strike = CommandStrike(["/nowhere/open-door"])
    with pytest.raises(DeviceError, match="cannot run"):
        strike.open()
    strike.close()


def test_closing_ends_a_command_that_runs() -> None:
    strike = CommandStrike(python("import signal; signal.pause()"), failed=Heard())
    strike.open()
    strike.close()


def _wait(strike: CommandStrike) -> None:
    assert strike._thread is not None
    strike._thread.join(WITHIN)


# ── a sound ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Wav:
    path: Path


def test_a_sound_never_waits_and_cuts_off_the_one_before(tmp_path: Path) -> None:
    program = tmp_path / "aplay"
    program.write_text(f"#!{sys.executable}\nimport signal\nsignal.pause()\n")
    program.chmod(stat.S_IRWXU)
    sounder = AplaySounder(str(program))
    sounder.play(Wav(tmp_path / "admit.wav"))
    first = sounder._playing
    sounder.play(Wav(tmp_path / "refuse.wav"))
    assert first is not None
    assert first.returncode is not None
    sounder.close()
    sounder.close()


def test_a_player_that_is_not_there_is_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounder = AplaySounder(str(tmp_path / "no aplay"))
    sounder.play(Wav(tmp_path / "admit.wav"))
    sounder.close()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert AplaySounder.find() is None
    (tmp_path / "aplay").touch(stat.S_IRWXU)
    assert AplaySounder.find() is not None


# ── systemd ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_ready_once_then_beats_with_a_status(
    tmp_path: Path, *, abstract: bool
) -> None:
    address = f"@gatepost-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{address[1:]}" if abstract else address)
        systemd.settimeout(WITHIN)
        watchdog = SystemdWatchdog(address)
        watchdog.beat("online\nfaults: none")
        assert systemd.recv(200) == b"READY=1\nWATCHDOG=1\nSTATUS=online faults: none"
        watchdog.beat()
        assert systemd.recv(200) == b"WATCHDOG=1"


def test_nobody_listening_is_no_fault(tmp_path: Path) -> None:
    SystemdWatchdog(str(tmp_path / "notify")).beat("alone")


# ── a keyboard scanner ──────────────────────────────────────────────────────


@dataclass(frozen=True)
class Key:
    code: int
    value: int
    type: int = 1


class FakeKeys:
    """An input device that is not there."""

    def __init__(self, *events: Key, gone: bool = False, taken: bool = False) -> None:
        self._events = events
        self._gone = gone
        self._taken = taken
        self.grabbed = False
        self.closed = False

    def grab(self) -> None:
        if self._taken:
            raise OSError(16, "Device or resource busy")
        self.grabbed = True

    def read_loop(self) -> Iterator[Key]:
        yield from self._events
        if self._gone:
            raise OSError(19, "No such device")

    def close(self) -> None:
        self.closed = True


PLAIN = {"m": 50, "c": 46, "1": 2, ";": 39, "a": 30, "4": 5, "5": 6, " ": 57, "-": 12, "/": 53}


def typed(key: str, *, shift: bool = False) -> list[Key]:
    code = PLAIN[key]
    stroke = [Key(code, 1), Key(code, 2), Key(code, 0)]
    return [Key(42, 1), *stroke, Key(42, 0)] if shift else stroke


def test_a_code_is_typed_as_a_us_keyboard_has_it_and_ends_at_enter() -> None:
    keys = [
        *typed("m", shift=True),
        *typed("c", shift=True),
        *typed("1"),
        *typed(";", shift=True),
        *typed("a", shift=True),
        *typed("4", shift=True),
        *typed("5", shift=True),
        *typed(" "),
        *typed("-"),
        *typed("/"),
        Key(0, 0, type=0),
        Key(999, 1),
        Key(28, 1),
        Key(28, 0),
        Key(96, 1),
        *typed("1"),
        Key(96, 1),
    ]
    device = FakeKeys(*keys)
    wedge = EvdevWedge(device, "usb-scanner")
    assert list(wedge.texts()) == ["MC1:A$% -/", "1"]
    assert device.grabbed
    assert wedge.name == "wedge:usb-scanner"
    wedge.close()
    assert device.closed


def test_a_scanner_unplugged_or_taken_is_a_fault_of_the_device() -> None:
    for device in (FakeKeys(gone=True), FakeKeys(taken=True)):
        with pytest.raises(DeviceError, match="wedge:x"):
            list(EvdevWedge(device, "x").texts())


def test_keys_without_an_enter_are_not_kept_for_ever() -> None:
    device = FakeKeys(*[Key(2, 1)] * 5_000, Key(28, 1))
    (text,) = EvdevWedge(device, "x").texts()
    assert len(text) == 4_096


def test_a_scanner_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DeviceError):
        open_wedge(str(tmp_path / "none"))


# ── PINs ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("pin", ["2580", "135792468013"])
def test_a_good_pin(pin: str) -> None:
    check_pin(pin)


@pytest.mark.parametrize(
    "pin", ["", "123", "1234567890123", "12a4", "٣٤٥٦", "1111", "1234", "9876", " 258"]
)
def test_a_pin_that_anybody_would_try(pin: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check_pin(pin)
    assert pin not in str(refused.value) or not pin


def test_a_digest_depends_on_the_device() -> None:
    one, other = (ScryptPins(fixed_bytes(name)) for name in ("one", "other"))
    assert one.digest("2580") == one.digest("2580")
    assert one.digest("2580") not in {other.digest("2580"), one.digest("2581")}


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    keep_secret(folder, fixed_bytes("first"))
    keep_secret(folder, fixed_bytes("second"))
    assert read_secret(folder) == fixed_bytes("first")
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_others_can_read_or_cut_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_secret(tmp_path)
    keep_secret(tmp_path, fixed_bytes("first"))
    (tmp_path / "device.secret").chmod(0o644)
    with pytest.raises(ConfigError, match="600"):
        read_secret(tmp_path)
    (tmp_path / "device.secret").chmod(0o600)
    (tmp_path / "device.secret").write_bytes(b"short")
    with pytest.raises(ConfigError, match="32 bytes"):
        read_secret(tmp_path)


def test_a_folder_that_cannot_be_written_keeps_no_secret(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError):
        keep_secret(tmp_path / "file", fixed_bytes("first"))
