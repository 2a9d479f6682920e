"""The events half of central's storage in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cardcore.ids import CardId, DeviceId, Epoch, Micros
from central.ports.events import (
    CardEvent,
    OutboxItem,
    Place,
    Processed,
    Reply,
    Validation,
)
from central.ports.records import StoredEntry

Entries = Mapping[tuple[DeviceId, Epoch], Sequence[tuple[StoredEntry, Micros]]]


@dataclass(slots=True)
class Queued:
    item: OutboxItem
    delivery: str = "waiting"
    due_at: Micros = field(default_factory=lambda: Micros(0))


@dataclass(slots=True)
class KeptEvents:
    sequences: dict[CardId, int] = field(default_factory=dict)
    outbox: list[Queued] = field(default_factory=list)
    trail: dict[tuple[CardId, int], CardEvent] = field(default_factory=dict)
    processed: dict[bytes, Processed] = field(default_factory=dict)
    heads: dict[tuple[str, str], Place] = field(default_factory=dict)
    replies: dict[tuple[str, str], Reply] = field(default_factory=dict)


class FakeOutbox:
    def __init__(self, kept: KeptEvents) -> None:
        self._kept = kept

    def next_sequence(self, card_id: CardId) -> int:
        self._kept.sequences[card_id] = self._kept.sequences.get(card_id, 0) + 1
        return self._kept.sequences[card_id]

    def add(self, event: CardEvent) -> None:
        position = len(self._kept.outbox) + 1
        item = OutboxItem(position=position, event=event, tries=0, error="")
        self._kept.outbox.append(Queued(item, due_at=event.occurred_at))

    def claim(self, now: Micros) -> OutboxItem | None:
        waiting = [queued for queued in self._kept.outbox if queued.delivery == "waiting"]
        for queued in waiting:
            event = queued.item.event
            older = (
                other.item.event.card_id == event.card_id
                and other.item.event.sequence < event.sequence
                for other in waiting
            )
            if queued.due_at <= now and not any(older):
                return queued.item
        return None

    def has_due(self, now: Micros) -> bool:
        return self.claim(now) is not None

    def done(self, position: int) -> None:
        self._at(position).delivery = "done"

    def failed(self, position: int, *, tries: int, error: str, due_at: Micros | None) -> None:
        queued = self._at(position)
        queued.item = replace(queued.item, tries=tries, error=error)
        queued.delivery = "dead" if due_at is None else "waiting"
        queued.due_at = queued.due_at if due_at is None else due_at

    def dead(self) -> Sequence[OutboxItem]:
        return [queued.item for queued in self._kept.outbox if queued.delivery == "dead"]

    def revive(self, event_id: str, now: Micros) -> bool:
        for queued in self._kept.outbox:
            if queued.delivery == "dead" and queued.item.event.event_id == event_id:
                queued.item = replace(queued.item, tries=0)
                queued.delivery, queued.due_at = "waiting", now
                return True
        return False

    def forget(self, before: Micros) -> int:
        old = [
            queued
            for queued in self._kept.outbox
            if queued.delivery == "done" and queued.item.event.occurred_at < before
        ]
        for queued in old:
            self._kept.outbox.remove(queued)
        return len(old)

    def _at(self, position: int) -> Queued:
        return next(queued for queued in self._kept.outbox if queued.item.position == position)


class FakeTrail:
    def __init__(self, kept: KeptEvents, entries: Entries) -> None:
        self._kept = kept
        self._entries = entries

    def put(self, event: CardEvent) -> None:
        self._kept.trail.setdefault((event.card_id, event.sequence), event)

    def of(self, card_id: CardId) -> Sequence[CardEvent]:
        found = [event for event in self._kept.trail.values() if event.card_id == card_id]
        return sorted(found, key=lambda event: event.sequence)

    def validations(self, card_id: CardId, most: int) -> Sequence[Validation]:
        found = [
            Validation(
                device_id=device_id,
                door=stored.entry.door,
                attendant=stored.entry.attendant,
                wall=Micros(stored.entry.wall),
                arrived_at=arrived_at,
                decision=stored.entry.decision.value,
                reason=stored.entry.reason,
            )
            for (device_id, _), held in self._entries.items()
            for stored, arrived_at in held
            if stored.entry is not None
            and stored.quarantine is None
            and stored.entry.card_id == card_id
        ]
        found.sort(key=lambda shown: (shown.arrived_at, shown.wall), reverse=True)
        return found[:most]


class FakeProcessed:
    def __init__(self, kept: KeptEvents) -> None:
        self._kept = kept

    def find(self, key: bytes) -> Processed | None:
        return self._kept.processed.get(key)

    def add(self, record: Processed) -> None:
        assert record.key not in self._kept.processed
        self._kept.processed[record.key] = record

    def head(self, source: str, aggregate: str) -> Place | None:
        return self._kept.heads.get((source, aggregate))

    def put_head(self, source: str, aggregate: str, place: Place) -> None:
        self._kept.heads[source, aggregate] = place

    def forget(self, before: Micros) -> int:
        old = [
            record.key for record in self._kept.processed.values() if record.processed_at < before
        ]
        for key in old:
            del self._kept.processed[key]
        return len(old)


class FakeReplies:
    def __init__(self, kept: KeptEvents) -> None:
        self._kept = kept

    def find(self, caller: str, key: str) -> Reply | None:
        return self._kept.replies.get((caller, key))

    def add(self, reply: Reply) -> None:
        assert (reply.caller, reply.key) not in self._kept.replies
        self._kept.replies[reply.caller, reply.key] = reply

    def forget(self, before: Micros) -> int:
        old = [place for place, reply in self._kept.replies.items() if reply.made_at < before]
        for place in old:
            del self._kept.replies[place]
        return len(old)
