"""HTTP with an end to how long a request may take in all, from the connection to the last byte of the answer.

httpx counts its limits anew at each byte: whoever sends one now and then, in the status line, among the headers or while
the two agree on TLS, would hold a thread for ever. Here every wait on the socket is cut to what is left of the whole.
Only the look-up of a name is not: the system's resolver has limits of its own.
"""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import httpcore
import httpx

from cardcore.ids import Micros
from scanner.door.moment import MICROS

WHOLE: Final = "whole"  # a request's extension: how many seconds it may take in all
_TOO_LONG: Final = "central does not come to the end of its answer"


class _Deadline:
    """Until when the request under way may take. One thread makes requests, one after the other."""

    def __init__(self, mono: Callable[[], Micros]) -> None:
        self._mono = mono
        self._until = Micros(0)

    def begin(self, seconds: float) -> None:
        self._until = Micros(self._mono() + int(seconds * MICROS))

    def cut(self, timeout: float | None) -> float:
        """``timeout``, or what is left if that is less; seconds.

        Raises:
            ReadTimeout: nothing is left.
        """
        left = (self._until - self._mono()) / MICROS
        if left <= 0:
            raise httpcore.ReadTimeout(_TOO_LONG)
        return left if timeout is None else min(timeout, left)


class _TimedStream(httpcore.NetworkStream):
    """A connection that waits no longer than the deadline allows."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come."""
        return self._inner.read(max_bytes, self._deadline.cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of it; whoever takes it byte by byte is not waited for either."""
        sock: socket.socket = self._inner.get_extra_info("socket")
        rest = memoryview(buffer)
        while rest:
            sock.settimeout(self._deadline.cut(timeout))
            try:
                rest = rest[sock.send(rest) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Let it go."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted; Python's own limit is for the handshake as a whole."""
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.cut(timeout))
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> object:
        """What is known of it."""
        return self._inner.get_extra_info(info)


class _TimedBackend(httpcore.NetworkBackend):
    """Opens such connections."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to a host."""
        inner = self._inner.connect_tcp(
            host, port, self._deadline.cut(timeout), local_address, socket_options
        )
        return _TimedStream(inner, self._deadline)


class _Answer(httpx.SyncByteStream):
    """The body of an answer as it comes."""

    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._inner

    def close(self) -> None:
        """Let the connection go, or keep it for the next question."""
        close = getattr(self._inner, "close", None)
        if close is not None:
            close()


class TimedTransport(httpx.BaseTransport):
    """A transport for one thread. Each request's extension WHOLE says how many seconds it may take in all."""

    def __init__(self, mono: Callable[[], Micros], tls: ssl.SSLContext | None = None) -> None:
        self._deadline = _Deadline(mono)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(trust_env=False),
            network_backend=_TimedBackend(self._deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, and hear at least how the answer begins.

        Raises:
            TransportError: nothing came, not in time, or nonsense did.
        """
        self._deadline.begin(request.extensions[WHOLE])
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        assert isinstance(request.stream, httpx.SyncByteStream)  # noqa: S101 -- what a client without async sends
        with _as_httpx():
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=url,
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        assert isinstance(answer.stream, Iterable)  # noqa: S101 -- what a pool without async gives
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Answer(answer.stream),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Let the connections go."""
        self._pool.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise httpx.TransportError(str(error) or type(error).__name__) from error
