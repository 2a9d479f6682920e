"""Tell central how this door fares, and what it believes central to hold; a no to that stops no sync."""

import logging
from collections.abc import Callable
from typing import Protocol

from cardcore.ids import Epoch, Seq
from cardcore.wire import Heartbeat, HeartbeatAnswer
from scanner.errors import LinkRefusedError

_log = logging.getLogger(__name__)


class HeartbeatLink(Protocol):
    """Central over the network. All faults are LinkError."""

    def heartbeat(self, heartbeat: Heartbeat) -> HeartbeatAnswer:
        """Say how this door fares."""
        ...


class Pulse:
    """Sends heartbeats; ``compose`` says how the door is, given an epoch and what central was believed to hold of it."""

    def __init__(self, *, link: HeartbeatLink, compose: Callable[[Epoch, Seq], Heartbeat]) -> None:
        self._link = link
        self._compose = compose

    def tell(self, epoch: Epoch, believed: Seq) -> None:
        """One heartbeat.

        Raises:
            LinkDownError: central was lost.
            LedgerError: the log cannot be read.
        """
        try:
            self._link.heartbeat(self._compose(epoch, believed))
        except LinkRefusedError as error:  # an older central; the log is handed over all the same
            _log.info("central takes no heartbeat: %s", error)
