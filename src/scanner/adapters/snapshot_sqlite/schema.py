"""The tables of the kept standings; migrations only go forward, each applied once.

A card is found by its handle, its standing is a sealed cell, and so is each page of the index of names.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from scanner.adapters.snapshot_sqlite.filling import LISTED_INDEX, Filling, mark
from scanner.adapters.snapshot_sqlite.search import fold
from scanner.sealing import Vault

_SEALED: Final = (
    "ALTER TABLE listed RENAME TO listed_open",
    "ALTER TABLE answered RENAME TO answered_open",
    "CREATE TABLE listed (no INTEGER PRIMARY KEY, card BLOB NOT NULL, cell BLOB NOT NULL) STRICT",
    LISTED_INDEX,
    (
        "CREATE TABLE answered (card BLOB PRIMARY KEY, cell BLOB NOT NULL, as_of INTEGER NOT NULL) "
        "STRICT, WITHOUT ROWID"
    ),
    "CREATE TABLE names (no INTEGER PRIMARY KEY, page BLOB NOT NULL) STRICT",
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


def migrations_under(vault: Vault, *, with_names: bool) -> Migrations:
    """All steps; the last one needs the device's secret."""
    migrations = Migrations("standings")
    migrations()(first_tables)
    migrations()(names_to_search)

    @migrations()
    def sealed(db: Database) -> None:
        seal_over(db, vault, with_names=with_names)

    return migrations


def seal_over(db: Database, vault: Vault, *, with_names: bool) -> None:
    """Seal what an earlier program kept in the open, and wipe it. The caller holds the transaction."""
    conn = db.conn
    conn.execute("PRAGMA secure_delete=ON").fetchone()
    for statement in _SEALED:
        conn.execute(statement)
    mark(conn, vault)
    filling = Filling(conn, vault, with_names=with_names)
    filling.fill_listed(_open_rows(db, "listed"))
    for card_id, standing in _open_rows(db, "answered"):
        filling.put_answered(card_id, standing)
    conn.execute("DROP TABLE listed_open")
    conn.execute("DROP TABLE answered_open")


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
