"""A keyboard scanner read from its own input device, grabbed: what it types reaches nothing else (the extra ``kiosk``).

Untested on hardware: tests drive it with a device that is not there. It reads a scanner set to a US keyboard, which is how
they are shipped, and ends a code at Enter.
"""

from collections.abc import Iterator
from typing import Final, Protocol

from scanner.errors import DeviceError

NAME_CHARS: Final = 64
MAX_CHARS: Final = 4_096  # more than a code can hold; beyond this nobody pressed Enter
EV_KEY: Final = 1
UP, DOWN = 0, 1
ENTER: Final = frozenset((28, 96))
SHIFT: Final = frozenset((42, 54))
# linux/input-event-codes.h: rows of neighbouring keys, from the code of the first.
_ROWS: Final = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (55, "*", "*"),
    (57, " ", " "),
    (71, "789-456+1230.", "789-456+1230."),
    (98, "/", "/"),
)
_KEYS: Final = {
    first + place: pair
    for first, plain, shifted in _ROWS
    for place, pair in enumerate(zip(plain, shifted, strict=True))
}


class KeyEvent(Protocol):
    """What of an input event is used."""

    @property
    def type(self) -> int:
        """EV_KEY for keys."""
        ...

    @property
    def code(self) -> int:
        """Which key."""
        ...

    @property
    def value(self) -> int:
        """Up, down, or held."""
        ...


class KeyDevice(Protocol):
    """What of an input device is used."""

    def grab(self) -> None:
        """Let nobody else read it."""
        ...

    def read_loop(self) -> Iterator[KeyEvent]:
        """Events as they come."""
        ...

    def close(self) -> None:
        """Let it go; a grab ends with it."""
        ...


class _Typing:
    """What was typed since the last Enter."""

    def __init__(self) -> None:
        self._typed: list[str] = []
        self._shifts: set[int] = set()

    def press(self, code: int, value: int) -> str:
        """One key, down or up; the code, where this was its Enter."""
        if code in SHIFT:
            (self._shifts.discard if value == UP else self._shifts.add)(code)
        elif value == DOWN and code in ENTER:
            text = "".join(self._typed)
            self._typed.clear()
            return text
        elif value == DOWN and code in _KEYS and len(self._typed) < MAX_CHARS:
            self._typed.append(_KEYS[code][bool(self._shifts)])
        return ""


class EvdevWedge:
    """Codes as one scanner types them."""

    def __init__(self, device: KeyDevice, name: str) -> None:
        self._device = device
        self._name = f"wedge:{name}"[:NAME_CHARS]

    @property
    def name(self) -> str:
        """``wedge:…``, at most 64 characters."""
        return self._name

    def texts(self) -> Iterator[str]:
        """Each code when its Enter comes. A key that types nothing is passed over.

        Raises:
            DeviceError: somebody else has grabbed it, or it was unplugged.
        """
        typing = _Typing()
        try:
            self._device.grab()
            for event in self._device.read_loop():
                if event.type == EV_KEY and (text := typing.press(event.code, event.value)):
                    yield text
        except OSError as error:
            msg = f"{self._name}: {error}"
            raise DeviceError(msg) from error

    def close(self) -> None:
        """Let the scanner go."""
        self._device.close()


def open_wedge(path: str) -> EvdevWedge:
    """The scanner at ``path``, such as /dev/input/by-id/….

    Raises:
        DeviceError: evdev is not installed, or there is no such device.
    """
    try:
        from evdev import InputDevice
    except ImportError as error:
        msg = "evdev is not installed; install gatepost[kiosk]"
        raise DeviceError(msg) from error
    try:
        device: KeyDevice = InputDevice(path)
    except OSError as error:
        msg = f"cannot open {path}: {error}"
        raise DeviceError(msg) from error
    return EvdevWedge(device, path.rpartition("/")[2])
