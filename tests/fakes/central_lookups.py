"""What the dashboard looks up, in memory, for tests/fakes/central_storage.py."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from cardcore.ids import Audience, CardId, DeviceId
from cardcore.lifecycle import CardState
from central.ports.lookups import DatabaseState, DoorRow, News, Queue
from central.ports.records import Card, Device
from central.ports.rollups import Period
from tests.fakes.central_audit_log import Entries
from tests.fakes.central_events import KeptEvents
from tests.fakes.central_happenings import Happened
from tests.fakes.central_watching import Watched

STATE: Final = DatabaseState(
    kind="memory",
    connections=0,
    connections_max=1,
    size_bytes=1_000_000,
    free_bytes=9_000_000,
    total_bytes=10_000_000,
    slow=(),
    slow_total=0,
)


class Everything(Protocol):
    cards: dict[CardId, Card]
    revisions: dict[Audience, int]
    devices: dict[DeviceId, Device]
    entries: Entries
    happened: Happened
    events: KeptEvents
    watched: Watched


class FakeLookups:
    def __init__(self, kept: Everything) -> None:
        self._kept = kept

    def audiences(self) -> Sequence[Audience]:
        return sorted(self._kept.revisions)

    def cards_by_state(self, audiences: Collection[Audience]) -> Mapping[CardState, int]:
        cards = self._kept.cards.values()
        return Counter(card.state for card in cards if card.audience in audiences)

    def cards_issued(self, audiences: Collection[Audience], period: Period) -> int:
        return len(self.cards(audiences, state=None, issued=period, most=1 << 30))

    def cards(
        self,
        audiences: Collection[Audience],
        *,
        state: CardState | None,
        issued: Period | None,
        most: int,
    ) -> Sequence[Card]:
        found = [
            card
            for card in self._kept.cards.values()
            if card.audience in audiences
            and state in {None, card.state}
            and (issued is None or issued.since <= card.issued_at < issued.until)
        ]
        return sorted(found, key=lambda card: (-card.changed_at, card.card_id))[:most]

    def doors(self, audiences: Collection[Audience]) -> Sequence[DoorRow]:
        found = [
            device
            for device in self._kept.devices.values()
            if device.audience in audiences and device.revoked_at is None
        ]
        return [self._row(d) for d in sorted(found, key=lambda d: (d.door, d.device_id))]

    def _row(self, device: Device) -> DoorRow:
        sign = self._kept.happened.signs.get(device.device_id)
        return DoorRow(
            device_id=device.device_id,
            door=device.door,
            audience=device.audience,
            program=device.program,
            heard_at=None if sign is None else sign.received_at,
            heartbeat=None if sign is None else sign.content,
        )

    def queue(self, audiences: Collection[Audience]) -> Queue:
        words = [
            queued.delivery
            for queued in self._kept.events.outbox
            if queued.item.event.audience in audiences
        ]
        return Queue(waiting=words.count("waiting"), dead=words.count("dead"))

    def open_incidents(self, audiences: Collection[Audience]) -> Mapping[str, int]:
        incidents = self._kept.happened.incidents.values()
        return Counter(
            i.kind.value for i in incidents if i.audience in audiences and i.handled_at is None
        )

    def news(self, audiences: Collection[Audience]) -> News:
        incidents = self._kept.happened.incidents.values()
        return News(
            max((at for held in self._kept.entries.values() for _, at in held), default=0),
            max((i.found_at for i in incidents if i.audience in audiences), default=0),
            max((alert.since for alert in self._kept.watched.alerts.values()), default=0),
            len(self._kept.events.outbox),
        )
