"""A thread that hands what this process counted to the rollups, and once more when it ends."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from central.errors import StorageDownError
from central.figures.meter import Meter

EVERY_S: Final = 10.0
STOP_S: Final = 2.0

_log: Final = logging.getLogger("gatepost.central.figures")


@contextmanager
def keeping(meter: Meter, every_s: float = EVERY_S) -> Iterator[None]:
    """Keep what ``meter`` counts for as long as the block lasts."""
    told = Event()

    def loop() -> None:
        while not told.wait(every_s):
            _keep(meter)

    thread = Thread(target=loop, name="meter", daemon=True)
    thread.start()
    try:
        yield
    finally:
        told.set()
        thread.join(STOP_S)
        _keep(meter)


def _keep(meter: Meter) -> None:
    try:
        meter.keep()
    except StorageDownError as error:  # it is kept for the next time
        _log.warning("storage: %s", error.detail)
