"""What opens a door: a relay that is off when anything goes wrong, a command that is run without a shell."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from scanner.adapters.strike_command import CommandStrike
from scanner.adapters.strike_gpio import GpioStrike, relay_on
from scanner.errors import DeviceError

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
