"""An operator's passphrase: asked once a process, never stored, made a key by scrypt in a child process.

The child is there for its memory: scrypt at this cost takes 128 MiB, which are gone with it.
"""

import subprocess
import sys
import unicodedata
from collections.abc import Callable
from threading import Lock
from typing import Final

from scanner.errors import ConfigError

COST: Final = 2**17  # about half a second, and 128 MiB
MAX_COST: Final = 2**20  # a file that asks for more is damaged
KEY_BYTES: Final = 32
MIN_CHARS: Final = 12
MAX_BYTES: Final = 1_024
_WITHIN: Final = 60.0  # seconds a busy machine may take
_CHILD: Final = (
    "import hashlib, sys; salt, cost = bytes.fromhex(sys.argv[1]), int(sys.argv[2]); "
    "sys.stdout.buffer.write(hashlib.scrypt(sys.stdin.buffer.read(), salt=salt, n=cost, r=8, p=1, "
    "maxmem=1024 * cost + (1 << 25), dklen=32))"
)


class Passphrase:
    """Asked of the operator when it is first needed; keys made of it are remembered while the process lives."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._said: bytes | None = None
        self._keys: dict[tuple[bytes, int], bytes] = {}
        self._lock = Lock()

    def key(self, salt: bytes, cost: int = COST) -> bytes:
        """32 bytes by the passphrase.

        Raises:
            ConfigError: nobody can be asked, or it cannot be a passphrase.
        """
        with self._lock:
            if self._said is None:
                self._said = checked(self._ask())
            if (salt, cost) not in self._keys:
                self._keys[salt, cost] = _scrypt(self._said, salt, cost)
            return self._keys[salt, cost]


def checked(said: str) -> bytes:
    """A passphrase as bytes: one spelling of each letter.

    Raises:
        ConfigError: too short to withstand guessing, or far too long.
    """
    spelled = unicodedata.normalize("NFC", said)
    data = spelled.encode("utf-8", "replace")
    if len(spelled) < MIN_CHARS or len(data) > MAX_BYTES:
        hint = f"has {MIN_CHARS} characters at least; five words of a list are good"
        raise ConfigError(field="passphrase", value="…", hint=hint)
    return data


def _scrypt(said: bytes, salt: bytes, cost: int) -> bytes:
    child = [sys.executable, "-I", "-S", "-c", _CHILD, salt.hex(), str(cost)]
    try:
        done = subprocess.run(  # noqa: S603 -- ourselves, with nothing from outside in it
            child, input=said, capture_output=True, check=True, timeout=_WITHIN
        )
    except (OSError, subprocess.SubprocessError) as error:
        hint = "cannot be made a key: 128 MB of memory must be free"
        raise ConfigError(field="passphrase", value="…", hint=hint) from error
    if len(done.stdout) != KEY_BYTES:
        hint = "cannot be made a key: this Python has no scrypt"
        raise ConfigError(field="passphrase", value="…", hint=hint)
    return done.stdout
