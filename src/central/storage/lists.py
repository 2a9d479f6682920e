"""Card lists with their changes, and policies."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, func, select

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, UnixSeconds
from cardcore.lists import CardList, split_hashes
from cardcore.policy import DoorPolicy
from cardcore.wire import parse, serialise
from central.ports.lists import KeptList, ListChange
from central.storage.dialect import insert_into
from central.storage.schema_lists import CARD_LISTS, LIST_CHANGES, POLICIES


class SqlLists:
    """The tables of lists and of their changes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, kind: DocumentKind, audience: Audience) -> KeptList | None:
        """One list as it was told last."""
        query = select(CARD_LISTS).where(
            CARD_LISTS.c.kind == kind.value, CARD_LISTS.c.audience == audience
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return KeptList(
            kind=DocumentKind(row.kind),
            audience=Audience(row.audience),
            version=row.version,
            issued_at=UnixSeconds(row.issued_at),
            revision=row.revision,
            cards=CardList(key=row.key, hashes=row.hashes),
        )

    def put(self, kept: KeptList) -> None:
        """Add it, or replace it."""
        row = {
            "kind": kept.kind.value,
            "audience": kept.audience,
            "version": kept.version,
            "issued_at": kept.issued_at,
            "revision": kept.revision,
            "key": kept.cards.key,
            "hashes": kept.cards.hashes,
        }
        statement = insert_into(self._connection, CARD_LISTS).values(**row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["kind", "audience"], set_=row)
        )

    def touch(self, kept: KeptList) -> None:
        """Its version and instant are others."""
        update = CARD_LISTS.update().where(
            CARD_LISTS.c.kind == kept.kind.value, CARD_LISTS.c.audience == kept.audience
        )
        self._connection.execute(update.values(version=kept.version, issued_at=kept.issued_at))

    def add_change(self, kept: KeptList, change: ListChange) -> None:
        """The change that led to ``kept``."""
        row = {
            "kind": kept.kind.value,
            "audience": kept.audience,
            "version": change.version,
            "changed_at": kept.issued_at,
            "digest": change.digest,
            "added": b"".join(change.added),
            "removed": b"".join(change.removed),
        }
        self._connection.execute(LIST_CHANGES.insert().values(**row))

    def changes(self, kind: DocumentKind, audience: Audience, since: int) -> Sequence[ListChange]:
        """First the change that made the list what it was at version ``since``, then the later ones."""
        mine = and_(LIST_CHANGES.c.kind == kind.value, LIST_CHANGES.c.audience == audience)
        first = (
            select(func.max(LIST_CHANGES.c.version))
            .where(mine, LIST_CHANGES.c.version <= since)
            .scalar_subquery()
        )
        query = select(LIST_CHANGES).where(mine, LIST_CHANGES.c.version >= first)
        return [
            ListChange(
                version=row.version,
                digest=row.digest,
                added=split_hashes(row.added),
                removed=split_hashes(row.removed),
            )
            for row in self._connection.execute(query.order_by(LIST_CHANGES.c.version))
        ]

    def forget_changes(self, before: UnixSeconds) -> int:
        """Forget all changes before that instant, but for the newest of each list; how many."""
        newest = LIST_CHANGES.alias()
        last = (
            select(func.max(newest.c.version))
            .where(
                newest.c.kind == LIST_CHANGES.c.kind,
                newest.c.audience == LIST_CHANGES.c.audience,
            )
            .scalar_subquery()
        )
        delete = LIST_CHANGES.delete().where(
            LIST_CHANGES.c.changed_at < before, LIST_CHANGES.c.version < last
        )
        return self._connection.execute(delete).rowcount


class SqlPolicies:
    """The table of policies."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, audience: Audience) -> DoorPolicy | None:
        """One of them."""
        query = select(POLICIES.c.content).where(POLICIES.c.audience == audience)
        content = self._connection.execute(query).scalar()
        return None if content is None else parse(content, DoorPolicy)

    def put(self, audience: Audience, policy: DoorPolicy) -> None:
        """Add it, or replace it."""
        row = {"audience": audience, "content": serialise(policy)}
        statement = insert_into(self._connection, POLICIES).values(**row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["audience"], set_=row)
        )
