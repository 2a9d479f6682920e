"""What a door once said to central, kept so that the network can say it again, late and in another order."""

import random
import socket
from contextlib import suppress
from typing import Final

MOST: Final = 40  # batches kept
_HEAD_ENDS: Final = b"\r\n\r\n"
_BATCHES: Final = b"/devices/me/audit/batches "
_PATIENCE: Final = 10.0  # seconds


class BatchRecorder:
    """One connection's requests, as they pass by; whole batches go into ``batches``."""

    def __init__(self, batches: list[bytes]) -> None:
        self._batches = batches
        self._said = bytearray()

    def hear(self, data: bytes) -> None:
        self._said += data
        while (end := self._said.find(_HEAD_ENDS)) >= 0:
            size = end + len(_HEAD_ENDS) + _length_of(bytes(self._said[:end]))
            if len(self._said) < size:
                return
            request = bytes(self._said[:size])
            del self._said[:size]
            if _BATCHES in request.partition(b"\r\n")[0]:
                self._batches.append(request)
                del self._batches[:-MOST]


def say_again(batches: list[bytes], to: tuple[str, int], chance: random.Random, most: int) -> int:
    """Send some of ``batches`` in any order, each on a connection of its own; how many were answered."""
    chosen = chance.sample(batches, min(most, len(batches)))
    return sum(_say(request, to) for request in chosen)


def _say(request: bytes, to: tuple[str, int]) -> bool:
    with suppress(OSError), socket.create_connection(to, _PATIENCE) as central:
        central.settimeout(_PATIENCE)
        central.sendall(request)
        return bool(central.recv(65_536))
    return False


def _length_of(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
