"""Operators, and what each may do where."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, select

from cardcore.ids import Audience, UnixSeconds
from central.ports.records import Operator, Role
from central.storage.dialect import insert_into
from central.storage.schema_happenings import OPERATOR_GRANTS, OPERATORS


class SqlOperators:
    """The tables of operators and their grants."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_token_hash(self, token_hash: bytes) -> Operator | None:
        """The operator of this token, revoked ones too."""
        return next(iter(self._where(OPERATORS.c.token_hash == token_hash)), None)

    def find(self, name: str) -> Operator | None:
        """The operator of this name."""
        return next(iter(self._where(OPERATORS.c.name == name)), None)

    def all(self) -> Sequence[Operator]:
        """Every operator, by name."""
        return self._where(OPERATORS.c.name.is_not(None))

    def put(self, operator: Operator) -> None:
        """Add one, or replace what was known of it."""
        row = {
            "name": operator.name,
            "token_hash": operator.token_hash,
            "added_at": operator.added_at,
            "revoked_at": operator.revoked_at,
        }
        statement = insert_into(self._connection, OPERATORS).values(**row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))
        self._connection.execute(
            delete(OPERATOR_GRANTS).where(OPERATOR_GRANTS.c.name == operator.name)
        )
        grants = [
            {"name": operator.name, "role": role.value, "audience": audience}
            for role, audience in sorted(operator.grants)
        ]
        if grants:
            self._connection.execute(OPERATOR_GRANTS.insert(), grants)

    def _where(self, condition: ColumnElement[bool]) -> list[Operator]:
        query = (
            select(OPERATORS, OPERATOR_GRANTS.c.role, OPERATOR_GRANTS.c.audience)
            .join_from(OPERATORS, OPERATOR_GRANTS, isouter=True)
            .where(condition)
            .order_by(OPERATORS.c.name)
        )
        grants: dict[str, set[tuple[Role, Audience]]] = {}
        rows = {}
        for row in self._connection.execute(query):
            rows[row.name] = row
            held = grants.setdefault(row.name, set())
            if row.role is not None:
                held.add((Role(row.role), Audience(row.audience)))
        return [
            Operator(
                name=name,
                token_hash=row.token_hash,
                grants=frozenset(grants[name]),
                added_at=UnixSeconds(row.added_at),
                revoked_at=row.revoked_at,
            )
            for name, row in rows.items()
        ]
