"""A TCP proxy that lies like a network: it cuts, swallows, delays, loses the reply to what it let through, or says a batch again."""

import random
import socket
import threading
import time
from contextlib import suppress
from enum import StrEnum
from typing import Final, Self

from benchmarks.batch_recorder import BatchRecorder, say_again

LATENCY: Final = 0.5  # seconds; later than a door waits for a live status
CHUNK: Final = 65_536


class Fault(StrEnum):
    NONE = "none"
    CUT = "cut"  # every connection breaks, every new one too
    BLACK_HOLE = "black_hole"  # what is said arrives nowhere
    LATENCY = "latency"
    CUT_REPLY = "cut_reply"  # central does what it was asked, and the door never hears of it


class FaultProxy:
    """Stands before ``port`` of loopback; ``fault`` may be set at any time, and counts for open connections too."""

    def __init__(self, port: int) -> None:
        self.fault = Fault.NONE
        self._to = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._batches: list[bytes] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for one in left:
            _break(one)
        self._thread.join(5)

    def deliver_again(self, chance: random.Random, most: int) -> int:
        """Some batches that passed, or were swallowed, arrive once more, in any order; how many central answered."""
        return say_again(list(self._batches), self._to, chance, most)

    def _accept(self) -> None:
        while True:
            try:
                asking, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(asking,), daemon=True).start()

    def _serve(self, asking: socket.socket) -> None:
        if self.fault is Fault.CUT:
            asking.close()
            return
        try:
            answering = socket.create_connection(self._to, 5)
        except OSError:
            asking.close()
            return
        answering.settimeout(None)
        with self._lock:
            self._open |= {asking, answering}
        back = threading.Thread(target=self._pump, args=(answering, asking, True), daemon=True)
        back.start()
        self._pump(asking, answering, False)  # noqa: FBT003 -- named in _pump
        back.join()
        with self._lock:
            self._open -= {asking, answering}
        asking.close()
        answering.close()

    def _pump(self, source: socket.socket, sink: socket.socket, is_reply: bool) -> None:  # noqa: FBT001
        recorder = BatchRecorder(self._batches)
        with suppress(OSError):
            while (data := source.recv(CHUNK)) and self._passes(is_reply=is_reply):
                if not is_reply:
                    recorder.hear(data)
                if self.fault is not Fault.BLACK_HOLE:
                    sink.sendall(data)
        _break(source)
        _break(sink)

    def _passes(self, *, is_reply: bool) -> bool:
        if self.fault is Fault.LATENCY and is_reply:
            time.sleep(LATENCY)
        return not (self.fault is Fault.CUT or (self.fault is Fault.CUT_REPLY and is_reply))


def _break(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
