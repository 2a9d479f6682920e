"""Publish what stands in the outbox.

    waiting ──every subscriber has it──▶ done
       │  └──a try failed──▶ waiting, due later
       └──the last try failed──▶ dead ──an operator's retry──▶ waiting

One event is one transaction: it is claimed, handed to every subscriber in their order, and marked done, or nothing of that
is kept. Workers in any number of threads and processes share the outbox: what one has claimed the others pass over, and no
event is published while an older one of its card waits.
"""

import logging
from collections.abc import Sequence
from typing import Final, Protocol

from cardcore.ids import Micros
from central.errors import Kind, NotFoundError, StorageDownError
from central.ports.events import CardEvent, OutboxItem
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock

TRIES: Final = 3
RETRY_US: Final = 1_000_000  # after the first failure; twice as long after each further one
KEEP_US: Final = 30 * 86_400 * 1_000_000
ERROR_CHARS_MAX: Final = 500

_log: Final = logging.getLogger("gatepost.central.events")


class Subscriber(Protocol):
    """Whoever wants to know what happened to cards. It must take an event that it had already."""

    def receive(self, tx: Transaction, event: CardEvent) -> None:
        """Take an event; what it writes is committed with the delivery."""
        ...


class TrailProjection:
    """The first subscriber: the audit trail of each card."""

    def receive(self, tx: Transaction, event: CardEvent) -> None:
        """Write the trail's line."""
        tx.trail.put(event)


class Publisher:
    """Hands events to subscribers, one at a time."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        subscribers: Sequence[Subscriber],
        tries: int = TRIES,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._subscribers = subscribers
        self._tries = tries

    def publish_next(self) -> bool:
        """Publish one event, or count its failure; False where none is due.

        Raises:
            StorageDownError: nothing was published; the event stays where it is.
        """
        now = self._clock.micros()
        with self._storage.read() as tx:
            if not tx.outbox.has_due(now):
                return False
        item = None
        try:
            with self._storage.write() as tx:
                item = tx.outbox.claim(now)
                if item is not None:
                    self._hand_out(tx, item)
        except StorageDownError:
            raise
        except Exception as error:
            if item is None:
                raise
            _log.warning("event %s: %s", item.event.event_id, error, exc_info=True)
            self._count_failure(item, error)
        return item is not None

    def publish_all(self) -> int:
        """Publish until none is due; how many were tried."""
        count = 0
        while self.publish_next():
            count += 1
        return count

    def clean_up(self) -> int:
        """Drop published events that are older than 30 days; the trail keeps what they told. How many."""
        with self._storage.write() as tx:
            return tx.outbox.forget(Micros(self._clock.micros() - KEEP_US))

    def _hand_out(self, tx: Transaction, item: OutboxItem) -> None:
        for subscriber in self._subscribers:
            subscriber.receive(tx, item.event)
        tx.outbox.done(item.position)

    def _count_failure(self, item: OutboxItem, error: Exception) -> None:
        tries = item.tries + 1
        later = Micros(self._clock.micros() + RETRY_US * 2**item.tries)
        text = f"{type(error).__name__}: {error}".replace("\0", "")[:ERROR_CHARS_MAX]
        with self._storage.write() as tx:
            due_at = None if tries >= self._tries else later
            tx.outbox.failed(item.position, tries=tries, error=text, due_at=due_at)


class DeadLetterService:
    """What an operator does about events that no subscriber could take."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def all(self) -> Sequence[OutboxItem]:
        """The dead letters, the oldest first."""
        with self._storage.read() as tx:
            return tx.outbox.dead()

    def retry(self, event_id: str) -> None:
        """Send one on its way again.

        Raises:
            NotFoundError: there is no such dead letter.
        """
        with self._storage.write() as tx:
            self.retry_in(tx, event_id)

    def retry_in(self, tx: Transaction, event_id: str) -> None:
        """The same inside the caller's transaction."""
        if not tx.outbox.revive(event_id, self._clock.micros()):
            raise NotFoundError(Kind.UNKNOWN_EVENT, event_id)
