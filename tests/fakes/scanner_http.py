"""A real HTTP server on loopback that answers what it is told to, well or badly."""

import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

from cardcore import wire
from cardcore.ids import CardId, Epoch
from tests.fakes.scanner_central import FakeCentral


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class Told:
    """One answer. ``length`` lies about the body's; ``reset`` breaks the connection; ``silent`` says nothing at all."""

    status: int = 200
    kind: str = "application/json"
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    reset: bool = False
    silent: bool = False


Script = Callable[[Asked], Told]
UNKNOWN_CARD: Final = "urn:gatepost:problem:unknown_card"


class LoopbackCentral:
    """What stands behind ``url``: central, or somebody in its place. ``script`` decides every answer."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.released = threading.Event()
        room = self

        class _Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                room._answer(self)

            def do_POST(self) -> None:
                room._answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its signature
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        size = int(handler.headers.get("content-length", 0))
        asked = Asked(
            method=handler.command,
            path=handler.path,
            headers={name.lower(): value for name, value in handler.headers.items()},
            body=handler.rfile.read(size),
        )
        self.asked.append(asked)
        told = self.script(asked)
        handler.close_connection = True
        if told.silent:
            self.released.wait(10)
            return
        if told.reset:
            linger = struct.pack("ii", 1, 0)  # close() then sends a reset
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
            return
        self._send(handler, told)

    def _send(self, handler: BaseHTTPRequestHandler, told: Told) -> None:
        handler.send_response(told.status)
        handler.send_header("Content-Type", told.kind)
        length = len(told.body) if told.length is None else told.length
        handler.send_header("Content-Length", str(length))
        handler.send_header("Connection", "close")
        for name, value in told.headers.items():
            handler.send_header(name, value)
        try:
            handler.end_headers()
            handler.wfile.write(told.body)
        except OSError:
            return  # the door had heard enough


@contextmanager
def answering(told: Told) -> Iterator[LoopbackCentral]:
    """A server that gives every question the same answer."""
    with LoopbackCentral(lambda _: told) as server:
        yield server


def a_problem(status: int, kind: str = "urn:x", **headers: str) -> Told:
    body = wire.serialise(wire.Problem(type=kind, title="No.", status=status))
    return Told(status=status, kind=wire.PROBLEM_TYPE, body=body, headers=headers)


_ALWAYS: Final[dict[str, object]] = {
    "/devices/me/heartbeat": wire.HeartbeatAnswer(received_us=1),
    "/devices/me/keys": wire.DeviceKeysAnswer(device_id="dev-1"),
}


def as_http(central: FakeCentral) -> Callable[[Asked], Told]:
    """The fake central behind HTTP, as the real one speaks."""

    def answer(asked: Asked) -> Told:
        path = asked.path.removeprefix(wire.API_ROOT)
        if path.startswith("/cards/"):
            found = central.card_status(CardId(bytes.fromhex(path.split("/")[2])))
            return (
                a_problem(404, UNKNOWN_CARD) if found is None else Told(body=wire.serialise(found))
            )
        if path.startswith("/devices/me/audit/mark?epoch="):
            epoch = Epoch(bytes.fromhex(path.partition("=")[2]))
            return Told(body=wire.serialise(central.mark(epoch)))
        if path == "/devices/me/audit/batches":
            batch = wire.parse(gzip.decompress(asked.body), wire.AuditBatch)
            return Told(body=wire.serialise(central.upload(batch)))
        if path == "/devices/enrol":
            return Told(
                body=wire.serialise(central.enrol(wire.parse(asked.body, wire.EnrolRequest)))
            )
        if path in _ALWAYS:
            return Told(body=wire.serialise(_ALWAYS[path]))
        return _document(central, path, asked)

    return answer


def _document(central: FakeCentral, path: str, asked: Asked) -> Told:
    documents = {
        "/devices/me/keyset": central.key_document,
        "/devices/me/snapshot": central.snapshot_document,
    }
    document = documents.get(path)
    if document is None:  # a central of before there were others
        return a_problem(404, "urn:gatepost:problem:not_found")
    if asked.headers.get("if-none-match") == document.etag:
        return Told(status=304, body=b"")
    return Told(kind=wire.DOCUMENT_TYPE, body=document.data, headers={"ETag": document.etag or ""})
