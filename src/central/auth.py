"""Who calls, and how often they may try.

A device token has 256 random bits and is looked up by its SHA-256, so that neither the look-up's time nor the database
tells anything about a token.
"""

import hashlib
from collections import OrderedDict, deque
from threading import Lock
from typing import Final

from central.errors import Kind, NotAllowedError
from central.ports.call import Call
from central.ports.records import Device
from central.ports.storage import Storage
from central.ports.world import Clock

TRIES_A_MINUTE: Final = 10  # a person mistypes a few times; a guesser needs 2^80
WINDOW_S: Final = 60.0
ADDRESSES_MAX: Final = 10_000  # remembered at once; the longest silent is forgotten first

_SCHEME: Final = "bearer"


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret of at least 80 random bits."""
    return hashlib.sha256(secret.encode()).digest()


class Authenticator:
    """Finds the device that makes a call."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def device_of(self, call: Call) -> Device:
        """The calling device.

        Raises:
            NotAllowedError: no token, or one that no device has.
        """
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        device = None
        if scheme.lower() == _SCHEME and token:
            with self._storage.read() as tx:
                device = tx.devices.by_token_hash(secret_hash(token.strip()))
        if device is None:
            raise NotAllowedError(Kind.NOT_AUTHENTICATED)
        return device


class TryLimiter:
    """At most so many tries a minute from one address."""

    def __init__(self, *, clock: Clock, most: int = TRIES_A_MINUTE) -> None:
        self._clock = clock
        self._most = most
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()  # calls are answered on several threads

    def count(self, address: str) -> None:
        """Count a try.

        Raises:
            NotAllowedError: one too many.
        """
        with self._lock:
            self._count(address, self._clock.monotonic())

    def _count(self, address: str, now: float) -> None:
        tries = self._tries.setdefault(address, deque())
        self._tries.move_to_end(address)
        while tries and tries[0] <= now - WINDOW_S:
            tries.popleft()
        if len(tries) >= self._most:
            raise NotAllowedError(Kind.TOO_MANY_TRIES)
        tries.append(now)
        while len(self._tries) > ADDRESSES_MAX:
            self._tries.popitem(last=False)
