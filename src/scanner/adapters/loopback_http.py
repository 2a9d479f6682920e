"""A few pages over HTTP for this machine alone: health and metrics of a door, for whoever looks after the machine.

It listens on 127.0.0.1 and answers GET alone. A page of a browser elsewhere cannot read it: the Host has to be this
machine's. Somebody who is slow, or many at once, get nothing, and the door does not notice.
"""

import http.server
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from scanner.errors import ConfigError

HOST: Final = "127.0.0.1"
WITHIN: Final = 5.0  # seconds for a caller to say what it wants, and to take it
AT_ONCE: Final = 8
_HOSTS: Final = frozenset((HOST, "localhost"))
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is answered."""

    status: int = 200
    kind: str
    body: bytes


Pages = Mapping[str, Callable[[], Page]]
"""What is answered on each path."""


class LoopbackServer:
    """Listens from the start on; ``port`` 0 takes a free one.

    Raises:
        ConfigError: the port cannot be used.
    """

    def __init__(self, port: int, pages: Pages) -> None:
        try:
            self._server = _Server((HOST, port), _handler_of(pages))
        except OSError as error:
            raise ConfigError(
                field="health_port", value=port, hint=f"cannot listen: {error.strerror}"
            ) from error
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="pages", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for callers."""
        if self._thread.ident is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[http.server.BaseHTTPRequestHandler],
    ) -> None:
        self._room = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, handler)

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """A caller that hangs up is none of the door's troubles."""
        _log.debug("a caller was lost", exc_info=True)


def _handler_of(pages: Pages) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        timeout: ClassVar[float | None] = WITHIN
        server_version = "gatepost"
        sys_version = ""

        def do_GET(self) -> None:
            self._send(_answer(pages, self.path, self.headers.get("Host", "")))

        def _send(self, page: Page) -> None:
            self.send_response(page.status)
            self.send_header("Content-Type", page.kind)
            self.send_header("Content-Length", str(len(page.body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's name
            """A line a request would only fill the disk."""

    return Handler


def _answer(pages: Pages, path: str, host: str) -> Page:
    if host.rpartition(":")[0] not in _HOSTS and host not in _HOSTS:
        return _plain(403, "only for this machine")
    make = pages.get(path.partition("?")[0])
    if make is None:
        return _plain(404, f"there are: {' '.join(pages)}")
    try:
        return make()
    except Exception:  # noqa: BLE001 -- a thread of its own: it logs, says so and goes on
        _log.exception("a page failed in a way nobody foresaw")
        return _plain(500, "failed; the fault is in the log")


def _plain(status: int, words: str) -> Page:
    return Page(status=status, kind="text/plain; charset=utf-8", body=f"{words}\n".encode())
