"""The counts that say how central fares, in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, CardId, DeviceId, Micros, UnixSeconds
from central.ports.happenings import Incident, SignOfLife
from central.ports.records import Card, Device, SignedDocument
from central.ports.vitals import DoorSign, KeptDocuments, Queue
from tests.fakes.central_events import Entries, Queued


class FakeVitals:
    def __init__(
        self,
        *,
        revisions: Mapping[Audience, int],
        documents: Mapping[tuple[DocumentKind, Audience], SignedDocument],
        cards: Mapping[CardId, Card],
        devices: Mapping[DeviceId, Device],
        entries: Entries,
        incidents: Mapping[str, Incident],
        outbox: Sequence[Queued],
        signs: Mapping[DeviceId, SignOfLife],
    ) -> None:
        self._signs = signs
        self._revisions = revisions
        self._documents = documents
        self._cards = cards
        self._devices = devices
        self._entries = entries
        self._incidents = incidents
        self._outbox = outbox

    def doors(self) -> Sequence[DoorSign]:
        devices = sorted(self._devices.values(), key=lambda device: (device.door, device.device_id))
        return [
            DoorSign(
                device.device_id,
                device.door,
                device.audience,
                None if sign is None else sign.received_at,
                None if sign is None else sign.content,
            )
            for device in devices
            for sign in [self._signs.get(device.device_id)]
        ]

    def document_ages(self) -> Mapping[tuple[Audience, str], UnixSeconds]:
        return {
            (document.audience, document.kind.value): document.issued_at
            for document in self._documents.values()
        }

    def audiences(self) -> Sequence[Audience]:
        return sorted(self._revisions)

    def queue(self) -> Queue:
        waiting = [q.item.event.occurred_at for q in self._outbox if q.delivery == "waiting"]
        dead = sum(queued.delivery == "dead" for queued in self._outbox)
        return Queue(waiting=len(waiting), dead=dead, oldest=min(waiting, default=None))

    def documents(self) -> KeptDocuments:
        made = [document.issued_at for document in self._documents.values()]
        return KeptDocuments(count=len(made), oldest=min(made, default=None))

    def cards(self) -> Mapping[tuple[Audience, str], int]:
        return Counter((card.audience, card.state.value) for card in self._cards.values())

    def open_incidents(self) -> Mapping[tuple[Audience, str], int]:
        return Counter(
            (incident.audience, incident.kind.value)
            for incident in self._incidents.values()
            if incident.handled_at is None
        )

    def scans_since(self, arrived_at: Micros) -> Mapping[tuple[Audience, str], int]:
        return Counter(
            (self._devices[device_id].audience, stored.entry.decision.value)
            for (device_id, _), entries in self._entries.items()
            for stored, arrived in entries
            if stored.entry is not None and arrived >= arrived_at
        )
