"""One sync, and the thread that repeats it.

Refreshes and uploads every EVERY seconds, and at once when woken; after a fault it waits a random part of a time that
doubles up to CAP (full jitter), or what central asked for; CAP where central refused. It comes back by itself after any fault. A person who asks for it
(`gatepost link reset`) is looked for every LOOK seconds while it waits, and ends the waiting.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cardcore.errors import CardcoreError
from scanner.errors import DeviceRevokedError, LinkDownError, LinkRefusedError, ScannerError
from scanner.ports import CentralLink, Outbox
from scanner.sync.fork import Aid
from scanner.sync.notary import Notary
from scanner.sync.refresh import Refresher
from scanner.sync.upload import Progress, UploadReport, upload_all

EVERY: Final = 60.0  # seconds
FIRST_BACKOFF: Final = 1.0  # seconds
CAP: Final = 60.0  # seconds
LOOK: Final = 1.0  # seconds between two looks at whether somebody is in a hurry
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What one sync did."""

    upload: UploadReport
    refused: tuple[str, ...] = field(default=())


def sync_once(
    link: CentralLink,
    outbox: Outbox,
    refresher: Refresher,
    progress: Progress = lambda _: None,
    aid: Aid | None = None,
    *,
    notary: Notary | None = None,
) -> SyncReport:
    """Refresh, then upload; the log is handed over also where central refuses the lists.

    Raises:
        LinkError: central was lost or said no.
        LedgerError: the log cannot be read.
    """
    try:
        refreshed = refresher.refresh()
    except LinkRefusedError:
        upload_all(link, outbox, progress, aid, notary=notary)
        raise
    uploaded = upload_all(link, outbox, progress, aid, notary=notary)
    return SyncReport(upload=uploaded, refused=refreshed.refused)


Heard = Callable[[Exception | None, float], None]
"""Told how a sync went, and in how many seconds the next one is."""


class SyncWorker:
    """A thread that keeps a door in step.

    ``sync`` is one sync; ``fraction`` a random number in [0, 1); ``hurried`` whether a person wants the next sync now.
    After a good sync the next comes ``every`` seconds later, or sooner where ``due_in`` says so.
    """

    def __init__(
        self,
        sync: Callable[[], object],
        *,
        fraction: Callable[[], float],
        every: float = EVERY,
        due_in: Callable[[], float] | None = None,
        cap: float = CAP,
        heard: Heard = lambda _error, _pause: None,
        hurried: Callable[[], bool] = lambda: False,
        look: float = LOOK,
    ) -> None:
        self._hurried = hurried
        self._look = look
        self._sync = sync
        self._fraction = fraction
        self._every = every
        self._due_in = due_in
        self._cap = cap
        self._heard = heard
        self._wake = threading.Event()
        self._stopped = False
        self._backoff = FIRST_BACKOFF
        self._thread = threading.Thread(target=self._loop, name="sync", daemon=True)
        self.trouble = ""

    def start(self) -> None:
        """Begin; the first sync is at once."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new to hand over."""
        if not self.trouble:
            self._wake.set()

    def stop(self) -> None:
        """End after the sync that is under way."""
        self._stopped = True
        self._wake.set()
        self._thread.join(timeout=self._cap)

    def _loop(self) -> None:
        while not self._stopped:
            self._wait(self.attempt())
            self._wake.clear()  # after the wait: cleared before, a stop() in between would be lost

    def _wait(self, pause: float) -> None:
        while pause > 0 and not self._wake.wait(min(pause, self._look)):
            if self._hurried():
                self._backoff = FIRST_BACKOFF
                return
            pause -= self._look

    def attempt(self) -> float:
        """One sync; how many seconds to wait before the next."""
        try:
            self._sync()
        except (ScannerError, CardcoreError) as error:
            return self._after(error)
        except Exception as error:  # noqa: BLE001 -- a thread loop: it logs, shows and goes on
            _log.exception("sync failed in a way nobody foresaw")
            return self._after(error)
        self.trouble = ""
        self._backoff = FIRST_BACKOFF
        pause = self._every if self._due_in is None else min(self._every, self._due_in())
        self._heard(None, pause)
        return pause

    def _after(self, error: Exception) -> float:
        self.trouble = str(error)
        pause = self._pause_after(error)
        self._heard(error, pause)
        return pause

    def _pause_after(self, error: Exception) -> float:
        if isinstance(error, (LinkRefusedError, DeviceRevokedError)):
            return self._cap  # central said no, and will not change its mind within seconds
        asked = error.retry_after if isinstance(error, LinkDownError) else None
        pause = self._fraction() * self._backoff if asked is None else min(asked, self._cap)
        self._backoff = min(self._cap, self._backoff * 2)
        return pause
