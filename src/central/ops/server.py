"""The server process: listens, says so when it is ready, and stops within two seconds of SIGTERM."""

import gc
import signal
import socket
import ssl
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn
from anyio import to_thread
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.types import ASGIApp

from central.errors import ConfigError
from central.ports.tls import Tls

STOP_S: Final = 1  # what is under way may finish in this time
THREADS: Final = (
    8  # as many as the largest pool has connections; more only take the processor from each other
)
BACKLOG: Final = 1_024
# A batch of 1,000 entries makes 5,000 objects that live until it is answered. Python's own 700 spent a sixth of its time on
# looking at them again and again, and at the 300,000 of the start.
NEW_OBJECTS: Final = 10_000
LOOPBACK: Final = frozenset(("127.0.0.1", "::1", "localhost"))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        ConfigError: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, or asyncio leaves Nagle's delay of 40 ms on (it looks at it before TCP_NODELAY).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(
            field="host and port", value=f"{host}:{port}", hint=f"cannot listen: {error}"
        ) from error
    return listener


def url_of(listener: socket.socket, *, secure: bool) -> str:
    """Where a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"{'https' if secure else 'http'}://{place}"


def check_address(host: str, *, behind_proxy: bool, tls: Tls | None) -> None:
    """Refuse to speak plain HTTP beyond this machine.

    Raises:
        ConfigError: it says what to give.
    """
    if host not in LOOPBACK and not behind_proxy and tls is None:
        hint = (
            "plain HTTP stays on this machine; give --tls-cert and --tls-key, "
            "or --behind-proxy where a proxy speaks TLS"
        )
        raise ConfigError(field="host", value=host, hint=hint)


def certificate_to_pin(tls: Tls | None) -> str | None:
    """The last certificate of the chain where it signed itself: one's own authority, or one made by hand (PEM).

    None for one that a public authority vouches for, whose certificates change without asking, and where a proxy speaks
    TLS.
    """
    if tls is None:
        return None
    last = x509.load_pem_x509_certificates(tls.cert.read_bytes())[-1]
    if last.issuer != last.subject:
        return None
    return last.public_bytes(Encoding.PEM).decode("ascii")


def check_tls(tls: Tls | None) -> None:
    """Try the certificate and its key, so that a wrong one is said at the start.

    Raises:
        ConfigError: they cannot be read, or do not belong together.
    """
    if tls is None:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(tls.cert, tls.key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ConfigError(
            field="tls_cert and tls_key", value=f"{tls.cert}, {tls.key}", hint=str(error)
        ) from error


def _no_password() -> str:
    msg = "the key has a password, which nobody could type at a restart"
    raise ValueError(msg)


def run_server(
    app: ASGIApp,
    listener: socket.socket,
    *,
    tls: Tls | None,
    behind_proxy: bool,
    announce: Callable[[str], None],
) -> None:
    """Serve ``app`` until SIGTERM or SIGINT; ``announce`` is given the address once it answers."""
    server = make_server(app, listener, tls=tls, behind_proxy=behind_proxy, announce=announce)
    _spare_collections()
    # uvicorn raises the signal again once it has stopped; for us a stop that was asked for is a good end.
    before = {number: signal.signal(number, _ignore) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def make_server(
    app: ASGIApp,
    listener: socket.socket,
    *,
    tls: Tls | None,
    behind_proxy: bool,
    announce: Callable[[str], None],
) -> uvicorn.Server:
    """What answers for ``app``, once it is run with ``listener``; it heeds no signal off the main thread."""
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",  # a line for each malformed request would let anybody fill the disk
        access_log=False,  # a line a request would name cards
        server_header=False,
        lifespan="off",
        ws="none",
        proxy_headers=behind_proxy,
        timeout_graceful_shutdown=STOP_S,
        ssl_certfile=None if tls is None else tls.cert,
        ssl_keyfile=None if tls is None else str(tls.key),
    )
    return _Server(config, announce=lambda: announce(url_of(listener, secure=tls is not None)))


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, *, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets=sockets)
        self._announce()


def _spare_collections() -> None:
    """Look no more for garbage in what the start made, and less often in what requests make."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Uvicorn has its own handler while it runs."""
