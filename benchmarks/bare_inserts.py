"""The yardstick of central's ingest: the rows that it writes for a batch, written by the drivers alone."""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from typing import Protocol

import psycopg
import pysqlite3
from psycopg import sql

from cardcore.audit import entry_hash, parse_entry
from cardcore.ids import Epoch, Micros, Seq
from central.incidents.movements import movements_of
from central.ports.happenings import Arrival
from central.ports.records import Device, StoredEntry
from central.storage import audit, feed
from central.storage.schema import AUDIT_ENTRIES
from central.storage.schema_happenings import MOVEMENTS
from central.storage.sqlite import CACHE_KIB
from tests.fakes.central_material import MAIN

FAR = 1 << 40  # a place in the feed that central's own positions do not reach


class Lite(Protocol):
    """What is used of a SQLite connection."""

    def execute(self, statement: str, /) -> object: ...
    def executemany(self, statement: str, rows: "Rows", /) -> object: ...


Rows = list[tuple[object, ...]]
TABLES = {AUDIT_ENTRIES.name: audit.WRITTEN, MOVEMENTS.name: feed.WRITTEN}


def stored_rows(
    device: Device, epoch: Epoch, logs: Iterator[list[bytes]]
) -> Iterator[dict[str, Rows]]:
    """The same entries as the rows that central writes for them: what was handed in, and who went in or out."""
    for number, entries in enumerate(logs):
        kept = [
            StoredEntry(
                seq=Seq(number * len(entries) + offset),
                hash=entry_hash(data),
                raw=data,
                entry=parse_entry(data),
                quarantine=None,
            )
            for offset, data in enumerate(entries, 1)
        ]
        arrival = Arrival(device=device, epoch=epoch, entries=kept, arrived_at=Micros(1))
        yield {
            AUDIT_ENTRIES.name: [
                (device.device_id, epoch, 1, *audit.columns_of(stored)) for stored in kept
            ],
            MOVEMENTS.name: [
                feed.row_of(MAIN, movement, FAR + movement.seq)
                for movement in movements_of(arrival)
            ],
        }


@contextmanager
def bare_inserter(
    url: str,
    device: Device,
    epoch: Epoch,
    logs: Iterator[list[bytes]],
    *,
    names: Collection[str] = tuple(TABLES),
) -> Iterator[Callable[[], object]]:
    """Commits the next 500 entries' rows with the driver alone, under the same rules; into these tables."""
    log = stored_rows(device, epoch, logs)
    prepared = iter(
        [{name: rows for name, rows in next(log).items() if name in names} for _ in range(130)]
    )
    if url.startswith("sqlite"):
        with closing(
            pysqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        ) as lite:
            for pragma in ("synchronous = FULL", "foreign_keys = ON", f"cache_size = -{CACHE_KIB}"):
                lite.execute(f"PRAGMA {pragma}")
            yield lambda: insert(lite, next(prepared))
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as server:
            yield lambda: copy(server, next(prepared))


def insert(lite: Lite, tables: dict[str, Rows]) -> None:
    lite.execute("BEGIN IMMEDIATE")
    for table, rows in tables.items():
        names, places = ", ".join(TABLES[table]), ", ".join("?" * len(TABLES[table]))
        lite.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608
    lite.execute("COMMIT")


def copy(server: psycopg.Connection[tuple[object, ...]], tables: dict[str, Rows]) -> None:
    for table, rows in tables.items():
        columns = sql.SQL(", ").join(map(sql.Identifier, TABLES[table]))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)")
        with (
            server.cursor() as cursor,
            cursor.copy(statement.format(sql.Identifier(table), columns)) as to,
        ):
            to.set_types(list(TABLES[table].values()))
            for row in rows:
                to.write_row(row)
    server.commit()
