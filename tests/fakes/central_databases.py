"""Real databases for central's tests."""

from typing import Final

from sqlalchemy import text

from central.storage.schema import METADATA
from central.storage.transaction import SqlStorage

_TABLES: Final = ", ".join(sorted(METADATA.tables))


def emptied(storage: SqlStorage) -> SqlStorage:
    """The same, with nothing in any table: ten times faster than another database."""
    with storage._engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {_TABLES} RESTART IDENTITY CASCADE"))
    return storage
