"""What is wrong with the door now, and since when."""

import threading
from collections.abc import Callable

from cardcore.ids import UnixSeconds
from scanner.desk import Fault, FaultKind


class FaultBoard:
    """Faults by kind, for any thread; ``changed`` is called with all of them after each change."""

    def __init__(
        self,
        *,
        now: Callable[[], UnixSeconds],
        changed: Callable[[tuple[Fault, ...]], None],
    ) -> None:
        self._now = now
        self._changed = changed
        self._lock = threading.Lock()
        self._faults: dict[FaultKind, Fault] = {}

    def put(self, kind: FaultKind, detail: str) -> None:
        """This is wrong; where it was wrong before, it stays so since then."""
        with self._lock:
            known = self._faults.get(kind)
            if known is not None and known.detail == detail:
                return
            since = self._now() if known is None else known.since
            self._faults[kind] = Fault(kind=kind, since=since, detail=detail)
        self._changed(self.faults)  # not under the lock: who hears it may ask at once

    def clear(self, kind: FaultKind) -> None:
        """This is right again."""
        with self._lock:
            if self._faults.pop(kind, None) is None:
                return
        self._changed(self.faults)

    def has(self, kind: FaultKind) -> bool:
        """Whether this is wrong now."""
        with self._lock:
            return kind in self._faults

    def judge(self, kind: FaultKind, trouble: str) -> None:
        """Wrong for the reason given; right where it is empty."""
        if trouble:
            self.put(kind, trouble)
        else:
            self.clear(kind)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that is wrong, the longest first."""
        with self._lock:
            return tuple(sorted(self._faults.values(), key=lambda fault: fault.since))
