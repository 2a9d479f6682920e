"""Events that were processed, and first answers under an Idempotency-Key."""

from typing import Final

from sqlalchemy import Connection, select

from cardcore.ids import Micros
from central.ports.events import Outcome, Place, Processed, Reply
from central.storage.dialect import insert_into
from central.storage.schema_events import EVENT_HEADS, PROCESSED_EVENTS, REPLIES

_records: Final = PROCESSED_EVENTS.c
_heads: Final = EVENT_HEADS.c


class SqlProcessed:
    """The tables of processed events and of the newest one of each aggregate."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, key: bytes) -> Processed | None:
        """The record under this key."""
        query = select(PROCESSED_EVENTS).where(_records.key == key)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return Processed(
            key=row.key,
            source=row.source,
            kind=row.kind,
            aggregate=row.aggregate,
            occurred_at=Micros(row.occurred_us),
            processed_at=Micros(row.processed_us),
            outcome=Outcome(row.outcome),
        )

    def add(self, record: Processed) -> None:
        """A new record."""
        row = {
            "key": record.key,
            "source": record.source,
            "kind": record.kind,
            "aggregate": record.aggregate,
            "occurred_us": record.occurred_at,
            "processed_us": record.processed_at,
            "outcome": record.outcome.value,
        }
        self._connection.execute(PROCESSED_EVENTS.insert().values(**row))

    def head(self, source: str, aggregate: str) -> Place | None:
        """Where the newest event of this aggregate stands that was applied."""
        query = select(EVENT_HEADS).where(_heads.source == source, _heads.aggregate == aggregate)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return Place(sequence=row.sequence, occurred_at=Micros(row.occurred_us))

    def put_head(self, source: str, aggregate: str, place: Place) -> None:
        """A newer one was applied."""
        now = {"sequence": place.sequence, "occurred_us": place.occurred_at}
        statement = insert_into(self._connection, EVENT_HEADS)
        statement = statement.values(source=source, aggregate=aggregate, **now)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["source", "aggregate"], set_=now)
        )

    def forget(self, before: Micros) -> int:
        """Drop records that are older; how many. Heads stay."""
        delete = PROCESSED_EVENTS.delete().where(_records.processed_us < before)
        return self._connection.execute(delete).rowcount


class SqlReplies:
    """The table of first answers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, caller: str, key: str) -> Reply | None:
        """The first answer under this key."""
        query = select(REPLIES).where(REPLIES.c.caller == caller, REPLIES.c.key == key)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return Reply(
            caller=row.caller,
            key=row.key,
            request=row.request,
            status=row.status,
            media_type=row.media_type,
            body=row.body,
            made_at=Micros(row.made_us),
        )

    def add(self, reply: Reply) -> None:
        """A first answer."""
        row = {
            "caller": reply.caller,
            "key": reply.key,
            "request": reply.request,
            "status": reply.status,
            "media_type": reply.media_type,
            "body": reply.body,
            "made_us": reply.made_at,
        }
        self._connection.execute(REPLIES.insert().values(**row))

    def forget(self, before: Micros) -> int:
        """Drop answers that are older; how many."""
        delete = REPLIES.delete().where(REPLIES.c.made_us < before)
        return self._connection.execute(delete).rowcount
