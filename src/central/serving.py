"""Central as a server: the application, its socket, and the threads that work beside it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket

from starlette.types import ASGIApp

from central.auth import allowance_of
from central.bootstrap import open_central, wire_app, working
from central.config import Settings
from central.ops.keeping import keeping
from central.ops.server import certificate_to_pin, check_address, check_tls, listen, run_server
from central.ops.traced import traced


def serve(
    settings: Settings, *, behind_proxy: bool, workers: int, announce: Callable[[str], None]
) -> None:
    """Serve over HTTP until told to stop; ``announce`` is given the address once it answers.

    Raises:
        ConfigError: an address or a certificate that cannot be used, or plain HTTP beyond this machine without a proxy.
    """
    with served(settings, behind_proxy=behind_proxy, workers=workers) as (app, listener):
        run_server(app, listener, tls=settings.tls, behind_proxy=behind_proxy, announce=announce)


@contextmanager
def served(
    settings: Settings, *, behind_proxy: bool, workers: int
) -> Iterator[tuple[ASGIApp, socket]]:
    """All of it but the loop that answers.

    Raises:
        ConfigError: as above.
    """
    check_address(settings.host, behind_proxy=behind_proxy, tls=(tls := settings.tls))
    check_tls(tls)
    with (
        traced(settings.trace_endpoint, settings.trace_share, settings.data) as tracing,
        open_central(settings, tracing) as central,
        listen(settings.host, settings.port) as listener,
        working(central, count=workers),
        keeping(central.tower.meter),
    ):
        central.presence.show(certificate_to_pin(tls))
        yield wire_app(central, allowance=allowance_of(settings.device_calls_a_minute)), listener
