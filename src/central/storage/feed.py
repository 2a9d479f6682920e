"""Movements of each audience, in an order that only grows.

Whoever publishes first raises the audience's position and so holds its row until the transaction ends: positions are
given out in the order of the commits, and no reader sees a later one before an earlier one.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Row, case, func, or_, select, text

from cardcore.audit import Direction
from cardcore.ids import Audience, CardId, DeviceId, Micros
from central.ports.happenings import Movement
from central.storage.copying import BIG, BYTES, TEXT, add_rows
from central.storage.dialect import insert_into, is_postgresql
from central.storage.schema_happenings import FEEDS, MOVEMENTS

_columns = MOVEMENTS.c
# The nonces are not handed back and forth: binding a thousand of them takes SQLite four times as long as the search.
_TWICE: Final = text(
    "SELECT new.nonce FROM movements AS new"
    " WHERE new.audience = :audience AND new.position > :behind AND new.nonce IS NOT NULL"
    " AND EXISTS (SELECT 1 FROM movements AS other WHERE other.audience = new.audience"
    " AND other.nonce = new.nonce AND other.position <> new.position)"
)
# An array is looked up in the index, whatever PostgreSQL believes to know of rows that have just been written.
_TWICE_POSTGRESQL: Final = text(
    "SELECT nonce FROM movements WHERE audience = :audience AND nonce = ANY (ARRAY("
    "SELECT nonce FROM movements WHERE audience = :audience AND position > :behind AND nonce IS NOT NULL))"
    " GROUP BY nonce HAVING count(*) > 1"
)
WRITTEN: Final = {  # in the order of row_of
    "audience": TEXT,
    "position": BIG,
    "device_id": TEXT,
    "epoch": BYTES,
    "seq": BIG,
    "door": TEXT,
    "card_id": BYTES,
    "nonce": BYTES,
    "direction": TEXT,
    "moved_us": BIG,
}


class SqlFeed:
    """The tables of movements and positions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def publish(self, audience: Audience, movements: Sequence[Movement]) -> int:
        """Put them at the end; the position behind which they are. Until this transaction ends no other publishes here."""
        if not movements:
            return 0
        statement = insert_into(self._connection, FEEDS).values(
            audience=audience, position=len(movements)
        )
        raised = statement.on_conflict_do_update(
            index_elements=["audience"], set_={"position": FEEDS.c.position + len(movements)}
        )
        end = self._connection.execute(raised.returning(FEEDS.c.position)).scalar_one()
        behind = int(end) - len(movements)
        rows = [row_of(audience, movement, at) for at, movement in enumerate(movements, behind + 1)]
        add_rows(self._connection, MOVEMENTS.name, WRITTEN, rows)
        return behind

    def burned(self, audience: Audience, behind: int) -> Sequence[Movement]:
        """Every admission whose nonce another burned too, if one of those is ``behind`` this position; in order."""
        search = _TWICE_POSTGRESQL if is_postgresql(self._connection) else _TWICE
        asked = {"audience": audience, "behind": behind}
        twice = set(self._connection.execute(search, asked).scalars())
        if not twice:  # nearly always
            return []
        query = (
            select(MOVEMENTS)
            .where(_columns.audience == audience, _columns.nonce.in_(sorted(twice)))
            .order_by(_columns.position)
        )
        return [_movement(row) for row in self._connection.execute(query)]

    def after(
        self, audience: Audience, position: int, most: int, *, not_of: tuple[DeviceId, bytes | None]
    ) -> Sequence[Movement]:
        """At most ``most`` behind ``position``, in order; without those of this device (of this epoch, if one is given)."""
        device_id, epoch = not_of
        others = _columns.device_id != device_id
        query = (
            select(MOVEMENTS)
            .where(
                _columns.audience == audience,
                _columns.position > position,
                others if epoch is None else or_(others, _columns.epoch != epoch),
            )
            .order_by(_columns.position)
            .limit(most)
        )
        return [_movement(row) for row in self._connection.execute(query)]

    def end(self, audience: Audience) -> int:
        """The last position, 0 for none."""
        query = select(FEEDS.c.position).where(FEEDS.c.audience == audience)
        return self._connection.execute(query).scalar() or 0

    def before(self, audience: Audience, moved_at: Micros) -> int:
        """The position just before the first movement at or after this instant; the end where there is none."""
        query = select(func.min(_columns.position)).where(
            _columns.audience == audience, _columns.moved_us >= moved_at
        )
        first = self._connection.execute(query).scalar()
        return self.end(audience) if first is None else first - 1

    def inside(self, audience: Audience, since: Micros) -> int:
        """How many came in at or after this instant and have not come out."""
        later = MOVEMENTS.alias("later")
        same_time = (later.c.moved_us == _columns.moved_us) & (later.c.position > _columns.position)
        moved_on = (
            select(later.c.position)
            .where(
                later.c.audience == _columns.audience,
                later.c.card_id == _columns.card_id,
                or_(later.c.moved_us > _columns.moved_us, same_time),
            )
            .exists()
        )
        lately = (_columns.audience == audience) & (_columns.moved_us >= since)
        holders = select(func.count()).where(
            lately,
            _columns.card_id.is_not(None),
            _columns.direction == Direction.ENTRY.value,
            ~moved_on,
        )
        change = case((_columns.direction == Direction.ENTRY.value, 1), else_=-1)
        others = select(func.coalesce(func.sum(change), 0)).where(
            lately, _columns.card_id.is_(None)
        )
        nameless = int(self._connection.execute(others).scalar_one())
        return int(self._connection.execute(holders).scalar_one()) + max(0, nameless)

    def forget(self, before: Micros, most: int) -> int:
        """Drop movements before this instant, at most ``most`` of each audience; how many. Positions go on."""
        dropped = 0
        for audience in self._connection.execute(select(FEEDS.c.audience)).scalars().all():
            old = (
                select(_columns.position)
                .where(_columns.audience == audience, _columns.moved_us < before)
                .order_by(_columns.moved_us)
                .limit(most)
            )
            delete = MOVEMENTS.delete().where(
                _columns.audience == audience, _columns.position.in_(old)
            )
            dropped += self._connection.execute(delete).rowcount
        return dropped


def row_of(audience: Audience, movement: Movement, position: int) -> tuple[object, ...]:
    """What is written of a movement."""
    return (
        audience,
        position,
        movement.device_id,
        movement.epoch,
        movement.seq,
        movement.door,
        movement.card_id,
        movement.nonce,
        movement.direction.value,
        movement.moved_at,
    )


def _movement(row: Row[tuple[object, ...]]) -> Movement:
    return Movement(
        device_id=DeviceId(row.device_id),
        epoch=row.epoch,
        seq=row.seq,
        door=row.door,
        card_id=None if row.card_id is None else CardId(row.card_id),
        nonce=row.nonce,
        direction=Direction(row.direction),
        moved_at=Micros(row.moved_us),
        position=row.position,
    )
