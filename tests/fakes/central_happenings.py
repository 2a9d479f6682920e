"""Operators, incidents, the feed and reports in memory, for tests/fakes/central_storage.py."""

import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cardcore.audit import Direction
from cardcore.ids import Audience, CardId, DeviceId, Epoch, Micros, UnixSeconds
from central.ports.happenings import ClockReading, Incident, Movement, SignOfLife
from central.ports.records import AuditLine, Card, Device, Operator, StoredEntry


@dataclass(slots=True)
class Happened:
    operators: dict[str, Operator] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    movements: dict[Audience, list[Movement]] = field(default_factory=dict)
    ends: dict[Audience, int] = field(default_factory=dict)
    signs: dict[DeviceId, SignOfLife] = field(default_factory=dict)


class FakeOperators:
    def __init__(self, happened: Happened) -> None:
        self._operators = happened.operators

    def by_token_hash(self, token_hash: bytes) -> Operator | None:
        return next((o for o in self._operators.values() if o.token_hash == token_hash), None)

    def find(self, name: str) -> Operator | None:
        return self._operators.get(name)

    def all(self) -> Sequence[Operator]:
        return [self._operators[name] for name in sorted(self._operators)]

    def put(self, operator: Operator) -> None:
        self._operators[operator.name] = operator


class FakeIncidents:
    def __init__(self, happened: Happened) -> None:
        self._incidents = happened.incidents

    def add(self, incidents: Sequence[Incident]) -> None:
        for incident in incidents:
            self._incidents.setdefault(incident.incident_id, incident)

    def find(self, incident_id: str) -> Incident | None:
        return self._incidents.get(incident_id)

    def of(
        self, audiences: Collection[Audience], *, handled: bool | None, most: int
    ) -> Sequence[Incident]:
        found = [
            incident
            for incident in self._incidents.values()
            if incident.audience in audiences and handled in {None, incident.handled_at is not None}
        ]
        return sorted(found, key=lambda i: (-i.found_at, i.incident_id))[:most]

    def handle(self, incident_id: str, *, at: UnixSeconds, by: str) -> None:
        kept = self._incidents.get(incident_id)
        if kept is not None and kept.handled_at is None:
            self._incidents[incident_id] = replace(kept, handled_at=at, handled_by=by)


class FakeFeed:
    def __init__(self, happened: Happened) -> None:
        self._movements = happened.movements
        self._ends = happened.ends

    def publish(self, audience: Audience, movements: Sequence[Movement]) -> int:
        held = self._movements.setdefault(audience, [])
        behind = self.end(audience) if movements else 0
        for movement in movements:
            self._ends[audience] = self.end(audience) + 1
            held.append(replace(movement, position=self._ends[audience]))
        return behind

    def burned(self, audience: Audience, behind: int) -> Sequence[Movement]:
        every = [m for m in self._movements.get(audience, []) if m.nonce is not None]
        nonces = {m.nonce for m in every if m.position > behind}
        held = [m for m in every if m.nonce in nonces]
        times = Counter(m.nonce for m in held)
        return [m for m in held if times[m.nonce] > 1]

    def after(
        self, audience: Audience, position: int, most: int, *, not_of: tuple[DeviceId, bytes | None]
    ) -> Sequence[Movement]:
        device_id, epoch = not_of
        return [
            movement
            for movement in self._movements.get(audience, [])
            if movement.position > position
            and not (movement.device_id == device_id and epoch in {None, movement.epoch})
        ][:most]

    def end(self, audience: Audience) -> int:
        return self._ends.get(audience, 0)

    def before(self, audience: Audience, moved_at: Micros) -> int:
        held = self._movements.get(audience, [])
        late = [movement.position for movement in held if movement.moved_at >= moved_at]
        return min(late) - 1 if late else self.end(audience)

    def inside(self, audience: Audience, since: Micros) -> int:
        last: dict[CardId, Movement] = {}
        nameless = 0
        for movement in sorted(
            self._movements.get(audience, []), key=lambda m: (m.moved_at, m.position)
        ):
            if movement.card_id is not None:
                last[movement.card_id] = movement
            elif movement.moved_at >= since:
                nameless += 1 if movement.direction is Direction.ENTRY else -1
        holders = sum(
            movement.moved_at >= since and movement.direction is Direction.ENTRY
            for movement in last.values()
        )
        return holders + max(0, nameless)

    def forget(self, before: Micros, most: int) -> int:
        dropped = 0
        for held in self._movements.values():
            old = sorted((m for m in held if m.moved_at < before), key=lambda m: m.moved_at)[:most]
            for movement in old:
                held.remove(movement)
            dropped += len(old)
        return dropped


class FakeReports:
    def __init__(
        self,
        happened: Happened,
        cards: Mapping[CardId, Card],
        devices: Mapping[DeviceId, Device],
        entries: Mapping[tuple[DeviceId, Epoch], Sequence[tuple[StoredEntry, Micros]]],
        lines: Callable[[int], Sequence[AuditLine]],
    ) -> None:
        self._signs = happened.signs
        self._cards = cards
        self._devices = devices
        self._entries = entries
        self._lines = lines

    def cards(self, card_ids: Collection[CardId]) -> Mapping[CardId, Card]:
        return {card_id: self._cards[card_id] for card_id in card_ids if card_id in self._cards}

    def clock_before(self, device_id: DeviceId, epoch: Epoch, seq: int) -> ClockReading | None:
        for stored, arrived_at in reversed(self._entries.get((device_id, epoch), [])):
            if stored.seq < seq and stored.entry is not None:
                return ClockReading(
                    wall=Micros(stored.entry.wall),
                    mono=Micros(stored.entry.mono),
                    boot_id=stored.entry.boot_id,
                    arrived_at=arrived_at,
                )
        return None

    def audit_lines(
        self, audiences: Collection[Audience], *, card_id: CardId | None, most: int
    ) -> Sequence[AuditLine]:
        found = [
            line
            for line in self._lines(sys.maxsize)
            if self._devices[line.device_id].audience in audiences
            and card_id in {None, line.card_id}
        ]
        return found[-most:]

    def put_sign(self, sign: SignOfLife) -> None:
        self._signs[sign.device_id] = sign

    def signs(self) -> Mapping[DeviceId, SignOfLife]:
        return dict(self._signs)
