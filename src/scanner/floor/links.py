"""How things stand with central, as the sync thread meets it."""

import threading

from cardcore.ids import Micros, UnixSeconds
from scanner.desk import LinkState
from scanner.door.moment import MICROS
from scanner.errors import DeviceRevokedError, LinkRefusedError
from scanner.ports import Clock


class LinkWatch:
    """Hears of every sync; ``online`` is whether central answered the last one, be it with a no."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._online = False
        self._since: UnixSeconds | None = None
        self._trouble = ""
        self._next_try: Micros | None = None

    def heard(self, error: Exception | None, pause: float) -> None:
        """A sync went so; the next is in ``pause`` seconds."""
        now = self._clock.now()
        online = error is None or isinstance(error, (LinkRefusedError, DeviceRevokedError))
        with self._lock:
            if self._since is None or online is not self._online:
                self._since = now.seconds
            self._online = online
            self._trouble = "" if error is None else str(error)
            self._next_try = Micros(now.mono + int(pause * MICROS))

    def state(self, *, circuit: str, list_at: UnixSeconds | None, outbox: int) -> LinkState:
        """All of it, with what others know."""
        mono = self._clock.mono()
        with self._lock:
            wait = None if self._next_try is None else max(0, self._next_try - mono)
            return LinkState(
                online=self._online,
                circuit=circuit,
                since=self._since,
                next_try_s=None if wait is None else -(-wait // MICROS),
                list_at=list_at,
                outbox=outbox,
                trouble=self._trouble,
            )
