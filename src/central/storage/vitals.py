"""The counts that say how central fares."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from cardcore.ids import Audience, Micros, UnixSeconds
from central.ports.vitals import DoorSign, KeptDocuments, Queue
from central.storage.schema import AUDIENCES, AUDIT_ENTRIES, CARDS, DEVICES, DOCUMENTS
from central.storage.schema_events import OUTBOX
from central.storage.schema_happenings import HEARTBEATS, INCIDENTS

_DOORS: Final = (
    select(
        DEVICES.c.device_id,
        DEVICES.c.door,
        DEVICES.c.audience,
        HEARTBEATS.c.received_us,
        HEARTBEATS.c.content,
    )
    .join_from(DEVICES, HEARTBEATS, HEARTBEATS.c.device_id == DEVICES.c.device_id, isouter=True)
    .order_by(DEVICES.c.door, DEVICES.c.device_id)
)
_WAITING, _DEAD = "waiting", "dead"


class SqlVitals:
    """Counts over the tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def doors(self) -> Sequence[DoorSign]:
        """Every device, by door; asked by each scrape, and for a thousand devices."""
        return [DoorSign(*row) for row in self._connection.execute(_DOORS)]

    def document_ages(self) -> Mapping[tuple[Audience, str], UnixSeconds]:
        """When each document in force was made, by audience and kind."""
        columns = DOCUMENTS.c
        query = select(columns.audience, columns.kind, columns.issued_at)
        return {
            (Audience(row.audience), str(row.kind)): UnixSeconds(row.issued_at)
            for row in self._connection.execute(query)
        }

    def audiences(self) -> Sequence[Audience]:
        """Every audience that is known, by name."""
        query = select(AUDIENCES.c.audience).order_by(AUDIENCES.c.audience)
        return [Audience(row.audience) for row in self._connection.execute(query)]

    def queue(self) -> Queue:
        """The outbox; what was published is not counted, and found by the index at once."""
        query = (
            select(OUTBOX.c.delivery, func.count(), func.min(OUTBOX.c.occurred_us))
            .where(OUTBOX.c.delivery.in_((_WAITING, _DEAD)))
            .group_by(OUTBOX.c.delivery)
        )
        found = {row[0]: (row[1], row[2]) for row in self._connection.execute(query)}
        waiting, oldest = found.get(_WAITING, (0, None))
        dead, _ = found.get(_DEAD, (0, None))
        return Queue(
            waiting=waiting, dead=dead, oldest=None if oldest is None else Micros(int(oldest))
        )

    def documents(self) -> KeptDocuments:
        """The documents in force."""
        query = select(func.count(), func.min(DOCUMENTS.c.issued_at)).select_from(DOCUMENTS)
        count, oldest = self._connection.execute(query).one()
        return KeptDocuments(
            count=count, oldest=None if oldest is None else UnixSeconds(int(oldest))
        )

    def cards(self) -> Mapping[tuple[Audience, str], int]:
        """How many cards, by audience and state."""
        return self._counted(CARDS, CARDS.c.audience, CARDS.c.state)

    def open_incidents(self) -> Mapping[tuple[Audience, str], int]:
        """How many incidents nobody has handled, by audience and kind."""
        columns = INCIDENTS.c
        return self._counted(
            INCIDENTS, columns.audience, columns.kind, columns.handled_at.is_(None)
        )

    def scans_since(self, arrived_at: Micros) -> Mapping[tuple[Audience, str], int]:
        """How many readable entries arrived since then, by audience and decision."""
        columns = AUDIT_ENTRIES.c
        joined = AUDIT_ENTRIES.join(DEVICES, DEVICES.c.device_id == columns.device_id)
        readable = (columns.arrived_us >= arrived_at) & columns.decision.is_not(None)
        return self._counted(joined, DEVICES.c.audience, columns.decision, readable)

    # SQLAlchemy's own types of columns are made of Any
    def _counted(  # type: ignore[explicit-any]
        self,
        table: FromClause,
        audience: ColumnElement[str],
        word: ColumnElement[str],
        where: ColumnElement[bool] | None = None,
    ) -> Mapping[tuple[Audience, str], int]:
        query = select(audience, word, func.count()).select_from(table).group_by(audience, word)
        if where is not None:
            query = query.where(where)
        return {
            (Audience(row[0]), str(row[1])): int(row[2]) for row in self._connection.execute(query)
        }
