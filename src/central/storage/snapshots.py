"""The chunks of snapshots."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select

from cardcore.ids import Audience, UnixSeconds
from central.ports.snapshots import KeptChunk, NamedChunk
from central.storage.dialect import insert_into
from central.storage.schema_lists import SNAPSHOT_CHUNKS as CHUNKS


class SqlSnapshotChunks:
    """The table of chunks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def in_force(self, audience: Audience) -> Sequence[NamedChunk]:
        """What the newest manifest names, by number."""
        query = (
            select(CHUNKS.c.no, CHUNKS.c.hash, CHUNKS.c.cards)
            .where(CHUNKS.c.audience == audience, CHUNKS.c.dropped_at.is_(None))
            .order_by(CHUNKS.c.no)
        )
        return [
            NamedChunk(no=row.no, hash=row.hash, cards=row.cards)
            for row in self._connection.execute(query)
        ]

    def find(self, audience: Audience, chunk_hash: bytes) -> bytes | None:
        """The bytes of this hash."""
        query = select(CHUNKS.c.content).where(
            CHUNKS.c.audience == audience, CHUNKS.c.hash == chunk_hash
        )
        content: bytes | None = self._connection.execute(query.limit(1)).scalar()
        return content

    def put(self, audience: Audience, chunk: KeptChunk) -> None:
        """The newest manifest names this one."""
        row = {
            "audience": audience,
            "hash": chunk.hash,
            "no": chunk.no,
            "cards": chunk.cards,
            "content": chunk.content,
            "dropped_at": None,
        }
        statement = insert_into(self._connection, CHUNKS).values(**row)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["audience", "hash", "no"], set_={"dropped_at": None}
            )
        )

    def drop(self, audience: Audience, chunks: Iterable[NamedChunk], now: UnixSeconds) -> None:
        """The newest manifest does not name these any more."""
        gone = [{"gone_hash": chunk.hash, "gone_no": chunk.no} for chunk in chunks]
        if gone:
            update = CHUNKS.update().where(
                CHUNKS.c.audience == audience,
                CHUNKS.c.hash == bindparam("gone_hash"),
                CHUNKS.c.no == bindparam("gone_no"),
            )
            self._connection.execute(update.values(dropped_at=now), gone)

    def forget(self, before: UnixSeconds) -> int:
        """Forget what was dropped before that instant; how many."""
        return self._connection.execute(
            CHUNKS.delete().where(CHUNKS.c.dropped_at < before)
        ).rowcount
