"""A keyboard scanner beside the screen: what it types is a code or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.adapters.wedge_evdev import EvdevWedge, open_wedge
from scanner.errors import DeviceError


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
