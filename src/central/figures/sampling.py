"""Sample central itself, so that the dashboard can show how it fared."""

from collections.abc import Callable
from typing import Final

from cardcore.ids import UnixSeconds
from central.ports.rollups import DAY
from central.ports.storage import Storage
from central.ports.watching import Sample
from central.ports.world import Clock

EVERY_S: Final = 300
KEEP_S: Final = 7 * DAY
_MIB: Final = 1_048_576


class SampleService:
    """Takes samples. ``memory`` is what this process uses, in bytes."""

    def __init__(self, *, storage: Storage, clock: Clock, memory: Callable[[], int]) -> None:
        self._storage = storage
        self._clock = clock
        self._memory = memory

    def sample(self) -> int:
        """Take one; of several processes the first in five minutes is kept. Always 0, the schedule's word for done."""
        now = self._clock.now()
        at = UnixSeconds(now - now % EVERY_S)
        vitals = self._storage.state()
        with self._storage.read() as tx:
            waiting = tx.lookups.queue(tx.lookups.audiences()).waiting
        found = {
            "memory": self._memory() / _MIB,
            "queue": waiting,
            "connections": vitals.connections,
            "slow queries": vitals.slow_total,
        }
        with self._storage.write() as tx:
            tx.watching.samples.add(
                [Sample(at=at, name=name, value=float(value)) for name, value in found.items()]
            )
        return 0

    def clean_up(self) -> int:
        """Drop samples that are older than 7 days; how many."""
        with self._storage.write() as tx:
            return tx.watching.samples.forget(UnixSeconds(self._clock.now() - KEEP_S))
