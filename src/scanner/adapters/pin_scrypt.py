"""Digests of PINs: scrypt, salted with this device's own secret, so that a ledger alone gives no PIN away."""

import os
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from scanner.errors import ConfigError

SECRET_FILE: Final = "device.secret"  # noqa: S105 -- a file's name
SECRET_BYTES: Final = 32
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


def read_secret(folder: Path) -> bytes:
    """This device's secret.

    Raises:
        ConfigError: it is not there, damaged, or others can read it.
    """
    path = folder / SECRET_FILE
    try:
        mode = path.stat().st_mode
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigError(field=SECRET_FILE, value=str(path), hint=str(error)) from error
    if mode & 0o077 or len(secret) != SECRET_BYTES:
        hint = f"must be {SECRET_BYTES} bytes that its owner alone can read (chmod 600)"
        raise ConfigError(field=SECRET_FILE, value=str(path), hint=hint)
    return secret


def keep_secret(folder: Path, secret: bytes) -> None:
    """Make ``secret`` this device's, unless it has one: of two programs at the same, one wins and both use its secret.

    Raises:
        ConfigError: the folder cannot be written.
    """
    path = folder / SECRET_FILE
    fresh = path.with_name(f".{SECRET_FILE}.{os.getpid()}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh.touch(0o600, exist_ok=False)
        fresh.write_bytes(secret)
        try:
            path.hardlink_to(fresh)  # whole or not at all, and never over another
        except FileExistsError:
            return
        finally:
            fresh.unlink()
    except OSError as error:
        raise ConfigError(field=SECRET_FILE, value=str(path), hint=str(error)) from error
