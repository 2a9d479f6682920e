"""PostgreSQL's COPY: the quickest way in for many rows, inside the transaction that is under way."""

from collections.abc import Iterable, Sequence
from typing import Final, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from central.errors import StorageDownError

_STATEMENT: Final = sql.SQL("COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)")


def copy_rows(
    connection: Connection,
    table: str,
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[object]],
) -> None:
    """Add ``rows`` to ``table``; each column is named with its PostgreSQL type.

    Raises:
        StorageDownError: the database cannot be used now.
    """
    driver = cast("psycopg.Connection[tuple[object, ...]]", connection.connection.driver_connection)
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    statement = _STATEMENT.format(table=sql.Identifier(table), columns=names)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([kind for _, kind in columns])
            for row in rows:
                copy.write_row(row)
    except psycopg.OperationalError as error:  # SQLAlchemy, which translates, does not see this
        raise StorageDownError(str(error)) from error
