"""Every row of one database into another, which has to be empty."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, Select, Table, literal, select

from central.errors import ConfigError
from central.storage.schema import METADATA

ROWS: Final = 1_000  # at once, in memory


def copy_rows(there: Connection, here: Connection) -> Mapping[str, int]:
    """How many rows each table has. The caller holds a transaction on both.

    Raises:
        ConfigError: ``here`` is not empty.
    """
    for table in METADATA.sorted_tables:
        if here.execute(select(literal(1)).select_from(table).limit(1)).first() is not None:
            hint = f"is not empty (there is something in {table.name}); a backup goes into an empty one only"
            raise ConfigError(field="database", value="…", hint=hint)
    return {table.name: _copy(table, there, here) for table in METADATA.sorted_tables}


# a table's rows are of its own columns' types
def _copy(  # type: ignore[explicit-any]
    table: Table, there: Connection, here: Connection
) -> int:
    rows = 0
    names = table.columns.keys()
    query: Select[tuple[object, ...]] = select(table)
    for part in there.execute(query, execution_options={"yield_per": ROWS}).partitions():
        here.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in part])
        rows += len(part)
    return rows
