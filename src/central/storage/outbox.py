"""The outbox, and the trail projected from it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Row, Select, select

from cardcore.audit import parse_entry
from cardcore.ids import Audience, CardId, DeviceId, Micros
from cardcore.lifecycle import CardState
from central.ports.events import CardEvent, EventKind, OutboxItem, Validation
from central.storage.dialect import insert_into
from central.storage.schema import AUDIT_ENTRIES, CARDS
from central.storage.schema_events import CARD_TRAIL, OUTBOX

WAITING: Final = "waiting"
DONE: Final = "done"
DEAD: Final = "dead"

_columns: Final = OUTBOX.c
_entries: Final = AUDIT_ENTRIES.c


class SqlOutbox:
    """The table of events on their way."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_sequence(self, card_id: CardId) -> int:
        """The number of the next event of this card."""
        update = CARDS.update().where(CARDS.c.card_id == card_id)
        update = update.values(last_event=CARDS.c.last_event + 1)
        return int(self._connection.execute(update.returning(CARDS.c.last_event)).scalar_one())

    def add(self, event: CardEvent) -> None:
        """An event, to be published once this transaction is committed."""
        row = _fields(event) | {
            "delivery": WAITING,
            "tries": 0,
            "due_us": event.occurred_at,
            "error": "",
        }
        self._connection.execute(OUTBOX.insert().values(**row))

    def claim(self, now: Micros) -> OutboxItem | None:
        """The oldest event that is due, held until this transaction ends; one held by another is passed over."""
        query = _due(now).with_for_update(skip_locked=True, of=OUTBOX)
        row = self._connection.execute(query).first()
        return None if row is None else _item(row)

    def has_due(self, now: Micros) -> bool:
        """Whether there is anything to claim."""
        return self._connection.execute(_due(now)).first() is not None

    def done(self, position: int) -> None:
        """Every subscriber has it."""
        update = OUTBOX.update().where(_columns.position == position)
        self._connection.execute(update.values(delivery=DONE, error=""))

    def failed(self, position: int, *, tries: int, error: str, due_at: Micros | None) -> None:
        """A try failed; the next is due at that instant, or there is none: a dead letter."""
        changed: dict[str, object] = {"tries": tries, "error": error}
        changed |= {"delivery": DEAD} if due_at is None else {"due_us": due_at}
        update = OUTBOX.update().where(_columns.position == position, _columns.delivery == WAITING)
        self._connection.execute(update.values(**changed))

    def dead(self) -> Sequence[OutboxItem]:
        """The dead letters, the oldest first."""
        query = select(OUTBOX).where(_columns.delivery == DEAD).order_by(_columns.position)
        return [_item(row) for row in self._connection.execute(query)]

    def revive(self, event_id: str, now: Micros) -> bool:
        """Make a dead letter due again; whether there was such a one."""
        update = OUTBOX.update().where(_columns.event_id == event_id, _columns.delivery == DEAD)
        update = update.values(delivery=WAITING, tries=0, due_us=now)
        return self._connection.execute(update.returning(_columns.position)).first() is not None

    def forget(self, before: Micros) -> int:
        """Drop what was published and is older; how many."""
        delete = OUTBOX.delete().where(_columns.delivery == DONE, _columns.occurred_us < before)
        return self._connection.execute(delete).rowcount


class SqlTrail:
    """The table of what happened to each card, and the audit entries that name it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, event: CardEvent) -> None:
        """A line; once, however often it is put."""
        statement = insert_into(self._connection, CARD_TRAIL).values(**_fields(event))
        self._connection.execute(statement.on_conflict_do_nothing())

    def of(self, card_id: CardId) -> Sequence[CardEvent]:
        """The lines of one card, by sequence."""
        query = select(CARD_TRAIL).where(CARD_TRAIL.c.card_id == card_id)
        rows = self._connection.execute(query.order_by(CARD_TRAIL.c.sequence))
        return [_event(row) for row in rows]

    def validations(self, card_id: CardId, most: int) -> Sequence[Validation]:
        """When the card was shown, the latest arrivals first."""
        query = (
            select(AUDIT_ENTRIES)
            .where(_entries.card_id == card_id, _entries.quarantine.is_(None))
            .order_by(_entries.arrived_us.desc(), _entries.wall_us.desc(), _entries.seq.desc())
            .limit(most)
        )
        return [_validation(row) for row in self._connection.execute(query)]


def _due(now: Micros) -> Select[tuple[object, ...]]:
    older = OUTBOX.alias("older")
    waits = (
        select(older.c.position)
        .where(
            older.c.card_id == _columns.card_id,
            older.c.sequence < _columns.sequence,
            older.c.delivery == WAITING,
        )
        .exists()
    )
    return (
        select(OUTBOX)
        .where(_columns.delivery == WAITING, _columns.due_us <= now, ~waits)
        .order_by(_columns.position)
        .limit(1)
    )


def _fields(event: CardEvent) -> dict[str, object]:
    return {
        "event_id": event.event_id,
        "kind": event.kind.value,
        "audience": event.audience,
        "card_id": event.card_id,
        "sequence": event.sequence,
        "occurred_us": event.occurred_at,
        "state": event.state.value,
        "generation": event.generation,
        "actor": event.actor,
        "why": event.why,
    }


def _event(row: Row[tuple[object, ...]]) -> CardEvent:
    return CardEvent(
        event_id=row.event_id,
        kind=EventKind(row.kind),
        audience=Audience(row.audience),
        card_id=CardId(row.card_id),
        sequence=row.sequence,
        occurred_at=Micros(row.occurred_us),
        state=CardState(row.state),
        generation=row.generation,
        actor=row.actor,
        why=row.why,
    )


def _item(row: Row[tuple[object, ...]]) -> OutboxItem:
    return OutboxItem(position=row.position, event=_event(row), tries=row.tries, error=row.error)


def _validation(row: Row[tuple[object, ...]]) -> Validation:
    return Validation(
        device_id=DeviceId(row.device_id),
        door=row.door,
        attendant=parse_entry(row.raw).attendant,
        wall=Micros(row.wall_us),
        arrived_at=Micros(row.arrived_us),
        decision=row.decision,
        reason=row.reason,
    )
