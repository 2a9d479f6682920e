"""Take an event from outside once, whatever is sent twice, late or out of order.

1. The key is the source and the sender's own event id, where there is one; else the event's class, aggregate, instant
   in microseconds, version and context. It is kept as a SHA-256.
2. Look for the key: found, it is a duplicate.
3. Lock the aggregate, and look again inside the transaction: whoever came second while the first was at work finds it.
4. Within an aggregate the sequence orders events, where both have one, else their time. One that is older than the
   newest that was applied is stale: recorded, and without effect. So is one whose sequence was applied already.
5. The effect, the record of it and the aggregate's new place are committed together, or none of them is.
6. Records are kept for 30 days. The place of an aggregate is kept for good, so that an event which outlives its record
   is stale all the same. There is no cache of keys: a look at the database costs less than being wrong.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Final

from cardcore.ids import Micros
from central.ports.events import Arrival, Outcome, Place, Processed
from central.ports.meter import Meter, NoMeter
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock

KEEP_US: Final = 30 * 86_400 * 1_000_000  # the longest that a sender may try again


class EventProcessor:
    """Gives every event from outside one effect."""

    def __init__(self, *, storage: Storage, clock: Clock, meter: Meter | None = None) -> None:
        self._storage = storage
        self._clock = clock
        self._meter = NoMeter() if meter is None else meter

    def process(self, arrival: Arrival, effect: Callable[[Transaction], None]) -> Outcome:
        """Give ``arrival`` its ``effect``, unless it had it, or something newer had.

        Whatever ``effect`` raises leaves nothing behind: the event may be sent again.
        """
        outcome = self._process(arrival, effect)
        if outcome is Outcome.DUPLICATE:
            self._meter.repeated("membership_event")
        return outcome

    def _process(self, arrival: Arrival, effect: Callable[[Transaction], None]) -> Outcome:
        with self._storage.read() as tx:
            if tx.processed.find(key_of(arrival)) is not None:
                return Outcome.DUPLICATE
        with self._storage.write() as tx:
            return self.process_in(tx, arrival, effect)

    def process_in(
        self, tx: Transaction, arrival: Arrival, effect: Callable[[Transaction], None]
    ) -> Outcome:
        """The same, inside a writing transaction of somebody else's."""
        key = key_of(arrival)
        tx.lock(f"event {arrival.source} {arrival.aggregate}")
        if tx.processed.find(key) is not None:
            return Outcome.DUPLICATE
        head = tx.processed.head(arrival.source, arrival.aggregate)
        outcome = Outcome.STALE if _is_stale(arrival.place, head) else Outcome.APPLIED
        if outcome is Outcome.APPLIED:
            effect(tx)
            tx.processed.put_head(arrival.source, arrival.aggregate, arrival.place)
        tx.processed.add(self._record(key, arrival, outcome))
        return outcome

    def clean_up(self) -> int:
        """Drop the records that are older than 30 days; how many."""
        with self._storage.write() as tx:
            return tx.processed.forget(Micros(self._clock.micros() - KEEP_US))

    def _record(self, key: bytes, arrival: Arrival, outcome: Outcome) -> Processed:
        return Processed(
            key=key,
            source=arrival.source,
            kind=arrival.kind,
            aggregate=arrival.aggregate,
            occurred_at=arrival.place.occurred_at,
            processed_at=self._clock.micros(),
            outcome=outcome,
        )


def key_of(arrival: Arrival) -> bytes:
    """The 32-byte key of an event; the list keeps neighbouring fields apart."""
    parts: list[object] = [arrival.source]
    if arrival.event_id is not None:
        parts += ["id", arrival.event_id]
    else:
        place = arrival.place.occurred_at
        parts += [arrival.kind, arrival.aggregate, place, arrival.version, arrival.context]
    return hashlib.sha256(json.dumps(parts).encode()).digest()


def _is_stale(place: Place, head: Place | None) -> bool:
    if head is None:
        return False
    return place.is_before(head) or (place.sequence is not None and place.sequence == head.sequence)
