"""A strike behind a relay on a GPIO pin, through gpiozero (the extra ``kiosk``).

The relay is off when the program starts, after each pulse, when the program ends, and when the machine loses power: wire it
so that off is shut.
"""

from typing import Protocol

from scanner.errors import DeviceError


class Relay(Protocol):
    """What of gpiozero is used."""

    def blink(self, on_time: float, off_time: float, n: int, *, background: bool) -> None:
        """On and off again, ``n`` times."""
        ...

    def off(self) -> None:
        """Off."""
        ...

    def close(self) -> None:
        """Let the pin go."""
        ...


class GpioStrike:
    """One pulse of ``seconds`` an opening; one that comes during a pulse begins the pulse anew."""

    def __init__(self, relay: Relay, *, seconds: float) -> None:
        self._relay = relay
        self._seconds = seconds

    def open(self) -> None:
        """Begin the pulse; returns at once.

        Raises:
            DeviceError: the pin cannot be set.
        """
        try:
            self._relay.blink(on_time=self._seconds, off_time=0, n=1, background=True)
        except Exception as error:
            self._shut()
            msg = f"the relay did not answer: {error}"
            raise DeviceError(msg) from error

    def close(self) -> None:
        """Shut, and let the pin go."""
        self._shut()
        self._relay.close()

    def _shut(self) -> None:
        try:
            self._relay.off()
        except Exception as error:
            msg = f"the relay cannot be switched off: {error}"
            raise DeviceError(msg) from error


def relay_on(pin: int, *, active_high: bool = True) -> Relay:
    """The relay on this pin (BCM number), off.

    Raises:
        DeviceError: gpiozero is not installed, or the pin is not there.
    """
    try:
        from gpiozero import DigitalOutputDevice
    except ImportError as error:
        msg = "gpiozero is not installed; install gatepost[kiosk]"
        raise DeviceError(msg) from error
    try:
        relay: Relay = DigitalOutputDevice(pin, active_high=active_high, initial_value=False)
    except Exception as error:
        msg = f"cannot use GPIO pin {pin}: {error}"
        raise DeviceError(msg) from error
    return relay
