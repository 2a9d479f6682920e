"""Send spans to a collector: OTLP over HTTP, from the spool, by a thread of its own.

1. A batch goes to the spool first, whatever the network does.
2. The oldest is sent first. What the collector takes, or refuses for good (4xx), leaves the spool.
3. Where it cannot be reached, or says "later" (408, 429, 5xx), it is tried again after a pause that doubles up to CAP.
"""

import http.client
import logging
import ssl
import threading
from typing import Final
from urllib.parse import urlsplit

from telemetry.spool import Spool

PATH: Final = "/v1/traces"
WITHIN: Final = 5.0  # seconds for a collector to answer
STOP_WITHIN: Final = 1.0  # seconds; a program that ends does not wait longer for a collector
EVERY: Final = 1.0  # seconds between looks at an empty spool
CAP: Final = 60.0  # seconds
_LATER: Final = frozenset((408, 429))
_OK, _CLIENT_ERROR, _SERVER_ERROR = 200, 400, 500
_log: Final = logging.getLogger("gatepost.tracing")


class Sender:
    """Sends what is in the spool to ``url``, as long as it runs."""

    def __init__(self, spool: Spool, url: str, *, every: float = EVERY) -> None:
        self._spool = spool
        self._url = url
        self._every = every
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._loop, name="traces", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    def stop(self) -> None:
        """Try once more, and end."""
        self._stopped = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_WITHIN)

    def drain(self) -> bool:
        """Send all there is; False where the collector would not take it now."""
        while (path := self._spool.oldest()) is not None:
            data = self._spool.read(path)
            if data is not None and not self._is_done_with(data):
                return False
            self._spool.remove(path)
        return True

    def _loop(self) -> None:
        pause = self._every
        while not self._stopped:
            pause = self._every if self.drain() else min(CAP, pause * 2)
            self._wake.wait(pause)
            self._wake.clear()
        self.drain()

    def _is_done_with(self, data: bytes) -> bool:
        try:
            status = post(self._url, data)
        except (OSError, http.client.HTTPException) as error:
            _log.info("the collector cannot be reached: %s", error)
            return False
        if status in _LATER or status >= _SERVER_ERROR:
            return False
        if status >= _CLIENT_ERROR:
            self._spool.dropped += 1
            _log.warning("the collector refused a batch of spans: %d", status)
        return True


def post(url: str, data: bytes) -> int:
    """Post one batch to the collector at ``url`` (its root); the status it answered with.

    Raises:
        OSError: it cannot be reached.
        http.client.HTTPException: it does not speak HTTP.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=WITHIN, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=WITHIN)
    try:
        headers = {"Content-Type": "application/x-protobuf"}
        connection.request("POST", parts.path.rstrip("/") + PATH, body=data, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
