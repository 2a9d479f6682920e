"""What must be true of doors and central when a schedule has ended, whatever happened in it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from sqlalchemy import text

from cardcore.audit import AuditEntry, parse_entry, verify_chain
from cardcore.ids import DeviceId, Epoch
from tests.fakes.protocol_central import ProtocolCentral
from tests.fakes.protocol_door import Key, ProtocolDoor

Place = tuple[str, bytes, int]
_ENTRIES = text(
    "SELECT epoch, seq, raw FROM audit_entries WHERE device_id = :device ORDER BY epoch, seq"
)
_DOUBLES = text("SELECT device_id, epoch, seq FROM incidents WHERE kind = 'double_admission'")


@dataclass(slots=True)
class Held:
    """What central holds of one door: entries by epoch, and how often each was given a place."""

    log: dict[Epoch, list[AuditEntry]] = field(default_factory=lambda: defaultdict(list))
    places: Counter[Key] = field(default_factory=Counter)


def held_of(central: ProtocolCentral, device: str) -> Held:
    """Central's log of one door; every chain in it is walked."""
    held, raws = Held(), defaultdict[Epoch, list[bytes]](list)
    with central._storage._engine.connect() as connection:
        for epoch, _seq, raw in connection.execute(_ENTRIES, {"device": device}):
            entry = parse_entry(bytes(raw))
            raws[Epoch(bytes(epoch))].append(bytes(raw))
            held.log[Epoch(bytes(epoch))].append(entry)
            held.places[entry.wall, entry.mono] += 1
    for epoch, log in raws.items():
        verify_chain(log, epoch)
    return held


def check_door(held: Held, door: ProtocolDoor, destroyed: set[Key], may_repeat: set[Key]) -> int:
    """Every verdict shown is in central once, in order; all of the ledger is; how many verdicts that were."""
    for epoch in door.log.epochs():
        door.log.verify(epoch)
    for key, times in held.places.items():
        assert times == 1 or key in may_repeat, f"entry {key} is in central {times} times"
    for key in [*door.screen.shown, *door.keys_of_log()]:
        assert held.places[key] >= 1 or key in destroyed, f"entry {key} is lost"
    turn = {key: number for number, key in enumerate(door.screen.shown)}
    for log in held.log.values():
        turns = [turn[entry.wall, entry.mono] for entry in log if (entry.wall, entry.mono) in turn]
        assert turns == sorted(turns), (
            "central has verdicts in another order than they were shown in"
        )
    return len(door.screen.shown)


def check_doubles(central: ProtocolCentral, held: dict[DeviceId, Held]) -> int:
    """Each nonce admitted more than once is an incident; how many doubles there were."""
    places: dict[tuple[bytes, bytes], list[Place]] = defaultdict(list)
    for device, one in held.items():
        for epoch, log in one.log.items():
            for entry in log:
                if entry.decision.value == "admit" and entry.card_id and entry.nonce:
                    places[entry.card_id, entry.nonce].append((device, epoch, entry.seq))
    with central._storage._engine.connect() as connection:
        told = {(row[0], bytes(row[1]), row[2]) for row in connection.execute(_DOUBLES)}
    for nonce, found in places.items():
        assert len(found) - len(told.intersection(found)) <= 1, f"{nonce} doubled, and not told"
    return sum(len(found) - 1 for found in places.values())
