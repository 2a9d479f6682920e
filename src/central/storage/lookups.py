"""What the dashboard looks up beside the rollups."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, func, select

from cardcore.ids import Audience, DeviceId, Micros
from cardcore.lifecycle import CardState
from central.ports.lookups import DoorRow, News, Queue
from central.ports.records import Card
from central.ports.rollups import Period
from central.storage.cards import card_of
from central.storage.outbox import DEAD, WAITING
from central.storage.schema import AUDIENCES, AUDIT_ENTRIES, CARDS, DEVICES
from central.storage.schema_events import OUTBOX
from central.storage.schema_happenings import HEARTBEATS, INCIDENTS
from central.storage.schema_watching import ALERTS


class SqlLookups:
    """Counts and lists over several tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def audiences(self) -> Sequence[Audience]:
        """Every audience there is."""
        query = select(AUDIENCES.c.audience).order_by(AUDIENCES.c.audience)
        return [Audience(row.audience) for row in self._connection.execute(query)]

    def cards_by_state(self, audiences: Collection[Audience]) -> Mapping[CardState, int]:
        """How many cards are in each state; a state that none is in may be missing."""
        query = (
            select(CARDS.c.state, func.count().label("cards"))
            .where(CARDS.c.audience.in_(sorted(audiences)))
            .group_by(CARDS.c.state)
        )
        return {CardState(row.state): row.cards for row in self._connection.execute(query)}

    def cards_issued(self, audiences: Collection[Audience], period: Period) -> int:
        """How many were issued in this period."""
        query = select(func.count()).where(
            CARDS.c.audience.in_(sorted(audiences)),
            CARDS.c.issued_at >= period.since,
            CARDS.c.issued_at < period.until,
        )
        return int(self._connection.execute(query).scalar_one())

    def cards(
        self,
        audiences: Collection[Audience],
        *,
        state: CardState | None,
        issued: Period | None,
        most: int,
    ) -> Sequence[Card]:
        """The cards behind such a number, the latest changed first."""
        query = select(CARDS).where(CARDS.c.audience.in_(sorted(audiences)))
        if state is not None:
            query = query.where(CARDS.c.state == state.value)
        if issued is not None:
            query = query.where(CARDS.c.issued_at >= issued.since, CARDS.c.issued_at < issued.until)
        query = query.order_by(CARDS.c.changed_at.desc(), CARDS.c.card_id).limit(most)
        return [card_of(row) for row in self._connection.execute(query)]

    def doors(self, audiences: Collection[Audience]) -> Sequence[DoorRow]:
        """The devices that are not shut out, by door."""
        query = (
            select(
                DEVICES.c.device_id,
                DEVICES.c.door,
                DEVICES.c.audience,
                DEVICES.c.program,
                HEARTBEATS.c.received_us,
                HEARTBEATS.c.content,
            )
            .join_from(
                DEVICES, HEARTBEATS, HEARTBEATS.c.device_id == DEVICES.c.device_id, isouter=True
            )
            .where(DEVICES.c.audience.in_(sorted(audiences)), DEVICES.c.revoked_at.is_(None))
            .order_by(DEVICES.c.door, DEVICES.c.device_id)
        )
        return [
            DoorRow(
                device_id=DeviceId(device_id),
                door=door,
                audience=Audience(audience),
                program=program,
                heard_at=None if heard is None else Micros(heard),
                heartbeat=content,
            )
            for device_id, door, audience, program, heard, content in self._connection.execute(
                query
            )
        ]

    def queue(self, audiences: Collection[Audience]) -> Queue:
        """The events of these audiences that are on their way."""
        query = (
            select(OUTBOX.c.delivery, func.count().label("events"))
            .where(OUTBOX.c.delivery.in_([WAITING, DEAD]), OUTBOX.c.audience.in_(sorted(audiences)))
            .group_by(OUTBOX.c.delivery)
        )
        found = {row.delivery: row.events for row in self._connection.execute(query)}
        return Queue(waiting=found.get(WAITING, 0), dead=found.get(DEAD, 0))

    def open_incidents(self, audiences: Collection[Audience]) -> Mapping[str, int]:
        """How many incidents nobody has seen to, by kind."""
        query = (
            select(INCIDENTS.c.kind, func.count().label("incidents"))
            .where(INCIDENTS.c.audience.in_(sorted(audiences)), INCIDENTS.c.handled_at.is_(None))
            .group_by(INCIDENTS.c.kind)
        )
        return {row.kind: row.incidents for row in self._connection.execute(query)}

    def news(self, audiences: Collection[Audience]) -> News:
        """Where everything stands."""
        newest = INCIDENTS.c.audience.in_(sorted(audiences))
        parts = (
            select(func.max(AUDIT_ENTRIES.c.arrived_us)),
            select(func.max(INCIDENTS.c.found_us)).where(newest),
            select(func.max(ALERTS.c.since_us)),
            select(func.max(OUTBOX.c.position)),
        )
        found = self._connection.execute(select(*(part.scalar_subquery() for part in parts))).one()
        return News(*(value or 0 for value in found))
