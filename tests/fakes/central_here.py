"""A real central that serves from a thread of the test's own process, for tests that do not end or kill it.

What it serves is what ``gatepost-central serve`` serves, over real HTTP; only the start of a process is saved.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread

from central.config import load_settings
from central.ops.server import make_server
from central.serving import served
from tests.fakes.central_process import READY_S, STOP_S


@dataclass(frozen=True, slots=True)
class Here:
    """Where it answers."""

    url: str


@contextmanager
def serving_here(data: Path, *, port: str = "0", **flags: str) -> Iterator[Here]:
    """It, over ``data``; ``flags`` are options of ``serve`` by name."""
    settings = load_settings(None, data=str(data), port=port, **flags)
    ready: Queue[str] = Queue()
    with served(settings, behind_proxy=False, workers=1) as (app, listener):
        server = make_server(
            app, listener, tls=settings.tls, behind_proxy=False, announce=ready.put
        )
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="central")
        thread.start()
        try:
            yield Here(ready.get(timeout=READY_S))
        finally:
            server.should_exit = True
            thread.join(STOP_S)
            assert not thread.is_alive()
