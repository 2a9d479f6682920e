"""Look after the door itself once a second: each fault is told when it begins, and cleared when it is over.

1. Device: not revoked. Disk: room for the log. Keys: one at least that judges cards now.
2. Ledger: written to every PROBE_EVERY, and every second while it cannot be written.
3. Clock: believed or not (scanner.door.clock_trust).
4. Memory: burned nonces whose time has long passed are forgotten every PURGE_EVERY, by a clock that is believed.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from cardcore.audit import ClockTrust
from cardcore.ids import Micros, UnixSeconds
from cardcore.keyset import KeyState
from cardcore.verify import SKEW
from scanner.desk import FaultKind
from scanner.door.moment import MICROS, Moment
from scanner.errors import LedgerError
from scanner.floor.faults import FaultBoard
from scanner.floor.ports import FloorLedger
from scanner.ports import Clock, KeySource

EVERY: Final = 1.0  # seconds
PROBE_EVERY: Final = Micros(10 * MICROS)  # a write each; flash wears
PURGE_EVERY: Final = Micros(3_600 * MICROS)
_log = logging.getLogger(__name__)


class Purging(FloorLedger, Protocol):
    """A ledger that can forget."""

    def purge(self, now: UnixSeconds) -> int:
        """Forget burned nonces whose tokens ended long before ``now``; how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """How many bytes are free where the ledger is, and how few are too few."""

    free: Callable[[], int]
    least: int


class Rounds:
    """The thread that goes round."""

    def __init__(
        self,
        *,
        clock: Clock,
        trust: Callable[[Moment], ClockTrust],
        keys: KeySource,
        ledger: Purging,
        disk: Disk,
        board: FaultBoard,
        shut_out: Callable[[], str] = str,
    ) -> None:
        self._clock = clock
        self._trust = trust
        self._keys = keys
        self._ledger = ledger
        self._disk = disk
        self._board = board
        self._shut_out = shut_out
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="rounds", daemon=True)
        self._probed: Micros | None = None
        self._purged: Micros | None = None
        self.clock_trust = ClockTrust.TRUSTED

    def start(self) -> None:
        """Begin; the first round is made before this returns."""
        self.go()
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def go(self) -> None:
        """One round."""
        try:
            self._board.judge(FaultKind.DEVICE_REVOKED, self._shut_out())
            self._board.judge(FaultKind.DISK_FULL, self._disk_trouble())
            self._board.judge(FaultKind.NO_KEYS, self._key_trouble())
            self._look_at_ledger()
        except LedgerError as error:
            self._board.put(FaultKind.LEDGER_UNWRITABLE, str(error))
        except Exception:  # noqa: BLE001 -- a thread loop: it logs, shows and goes on
            _log.exception("a round failed in a way nobody foresaw")

    def _loop(self) -> None:
        while not self._stop.wait(EVERY):
            self.go()

    def _look_at_ledger(self) -> None:
        now = self._clock.now()
        if self._board.has(FaultKind.LEDGER_UNWRITABLE) or _is_due(
            self._probed, now.mono, PROBE_EVERY
        ):
            self._ledger.probe()
            self._probed = now.mono
            self._board.clear(FaultKind.LEDGER_UNWRITABLE)
        self.clock_trust = self._trust(now)
        trouble = "" if self.clock_trust is not ClockTrust.UNTRUSTED else "set back, or reset"
        self._board.judge(FaultKind.CLOCK_UNTRUSTED, trouble)
        trusted = self.clock_trust is ClockTrust.TRUSTED
        if trusted and _is_due(self._purged, now.mono, PURGE_EVERY):
            self._ledger.purge(now.seconds)
            self._purged = now.mono

    def _disk_trouble(self) -> str:
        free = self._disk.free()
        if free >= self._disk.least:
            return ""
        return f"{free // 1_000_000} MB free, {self._disk.least // 1_000_000} MB needed"

    def _key_trouble(self) -> str:
        now = self._clock.now().seconds
        keys = self._keys.current().keys.values()
        if not keys:
            return "no key set yet"
        judging = any(
            key.state is not KeyState.REVOKED
            and key.not_before - SKEW <= now < key.expires_at + SKEW
            for key in keys
        )
        # a clock that is wrong is a fault of its own
        return "" if judging else "no key is valid now"


def _is_due(last: Micros | None, now: Micros, every: Micros) -> bool:
    return last is None or now - last >= every
