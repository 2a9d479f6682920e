"""Members."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, Row, select

from cardcore.ids import Audience, MemberId
from cardcore.membership import MemberStatus
from central.ports.records import Member
from central.storage.dialect import insert_into
from central.storage.erasure import erase_member
from central.storage.schema import MEMBERS

_columns: Final = MEMBERS.c


class SqlMembers:
    """The members table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, audience: Audience, member_id: MemberId) -> Member | None:
        """One member."""
        query = select(MEMBERS).where(
            _columns.audience == audience, _columns.member_id == member_id
        )
        row = self._connection.execute(query).first()
        return None if row is None else _member(row)

    def of(self, audience: Audience) -> Sequence[Member]:
        """All members of an audience, by id."""
        query = select(MEMBERS).where(_columns.audience == audience).order_by(_columns.member_id)
        return [_member(row) for row in self._connection.execute(query)]

    def put(self, members: Iterable[Member]) -> None:
        """Add them, or replace what was known of them."""
        rows = [
            {
                "audience": member.audience,
                "member_id": member.member_id,
                "display_name": member.display_name,
                "status": member.status.value,
            }
            for member in members
        ]
        statement = insert_into(self._connection, MEMBERS)
        statement = statement.on_conflict_do_update(
            index_elements=["audience", "member_id"],
            set_={
                "display_name": statement.excluded.display_name,
                "status": statement.excluded.status,
            },
        )
        if rows:
            self._connection.execute(statement, rows)

    def erase(self, audience: Audience, member_id: MemberId, stand_in: MemberId) -> int:
        """Put ``stand_in`` in a member's place, and drop all else that tells who it was; how many cards there were."""
        return erase_member(self._connection, audience, member_id, stand_in)


def _member(row: Row[tuple[object, ...]]) -> Member:
    return Member(
        member_id=MemberId(row.member_id),
        audience=Audience(row.audience),
        display_name=row.display_name,
        status=MemberStatus(row.status),
    )
