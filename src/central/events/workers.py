"""Threads that publish events, and one that does what is due by schedule."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

from central.errors import StorageDownError
from central.events.publisher import Publisher
from central.ports.world import Clock

IDLE_S: Final = 0.5  # how old an event may grow before anybody looks
DOWN_S: Final = 5.0  # an absent database is not asked more often
STOP_S: Final = 5.0  # what is under way may finish in this time

_log: Final = logging.getLogger("gatepost.central.events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that is due every so often; ``run`` says how much it found to do."""

    name: str
    every_s: float
    run: Callable[[], int]


class Schedule:
    """Runs jobs when they are due; each is due at once when the process starts."""

    def __init__(self, *, clock: Clock, jobs: Sequence[Job]) -> None:
        self._clock = clock
        self._jobs = jobs
        self._due: dict[str, float] = {}

    def run_due(self) -> bool:
        """Run what is due; whether anything was found to do, for the worker's next look comes sooner then.

        Raises:
            StorageDownError: the job is due again at once.
        """
        found = 0
        for job in self._jobs:
            now = self._clock.monotonic()
            if now >= self._due.get(job.name, now):
                found += job.run()
                self._due[job.name] = now + job.every_s
        return found > 0


class Workers:
    """Loops in threads, from ``start`` to ``stop``."""

    def __init__(
        self, *, publisher: Publisher, schedule: Schedule, count: int, idle_s: float = IDLE_S
    ) -> None:
        self._idle_s = idle_s
        self._stop = Event()
        loops = [publisher.publish_next] * count + [schedule.run_due]
        self._threads = [
            Thread(target=self._loop, args=(step,), name=f"events-{number}", daemon=True)
            for number, step in enumerate(loops)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, once what is under way is done."""
        self._stop.set()
        join(self._threads)

    def _loop(self, step: Callable[[], bool]) -> None:
        while not self._stop.is_set():
            wait_s = self._idle_s
            try:
                if step():
                    wait_s = 0.0
            except StorageDownError as error:
                _log.error("storage: %s", error.detail)
                wait_s = DOWN_S
            except Exception:  # noqa: BLE001 -- a thread's loop logs what nobody foresaw, and goes on
                _log.exception("a worker's step failed")
                wait_s = DOWN_S
            self._stop.wait(wait_s)


def join(threads: Iterable[Thread]) -> None:
    """Wait for each of them."""
    for thread in threads:
        thread.join(STOP_S)
