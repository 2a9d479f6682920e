"""Send notices: by mail and by webhook, a batch at a time.

A notice is leased before it is sent and marked afterwards: no transaction waits for a network. Where a process dies between the
two it is sent again after the lease; whoever gets it tells it by its id and ``since_us``.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from cardcore.ids import Micros
from central.errors import ConflictError, Kind
from central.ports.rollups import MICROS
from central.ports.storage import Storage
from central.ports.watching import Notice
from central.ports.world import Clock

AT_ONCE: Final = 100
LEASE_S: Final = 60  # twice as long as sending may take; also the first wait after a failure
WAIT_MAX_S: Final = 3_600
TRIES_MAX: Final = 20  # a day and a half
ERROR_CHARS_MAX: Final = 300

_log: Final = logging.getLogger("gatepost.central.alerts")

Told = Mapping[str, object]


class Channel(Protocol):
    """A way to tell people."""

    def send(self, told: Sequence[Told]) -> None:
        """Tell these changes at once.

        Raises:
            OSError: nobody took them.
        """
        ...


class NoticeSender:
    """Sends what is due."""

    def __init__(self, *, storage: Storage, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self._storage = storage
        self._clock = clock
        self._channels = channels

    def send_due(self) -> int:
        """Send what is due; how many notices were tried."""
        if not self._channels:
            return 0
        leased = self._lease()
        for name, channel in self._channels.items():
            mine = [notice for notice in leased if notice.channel == name]
            if mine:
                self._send(channel, mine)
        return len(leased)

    def _lease(self) -> list[Notice]:
        now = self._clock.micros()
        with self._storage.read() as tx:
            if not tx.watching.alerts.due(now, 1):
                return []
        try:
            with self._storage.write_alone("notices") as tx:
                due = tx.watching.alerts.due(now, AT_ONCE)
                leased = [_tried(notice, now) for notice in due]
                for notice in leased:
                    tx.watching.alerts.failed(notice)
        except ConflictError as error:  # another process is at it
            if error.kind is not Kind.IN_PROGRESS:
                raise
            return []
        return leased

    def _send(self, channel: Channel, notices: Sequence[Notice]) -> None:
        error = ""
        try:
            channel.send([json.loads(notice.body) for notice in notices])
        except OSError as failure:  # smtplib's, ssl's and http's faults are of its kind, or made so
            error = f"{type(failure).__name__}: {failure}"[:ERROR_CHARS_MAX]
            _log.warning("alerts were not sent: %s", error)
        with self._storage.write() as tx:
            for notice in notices:
                if not error or notice.tries >= TRIES_MAX:
                    tx.watching.alerts.sent(replace(notice, error=error))
                else:
                    tx.watching.alerts.failed(replace(notice, error=error))


def _tried(notice: Notice, now: Micros) -> Notice:
    wait_s = min(WAIT_MAX_S, LEASE_S * 2**notice.tries)
    return replace(notice, tries=notice.tries + 1, due_at=Micros(now + wait_s * MICROS))
