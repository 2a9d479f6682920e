"""Find incidents in what a batch brought. Pure: the same entries give the same incidents, with the same ids.

An entry is looked at for, in this order:

quarantine                 central could not read it, it names another device, or it comes from one that was revoked
                           (said once a batch); nothing else is said of it
clock_jump                 its time is before the entry before it, or ahead of central's by more than AHEAD_S
override                   staff let somebody in; the card is not judged again
never_issued               a genuine token for a card that central never issued: somebody else holds a key
admitted_after_revocation  admitted after the card, or its generation, had ended; with how old the door's word was
"""

from collections.abc import Iterator, Mapping
from typing import Final

from cardcore.audit import AuditEntry, Direction, Outcome
from cardcore.ids import CardId, Micros
from cardcore.lifecycle import CardState
from cardcore.reasons import Reason
from central.ports.happenings import (
    Arrival,
    ClockReading,
    Facts,
    Incident,
    IncidentKind,
    Movement,
    incident_id_of,
)
from central.ports.records import Card, Quarantine, StoredEntry

AHEAD_S: Final = 120  # doors are synchronised to a second; a card lives for as long
BACK_S: Final = 5  # what a time server mends in passing
MICROS: Final = 1_000_000
_OVERRIDE_REASON: Final = 1  # its key in an entry's extensions (docs/reference/audit-entry.md)


def incidents_in(
    arrival: Arrival, *, cards: Mapping[CardId, Card], before: ClockReading | None
) -> Iterator[Incident]:
    """The incidents of single entries; ``before`` is the clock of the last readable entry before them."""
    is_told = False  # that the device was revoked is said once, not of each entry
    for stored in arrival.entries:
        if stored.quarantine is not None and not is_told:
            is_told = stored.quarantine is Quarantine.REVOKED_DEVICE
            facts = {"why": stored.quarantine.value}
            yield _of_entry(arrival, stored, IncidentKind.QUARANTINED, facts)
        if stored.entry is None or stored.quarantine is not None:
            continue
        reading = _reading(stored.entry, arrival.arrived_at)
        jump = _clock_jump(reading, before)
        before = reading
        if jump is not None:
            yield _of_entry(arrival, stored, IncidentKind.CLOCK_JUMP, jump)
        yield from _of_card(arrival, stored, stored.entry, cards)


def doubles_in(arrival: Arrival, burned: list[Movement]) -> Iterator[Incident]:
    """An incident for each admission of this arrival whose nonce had been admitted before.

    ``burned`` are all admissions of those nonces in it that were admitted more than once, those of this arrival too, in
    the order of the feed.
    """
    first: dict[tuple[CardId | None, bytes | None], Movement] = {}
    for movement in burned:
        earlier = first.setdefault((movement.card_id, movement.nonce), movement)
        mine = movement.device_id == arrival.device.device_id and movement.epoch == arrival.epoch
        if earlier is not movement and mine and _is_among(arrival, movement.seq):
            yield _double(arrival, movement, earlier)


def _double(arrival: Arrival, movement: Movement, earlier: Movement) -> Incident:
    kind = IncidentKind.DOUBLE_ADMISSION
    return Incident(
        incident_id=incident_id_of(kind, *_place(arrival, movement.seq)),
        audience=arrival.device.audience,
        kind=kind,
        found_at=arrival.arrived_at,
        happened_at=movement.moved_at,
        device_id=arrival.device.device_id,
        door=movement.door,
        epoch=arrival.epoch,
        seq=movement.seq,
        card_id=movement.card_id,
        facts={
            "nonce": movement.nonce.hex() if movement.nonce is not None else None,
            "first_door": earlier.door,
            "first_device": earlier.device_id,
            "first_at_us": earlier.moved_at,
        },
    )


def _is_among(arrival: Arrival, seq: int) -> bool:
    return arrival.entries[0].seq <= seq <= arrival.entries[-1].seq


def _reading(entry: AuditEntry, arrived_at: Micros) -> ClockReading:
    return ClockReading(
        wall=Micros(entry.wall),
        mono=Micros(entry.mono),
        boot_id=entry.boot_id,
        arrived_at=arrived_at,
    )


def _clock_jump(now: ClockReading, before: ClockReading | None) -> Facts | None:
    """Told once when it begins: an entry after one that was ahead already says nothing new."""
    if before is not None:
        passed = now.mono - before.mono if now.boot_id == before.boot_id else 0
        back = before.wall + passed - now.wall
        if back > BACK_S * MICROS:
            return {"why": "went_back", "by_s": back // MICROS}
    if _ahead(now) > AHEAD_S and (before is None or _ahead(before) <= AHEAD_S):
        return {"why": "ahead_of_central", "by_s": _ahead(now)}
    return None


def _ahead(reading: ClockReading) -> int:
    return (reading.wall - reading.arrived_at) // MICROS


def _of_card(
    arrival: Arrival, stored: StoredEntry, entry: AuditEntry, cards: Mapping[CardId, Card]
) -> Iterator[Incident]:
    card = None if entry.card_id is None else cards.get(CardId(entry.card_id))
    if entry.decision is Outcome.ADMIT and entry.reason == Reason.OVERRIDE.value:
        yield _of_entry(arrival, stored, IncidentKind.OVERRIDE, _override(entry, card))
    elif entry.card_id is not None and entry.kid is not None:
        if card is None or (
            entry.decision is Outcome.ADMIT and card.audience != arrival.device.audience
        ):
            yield _never_issued(arrival, stored, entry)
        else:
            facts = _after_revocation(entry, card)
            if facts is not None:
                yield _of_entry(arrival, stored, IncidentKind.ADMITTED_AFTER_REVOCATION, facts)


def _override(entry: AuditEntry, card: Card | None) -> Facts:
    why = entry.extensions.get(_OVERRIDE_REASON)
    return {
        "attendant": entry.attendant,
        "direction": entry.direction.value,
        "why": why if isinstance(why, str) else None,
        "card_state": None if card is None else card.state.value,
    }


def _never_issued(arrival: Arrival, stored: StoredEntry, entry: AuditEntry) -> Incident:
    """Every admission of such a card is a fact of its own; that it was shown is one fact, however often."""
    facts = {
        "decision": entry.decision.value,
        "reason": entry.reason,
        "kid": None if entry.kid is None else entry.kid.hex(),
        "mode": entry.mode,
    }
    shown = None if entry.decision is Outcome.ADMIT else entry.card_id
    return _of_entry(arrival, stored, IncidentKind.NEVER_ISSUED, facts, about=shown)


def _after_revocation(entry: AuditEntry, card: Card) -> Facts | None:
    late_s = entry.wall // MICROS - card.changed_at
    came_in = entry.decision is Outcome.ADMIT and entry.direction is Direction.ENTRY
    if not came_in or late_s <= 0:
        return None
    if card.state is CardState.REVOKED:
        why = "revoked"
    elif entry.generation is not None and entry.generation < card.generation:
        why = "superseded"
    else:
        return None
    return {
        "why": why,
        "ended_at": card.changed_at,
        "late_s": late_s,
        "list_age_s": entry.status_age_s,
        "list_origin": entry.status_origin,
        "lists_version": entry.lists_version,
    }


def _place(arrival: Arrival, seq: int) -> tuple[bytes, ...]:
    return arrival.device.device_id.encode(), arrival.epoch, seq.to_bytes(8, "big")


def _of_entry(
    arrival: Arrival,
    stored: StoredEntry,
    kind: IncidentKind,
    facts: Facts,
    *,
    about: bytes | None = None,
) -> Incident:
    """An incident of one entry; ``about`` is what makes it the same fact at another entry, too."""
    entry, device = stored.entry, arrival.device
    key = _place(arrival, stored.seq) if about is None else (device.audience.encode(), about)
    return Incident(
        incident_id=incident_id_of(kind, *key),
        audience=device.audience,
        kind=kind,
        found_at=arrival.arrived_at,
        happened_at=None if entry is None else Micros(entry.wall),
        device_id=device.device_id,
        door=device.door,
        epoch=arrival.epoch,
        seq=stored.seq,
        card_id=None if entry is None or entry.card_id is None else CardId(entry.card_id),
        facts=facts,
    )
