"""Merge many rows into a table in one go: those that are there already grow, the others are added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from central.storage.dialect import is_postgresql

ADD: Final = "add"
LEAST: Final = "least"
GREATEST: Final = "greatest"
_POSTGRESQL: Final = {
    ADD: "{old} + {new}",
    LEAST: "LEAST({old}, {new})",
    GREATEST: "GREATEST({old}, {new})",
}
_SQLITE: Final = {ADD: "{old} + {new}", LEAST: "min({old}, {new})", GREATEST: "max({old}, {new})"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """How rows are merged: ``columns`` in the order of a row with PostgreSQL's types, ``keys``, and how each other grows."""

    table: str
    columns: Mapping[str, str]
    keys: Sequence[str]
    grows: Mapping[str, str]


def merge_rows(connection: Connection, merge: Merge, rows: Sequence[Sequence[object]]) -> None:
    """Merge ``rows``, no two of which have one key.

    They are written in the order of their keys: two that merge at once never wait for each other in a ring.
    """
    if not rows:
        return
    ordered = sorted(rows)  # type: ignore[type-var]
    postgresql = is_postgresql(connection)
    ways = _POSTGRESQL if postgresql else _SQLITE
    grown = ", ".join(
        f"{name} = " + ways[way].format(old=f"{merge.table}.{name}", new=f"excluded.{name}")
        for name, way in merge.grows.items()
    )
    names = ", ".join(merge.columns)
    # every name is one of ours
    into = f"INSERT INTO {merge.table} ({names})"
    then = f"ON CONFLICT ({', '.join(merge.keys)}) DO UPDATE SET {grown}"
    if postgresql:
        arrays = ", ".join(f"%s::{kind}[]" for kind in merge.columns.values())
        columns = tuple(list(column) for column in zip(*ordered, strict=True))
        connection.exec_driver_sql(f"{into} SELECT * FROM unnest({arrays}) {then}", columns)  # noqa: S608
    else:
        places = ", ".join("?" * len(merge.columns))
        connection.exec_driver_sql(
            f"{into} VALUES ({places}) {then}",
            [tuple(row) for row in ordered],
        )
