"""What the two databases say differently, behind one word each."""

from typing import TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert: TypeAlias = sqlite.Insert | postgresql.Insert


def is_postgresql(connection: Connection) -> bool:
    """Whether the database is PostgreSQL; else it is SQLite."""
    return connection.dialect.name == "postgresql"


# SQLAlchemy's own type of a table is made of Any
def insert_into(connection: Connection, table: Table) -> Insert:  # type: ignore[explicit-any]
    """An INSERT that can also update or ignore what is there already."""
    return postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)
