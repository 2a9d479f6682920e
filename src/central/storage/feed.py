"""Movements of each audience, in an order that only grows.

Whoever publishes first raises the audience's position and so holds its row until the transaction ends: positions are
given out in the order of the commits, and no reader sees a later one before an earlier one.
"""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, Row, case, func, or_, select

from cardcore.audit import Direction
from cardcore.ids import Audience, CardId, DeviceId, Micros
from central.ports.happenings import Movement
from central.storage.copying import BIG, BYTES, TEXT, add_rows
from central.storage.dialect import insert_into
from central.storage.schema_happenings import FEEDS, MOVEMENTS

_columns = MOVEMENTS.c


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

    def publish(self, audience: Audience, movements: Sequence[Movement]) -> None:
        """Put them at the end. Until this transaction ends no other publishes for this audience: no gaps."""
        if not movements:
            return
        statement = insert_into(self._connection, FEEDS).values(
            audience=audience, position=len(movements)
        )
        raised = statement.on_conflict_do_update(
            index_elements=["audience"], set_={"position": FEEDS.c.position + len(movements)}
        )
        end = self._connection.execute(raised.returning(FEEDS.c.position)).scalar_one()
        first = end - len(movements) + 1
        rows = [row_of(audience, movement, first + at) for at, movement in enumerate(movements)]
        add_rows(self._connection, MOVEMENTS.name, WRITTEN, rows)

    def burned(self, audience: Audience, nonces: Collection[bytes]) -> Sequence[Movement]:
        """Every admission that burned one of these nonces which another burned too, in order; of whichever card."""
        here = _columns.audience == audience
        more_than_once = (  # from the index alone: nearly always there are none
            select(_columns.nonce)
            .where(here, _columns.nonce.in_(sorted(nonces)))
            .group_by(_columns.nonce)
            .having(func.count() > 1)
        )
        twice = self._connection.execute(more_than_once).scalars().all()
        if not twice:
            return []
        query = (
            select(MOVEMENTS)
            .where(here, _columns.nonce.in_(sorted(twice)))
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
