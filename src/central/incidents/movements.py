"""Who came in and who went out, by what the audit says. Pure."""

from collections.abc import Iterator

from cardcore.audit import AuditEntry, Direction, Outcome
from cardcore.card import Mode
from cardcore.ids import CardId, Micros
from cardcore.reasons import Reason
from central.ports.happenings import Arrival, Movement

_OUT = frozenset((Reason.EXIT.value, Reason.UNDO.value))
_BURNING = frozenset(mode.value for mode in Mode if mode.burns_nonce)


def direction_of(entry: AuditEntry) -> Direction | None:
    """Which way somebody went by this entry: an admission its own way, an exit or an undo out; else None."""
    if entry.decision is Outcome.ADMIT:
        return entry.direction
    if entry.decision is Outcome.RECORD and entry.reason in _OUT:
        return Direction.EXIT
    return None


def movements_of(arrival: Arrival) -> Iterator[Movement]:
    """The movements in what was stored; entries in quarantine move nobody."""
    for stored in arrival.entries:
        entry = stored.entry
        if entry is None or stored.quarantine is not None:
            continue
        direction = direction_of(entry)
        if direction is not None:
            yield Movement(
                device_id=arrival.device.device_id,
                epoch=arrival.epoch,
                seq=stored.seq,
                door=arrival.device.door,
                card_id=None if entry.card_id is None else CardId(entry.card_id),
                nonce=_burned(entry),
                direction=direction,
                moved_at=Micros(entry.wall),
            )


def _burned(entry: AuditEntry) -> bytes | None:
    burns = entry.decision is Outcome.ADMIT and entry.direction is Direction.ENTRY
    return entry.nonce if burns and entry.mode in _BURNING else None
