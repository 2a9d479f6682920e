"""Who gets alerts: a mail server and a webhook on loopback, each with what it was given."""

import base64
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


@dataclass(slots=True)
class Mailbox:
    port: int = 0
    secure: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def mails(self) -> "list[EmailMessage]":  # type: ignore[explicit-any]
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]


class MailServer(ThreadingTCPServer):
    """With ``tls`` it offers STARTTLS, or speaks TLS ``at_once``."""

    daemon_threads = True

    def __init__(self, box: Mailbox, tls: ssl.SSLContext | None, *, at_once: bool) -> None:
        super().__init__(("127.0.0.1", 0), MailHandler)
        self.box = box
        self.tls = tls
        self.at_once = at_once

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust the certificate hangs up."""


class MailHandler(StreamRequestHandler):
    server: MailServer  # type: ignore[mutable-override]
    is_secure = False

    def handle(self) -> None:
        if self.server.at_once:
            self._wrap()
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            answers = {"EHLO": self._greet, "STARTTLS": self._start, "DATA": self._take}
            if word == "QUIT":
                self._say("221 bye")
                return
            if word == "AUTH":
                self.server.box.logins.append(base64.b64decode(line.split()[2]).decode())
            if word in answers:
                answers[word]()
            else:
                self._say("235 known" if word == "AUTH" else "250 fine")

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _greet(self) -> None:
        starts = ["250-STARTTLS"] if self.server.tls is not None and not self.is_secure else []
        self._say("250-test", "250-AUTH PLAIN", *starts, "250 8BITMIME")

    def _start(self) -> None:
        self._say("220 go on")
        self._wrap()

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        self.server.box.raw.append(b"".join(lines))
        self.server.box.secure.append(self.is_secure)
        self._say("250 taken")

    def _wrap(self) -> None:
        assert self.server.tls is not None
        self.rfile.close()
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.connection = self.request
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", buffering=0)
        self.is_secure = True

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> Iterator[Mailbox]:
    """A server of SMTP."""
    box = Mailbox()
    with _running(MailServer(box, tls, at_once=at_once)) as port:
        box.port = port
        yield box


@dataclass(slots=True)
class Hooked:
    port: int = 0
    status: int = 200
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def alerts(self) -> list[dict[str, object]]:
        return [alert for _, _, body in self.calls for alert in json.loads(body)["alerts"]]


@contextmanager
def webhook(tls: ssl.SSLContext) -> Iterator[Hooked]:
    """A server of HTTPS that takes what is posted."""
    hooked = Hooked()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hooked.calls.append((self.path, dict(self.headers), body))
            self.send_response(hooked.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its own name
            """Nothing on stderr."""

    class Server(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that does not trust the certificate hangs up."""

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    with _running(server) as port:
        hooked.port = port
        yield hooked


@contextmanager
def _running(server: HTTPServer | ThreadingTCPServer) -> Iterator[int]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
