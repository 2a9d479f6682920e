"""Digests of PINs: scrypt, salted with this device's own secret, so that a ledger alone gives no PIN away."""

from itertools import pairwise
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from scanner.errors import ConfigError

DIGEST_BYTES: Final = 32
COST: Final = 2**14  # about 50 ms and 16 MiB
MIN_PIN_DIGITS: Final = 4
MAX_PIN_DIGITS: Final = 12


class ScryptPins:
    """Digests by one device's secret. All PINs of a device have the same salt: a PIN names its holder."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def digest(self, pin: str) -> bytes:
        """32 bytes."""
        scrypt = Scrypt(salt=self._secret, length=DIGEST_BYTES, n=COST, r=8, p=1)
        return scrypt.derive(pin.encode("utf-8", "replace"))


def check_pin(pin: str) -> None:
    """Refuse a PIN that anybody would try first.

    Raises:
        ConfigError: not 4 to 12 digits, all the same digit, or digits in a row.
    """
    if not (pin.isascii() and pin.isdecimal() and MIN_PIN_DIGITS <= len(pin) <= MAX_PIN_DIGITS):
        hint = f"a PIN has {MIN_PIN_DIGITS} to {MAX_PIN_DIGITS} digits"
        raise ConfigError(field="PIN", value="…", hint=hint)
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise ConfigError(field="PIN", value="…", hint="too easy to guess; choose another")
