"""A server on loopback that says what it has to say a byte now and then, for as long as anybody listens."""

import socket
import threading
from contextlib import suppress
from typing import Final, Self

PAUSE: Final = (
    0.01  # seconds between two bytes; far below every limit that begins anew at each byte
)


class Dribbler:
    """Sends ``at_once``, then ``slowly`` byte by byte and again from its start. ``reads``: it hears the question out first."""

    def __init__(self, slowly: bytes, *, at_once: bytes = b"", reads: bool = True) -> None:
        self._slowly = slowly
        self._at_once = at_once
        self._reads = reads
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept)
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                asking, _ = self._listener.accept()
            except OSError:
                return
            with asking, suppress(OSError):  # until whoever asked has had enough
                self._serve(asking)

    def _serve(self, asking: socket.socket) -> None:
        if self._reads:
            asking.recv(65_536)
        asking.sendall(self._at_once)
        place = 0
        while not self._ended.wait(PAUSE):
            if self._slowly:
                asking.sendall(self._slowly[place : place + 1])
                place = (place + 1) % len(self._slowly)
            else:
                asking.recv(1)  # it takes the question as slowly
