"""Look at what the audit takes in: movements go to the feed, counts to the rollups, incidents are kept, in the transaction of the batch.

So each is found exactly once: a batch that is sent again stores nothing, and nothing is looked at.
"""

from collections.abc import Mapping
from typing import Final

from cardcore.ids import CardId, Epoch
from central.errors import Kind
from central.incidents.findings import AHEAD_S, MICROS, doubles_in, incidents_in
from central.incidents.movements import movements_of
from central.ports.happenings import (
    Arrival,
    HappeningsOf,
    Incident,
    IncidentKind,
    SignOfLife,
    incident_id_of,
)
from central.ports.records import Card, Device, Evidence, Gap
from central.ports.rollups import KeptEntry, MemberKey, Tallying
from central.ports.world import Clock

_KINDS: Final = {Kind.FORK: IncidentKind.FORK, Kind.BROKEN_CHAIN: IncidentKind.BROKEN_CHAIN}


class IncidentWatch:
    """The one watch there is."""

    def __init__(self, *, clock: Clock, tallying: Tallying) -> None:
        self._clock = clock
        self._tallying = tallying

    def arrived(self, tx: HappeningsOf, arrival: Arrival) -> None:
        """Entries were stored."""
        audience, first = arrival.device.audience, arrival.entries[0].seq
        entries = [stored.entry for stored in arrival.entries if stored.entry is not None]
        card_ids = {CardId(entry.card_id) for entry in entries if entry.card_id is not None}
        cards = tx.reports.cards(card_ids) if card_ids else {}
        before = tx.reports.clock_before(arrival.device.device_id, arrival.epoch, first)
        found = list(incidents_in(arrival, cards=cards, before=before))
        movements = list(movements_of(arrival))
        behind = tx.feed.publish(audience, movements)
        tx.rollups.add(self._tallying(_kept(arrival), _holders(cards)))
        if any(movement.nonce is not None for movement in movements):
            # after publishing, which lets no other batch of this audience come between
            found += doubles_in(arrival, list(tx.feed.burned(audience, behind)))
        tx.incidents.add(found)

    def contradicted(
        self, tx: HappeningsOf, device: Device, epoch: Epoch, kind: Kind, evidence: Evidence
    ) -> None:
        """An entry contradicts the log."""
        found = _KINDS[kind]
        seq = evidence.seq.to_bytes(8, "big")
        key = (device.device_id.encode(), epoch, seq, evidence.hash)
        tx.incidents.add(
            [
                Incident(
                    incident_id=incident_id_of(found, *key),
                    audience=device.audience,
                    kind=found,
                    found_at=self._clock.micros(),
                    device_id=device.device_id,
                    door=device.door,
                    epoch=epoch,
                    seq=evidence.seq,
                    facts={"why": evidence.why, "hash": evidence.hash.hex()},
                )
            ]
        )

    def skipped(
        self, tx: HappeningsOf, device: Device, epoch: Epoch, *, held: int, believed: int
    ) -> None:
        """A device believes that central holds more of an epoch than it does."""
        kind = IncidentKind.MARK_WENT_BACK
        key = (device.device_id.encode(), epoch, held.to_bytes(8, "big"))
        tx.incidents.add(
            [
                Incident(
                    incident_id=incident_id_of(kind, *key),
                    audience=device.audience,
                    kind=kind,
                    found_at=self._clock.micros(),
                    device_id=device.device_id,
                    door=device.door,
                    epoch=epoch,
                    seq=held,
                    facts={"held": held, "believed": believed},
                )
            ]
        )

    def lost(self, tx: HappeningsOf, device: Device, gap: Gap) -> None:
        """Central goes on behind entries that nobody holds any more."""
        kind = IncidentKind.ENTRIES_LOST
        first, last = (number.to_bytes(8, "big") for number in (gap.first, gap.last))
        tx.incidents.add(
            [
                Incident(
                    incident_id=incident_id_of(
                        kind, device.device_id.encode(), gap.epoch, first, last
                    ),
                    audience=device.audience,
                    kind=kind,
                    found_at=gap.found_at,
                    device_id=device.device_id,
                    door=device.door,
                    epoch=gap.epoch,
                    seq=gap.first,
                    facts={"first": gap.first, "last": gap.last},
                )
            ]
        )

    def beat(
        self, tx: HappeningsOf, device: Device, sign: SignOfLife, before: SignOfLife | None
    ) -> None:
        """A heartbeat came; told once when the device's clock begins to be wrong."""
        kind, now = IncidentKind.CLOCK_JUMP, sign.received_at
        if not _is_off(sign) or (before is not None and _is_off(before)):
            return
        key = (device.device_id.encode(), b"heartbeat", now.to_bytes(8, "big"))
        tx.incidents.add(
            [
                Incident(
                    incident_id=incident_id_of(kind, *key),
                    audience=device.audience,
                    kind=kind,
                    found_at=now,
                    happened_at=sign.wall,
                    device_id=device.device_id,
                    door=device.door,
                    facts={"why": "heartbeat", "by_s": (sign.wall - now) // MICROS},
                )
            ]
        )


def _kept(arrival: Arrival) -> list[KeptEntry]:
    return [
        KeptEntry(
            audience=arrival.device.audience,
            device_id=arrival.device.device_id,
            epoch=arrival.epoch,
            arrived_at=arrival.arrived_at,
            stored=stored,
        )
        for stored in arrival.entries
    ]


def _holders(cards: Mapping[CardId, Card]) -> dict[CardId, MemberKey]:
    return {card_id: MemberKey(card.audience, card.member_id) for card_id, card in cards.items()}


def _is_off(sign: SignOfLife) -> bool:
    return abs(sign.wall - sign.received_at) > AHEAD_S * MICROS
