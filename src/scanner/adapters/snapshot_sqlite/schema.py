"""The tables of the kept standings; migrations only go forward, each applied once.

A live answer is found by the card's handle, and is a sealed cell; the snapshot lies in sealed chunks
(:mod:`scanner.adapters.snapshot_sqlite.chunks`).
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_document import SnapshotRow
from scanner.adapters.snapshot_sqlite.cells import Cells
from scanner.adapters.snapshot_sqlite.chunks import TABLES, Chunks
from scanner.adapters.snapshot_sqlite.filling import LISTED, Filling, is_marked, mark
from scanner.adapters.snapshot_sqlite.search import fold
from scanner.errors import LedgerError
from scanner.sealing import Vault

_log = logging.getLogger(__name__)
_SEALED: Final = (
    "ALTER TABLE listed RENAME TO listed_open",
    "ALTER TABLE answered RENAME TO answered_open",
    "CREATE TABLE listed (no INTEGER PRIMARY KEY, card BLOB NOT NULL, cell BLOB NOT NULL) STRICT",
    (
        "CREATE TABLE answered (card BLOB PRIMARY KEY, cell BLOB NOT NULL, as_of INTEGER NOT NULL) "
        "STRICT, WITHOUT ROWID"
    ),
    "CREATE TABLE salts (of TEXT PRIMARY KEY, salt BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE sealed (id INTEGER PRIMARY KEY CHECK (id = 1), mark BLOB NOT NULL) STRICT",
)


def first_tables(db: Database) -> None:
    """The snapshot's head and cards; live answers by card."""
    db.conn.execute(
        "CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, "
        "issued_at INTEGER NOT NULL) STRICT"
    )
    for table in ("listed", "answered"):
        db.conn.execute(
            f"CREATE TABLE {table} (card_id BLOB PRIMARY KEY, state TEXT NOT NULL, "
            "generation INTEGER NOT NULL, member TEXT NOT NULL, name TEXT, as_of INTEGER NOT NULL) "
            "STRICT, WITHOUT ROWID"
        )


def names_to_search(db: Database) -> None:
    """Names as they are searched for: SQLite itself folds no letter beyond ASCII."""
    for table in ("listed", "answered"):
        db.conn.execute(f"ALTER TABLE {table} ADD COLUMN folded TEXT NOT NULL DEFAULT ''")
        named = db.conn.execute(
            f"SELECT name, card_id FROM {table} WHERE name IS NOT NULL"  # noqa: S608
        ).fetchall()
        db.conn.executemany(
            f"UPDATE {table} SET folded = ? WHERE card_id = ?",  # noqa: S608
            [(fold(name), card_id) for name, card_id in named],
        )


def migrations_under(vault: Vault) -> Migrations:
    """All steps; the last two need the device's secret."""
    migrations = Migrations("standings")
    migrations()(first_tables)
    migrations()(names_to_search)

    @migrations()
    def sealed(db: Database) -> None:
        seal_over(db, vault)

    @migrations()
    def chunked(db: Database) -> None:
        cut_over(db, vault)

    return migrations


def seal_over(db: Database, vault: Vault) -> None:
    """Seal what an earlier program kept in the open, and wipe it. The caller holds the transaction."""
    conn = db.conn
    conn.execute("PRAGMA secure_delete=ON").fetchone()
    for statement in _SEALED:
        conn.execute(statement)
    mark(conn, vault)
    filling = Filling(conn, vault)
    filling.fill_listed(_open_rows(db, "listed"))
    for card_id, standing in _open_rows(db, "answered"):
        filling.put_answered(card_id, standing)
    conn.execute("DROP TABLE listed_open")
    conn.execute("DROP TABLE answered_open")


def cut_over(db: Database, vault: Vault) -> None:
    """Put the snapshot that was kept card by card into chunks. The caller holds the transaction."""
    conn = db.conn
    for statement in TABLES:
        conn.execute(statement)
    chunks = Chunks(conn, vault)
    chunks.new_salt()
    head = conn.execute("SELECT version, issued_at FROM snapshot").fetchone()
    if head is not None and is_marked(conn, vault):  # else it is begun anew anyway
        version, issued_at = head
        try:
            chunks.place(version, issued_at, chunks.put_rows(_listed_rows(db, vault)))
        except LedgerError as error:  # it may be lost without harm
            _log.warning("the kept snapshot is begun anew: %s", error)
            chunks.forget()
    conn.execute("DROP TABLE listed")
    conn.execute("DROP TABLE IF EXISTS names")
    conn.execute("DELETE FROM salts WHERE of = 'listed'")


def _listed_rows(db: Database, vault: Vault) -> list[SnapshotRow]:
    sql = "SELECT l.card, l.cell, s.salt FROM listed l, salts s WHERE s.of = ?"
    opened = (
        Cells(vault, salt).opened(card, cell)
        for card, cell, salt in db.conn.execute(sql, (LISTED,))
    )
    return [SnapshotRow(card_id=card_id, standing=standing) for card_id, standing in opened]


def _open_rows(db: Database, table: str) -> Iterator[tuple[CardId, CardStanding]]:
    sql = f"SELECT card_id, state, generation, member, name, as_of FROM {table}_open"  # noqa: S608
    for card_id, state, generation, member, name, as_of in db.conn.execute(sql):
        with suppress(ValueError):  # a word no state has: as good as nothing
            standing = CardStanding(
                state=CardState(state),
                generation=generation,
                member=MemberStatus(member),
                display_name=name,
                as_of=UnixSeconds(as_of),
            )
            yield CardId(card_id), standing
