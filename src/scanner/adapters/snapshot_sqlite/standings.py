"""Standings kept for when central is away: the snapshot in force, and live answers as they came.

Losing this file loses speed, never a verdict: it is written with synchronous=NORMAL.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from cardcore.card import printable
from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_document import SnapshotRow
from scanner.adapters.snapshot_sqlite.search import MAX_TERMS, condition_of, fold, rank
from scanner.errors import LedgerError
from scanner.sqlite import connect_expendable, immediate, sqlite3

migrations = Migrations("standings")


@migrations()
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


@migrations()
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


_PUT = (
    "INSERT INTO {} (card_id, state, generation, member, name, as_of, folded) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_NEWER = (
    " ON CONFLICT (card_id) DO UPDATE SET state = excluded.state, generation = excluded.generation, "
    "member = excluded.member, name = excluded.name, as_of = excluded.as_of, "
    "folded = excluded.folded "
    "WHERE excluded.as_of >= as_of"
)
_LIST = _PUT.format("listed")
_ANSWER = _PUT.format("answered") + _NEWER
_GET = "SELECT state, generation, member, name, as_of FROM {} WHERE card_id = ?"
_FOUND_AT_MOST: Final = 1_000  # candidates that are put in order


class SqliteStandings:
    """The StatusMemory of a door in one SQLite file, for any thread."""

    def __init__(self, path: Path) -> None:
        self._db = connect_expendable(path, migrations)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._db.close()

    def cached(self, card_id: CardId) -> CardStanding | None:
        """The last live answer about this card."""
        return self._standing(_GET.format("answered"), card_id)

    def in_snapshot(self, card_id: CardId) -> CardStanding | None:
        """This card in the snapshot in force."""
        return self._standing(_GET.format("listed"), card_id)

    def remember(self, card_id: CardId, standing: CardStanding) -> None:
        """Keep a live answer, unless a newer one is kept."""
        with self._lock, _as_ledger_error():
            self._db.conn.execute(_ANSWER, _row(card_id, standing))

    @property
    def snapshot_issued_at(self) -> UnixSeconds | None:
        """When central made the snapshot in force; None where there is none."""
        row = self._one("SELECT issued_at FROM snapshot")
        return None if row is None else UnixSeconds(row[0])

    @property
    def snapshot_version(self) -> int:
        """The version in force, 0 for none."""
        row = self._one("SELECT version FROM snapshot")
        return 0 if row is None else int(row[0])

    @property
    def snapshot_cards(self) -> int:
        """How many cards the snapshot in force has."""
        row = self._one("SELECT count(*) FROM listed")
        return 0 if row is None else int(row[0])

    def replace_snapshot(
        self, version: int, issued_at: UnixSeconds, rows: Iterator[SnapshotRow]
    ) -> int:
        """Put another snapshot in force, whole or not at all; how many cards it has."""
        conn = self._db.conn
        with self._lock, _as_ledger_error():
            with immediate(self._db):
                conn.execute("DELETE FROM listed")
                listed = conn.executemany(_LIST, (_row(row.card_id, row.standing) for row in rows))
                conn.execute(
                    "INSERT INTO snapshot (id, version, issued_at) VALUES (1, ?, ?) "
                    "ON CONFLICT (id) DO UPDATE SET version = excluded.version, issued_at = excluded.issued_at",
                    (version, issued_at),
                )
            return max(0, listed.rowcount)

    def forget(self) -> None:
        """Drop everything: another central knows other cards, and counts its versions from the start."""
        with self._lock, _as_ledger_error(), immediate(self._db):
            for table in ("snapshot", "listed", "answered"):
                self._db.conn.execute(f"DELETE FROM {table}")  # noqa: S608 -- names of our own

    def search(self, text: str, limit: int) -> tuple[tuple[CardId, CardStanding], ...]:
        """At most ``limit`` cards by their holder's name or the beginning of their id, best first."""
        words = fold(text).split()[:MAX_TERMS]
        if not words:
            return ()
        names = self._names_of(*condition_of(words))
        text = " ".join(words)
        best = sorted(names, key=lambda card_id: (*rank(names[card_id], text), card_id))
        found = ((card_id, self.standing_of(card_id)) for card_id in best[:limit])
        return tuple((card_id, standing) for card_id, standing in found if standing is not None)

    def standing_of(self, card_id: CardId) -> CardStanding | None:
        """The newest that is kept about this card."""
        listed, cached = self.in_snapshot(card_id), self.cached(card_id)
        if listed is None or cached is None:
            return listed or cached
        return cached if cached.as_of >= listed.as_of else listed

    def _names_of(self, where: str, parameters: tuple[object, ...]) -> dict[CardId, str]:
        sql = " UNION ALL ".join(
            f"SELECT card_id, folded, as_of FROM {table} WHERE {where}"  # noqa: S608
            for table in ("listed", "answered")
        )
        with self._lock, _as_ledger_error():
            rows = self._db.conn.execute(f"{sql} LIMIT {_FOUND_AT_MOST}", parameters * 2).fetchall()
        return {CardId(row[0]): str(row[1]) for row in sorted(rows, key=lambda row: int(row[2]))}

    def _standing(self, sql: str, card_id: CardId) -> CardStanding | None:
        row = self._one(sql, (card_id,))
        if row is None:
            return None
        with _as_ledger_error():
            return CardStanding(
                state=CardState(row[0]),
                generation=row[1],
                member=MemberStatus(row[2]),
                display_name=row[3],
                as_of=UnixSeconds(row[4]),
            )

    def _one(self, sql: str, parameters: tuple[object, ...] = ()) -> sqlite3.Row | None:
        with self._lock, _as_ledger_error():
            row: sqlite3.Row | None = self._db.conn.execute(sql, parameters).fetchone()
            return row


def _row(card_id: CardId, standing: CardStanding) -> tuple[object, ...]:
    name = None if standing.display_name is None else printable(standing.display_name)
    return (
        card_id,
        standing.state.value,
        standing.generation,
        standing.member.value,
        name,
        standing.as_of,
        fold(name or ""),
    )


@contextmanager
def _as_ledger_error() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, ValueError) as error:  # ValueError: a word no state has
        msg = f"cannot use the kept standings: {error}"
        raise LedgerError(msg) from error
