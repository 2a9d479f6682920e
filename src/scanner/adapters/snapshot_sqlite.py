"""Standings kept for when central is away: the snapshot in force, and live answers as they came.

Losing this file loses speed, never a verdict: it is written with synchronous=NORMAL.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from cardcore.card import printable
from cardcore.ids import CardId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_document import SnapshotRow
from scanner.errors import LedgerError

if TYPE_CHECKING:
    import sqlite3
else:
    from sqlite_utils.utils import sqlite3  # pysqlite3 where it is installed

migrations = Migrations("standings")
_WAL_ATTEMPTS: Final = 20  # as many programs may open a new file at once


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
_LIKE_SIGNS: Final = re.compile(r"[!%_]")
_ID_DIGITS: Final = 32
_ID_BEGINS: Final = re.compile(r"[0-9a-f]{4,32}")  # fewer digits would find half the list
MAX_TERMS: Final = 8  # words of a search; a name has fewer
_FOUND_AT_MOST: Final = 1_000  # candidates that are put in order


class SqliteStandings:
    """The StatusMemory of a door in one SQLite file, for any thread."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            conn = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
            try:
                path.chmod(0o600)
                self._db = _prepared(conn)
            except BaseException:
                conn.close()
                raise
        except (sqlite3.Error, OSError) as error:
            msg = f"cannot open {path}: {error}"
            raise LedgerError(msg) from error
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
            conn.execute("BEGIN IMMEDIATE")
            try:
                conn.execute("DELETE FROM listed")
                listed = conn.executemany(_LIST, (_row(row.card_id, row.standing) for row in rows))
                conn.execute(
                    "INSERT INTO snapshot (id, version, issued_at) VALUES (1, ?, ?) "
                    "ON CONFLICT (id) DO UPDATE SET version = excluded.version, issued_at = excluded.issued_at",
                    (version, issued_at),
                )
                conn.execute("COMMIT")
            except BaseException:
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
                raise
            return max(0, listed.rowcount)

    def forget(self) -> None:
        """Drop everything: another central knows other cards, and counts its versions from the start."""
        conn = self._db.conn
        with self._lock, _as_ledger_error():
            conn.execute("BEGIN IMMEDIATE")
            for table in ("snapshot", "listed", "answered"):
                conn.execute(f"DELETE FROM {table}")  # noqa: S608 -- names of our own
            conn.execute("COMMIT")

    def search(self, text: str, limit: int) -> tuple[tuple[CardId, CardStanding], ...]:
        """At most ``limit`` cards by their holder's name or the beginning of their id, best first."""
        words = fold(text).split()[:MAX_TERMS]
        if not words:
            return ()
        names = self._names_of(*_search_of(words))
        text = " ".join(words)
        best = sorted(names, key=lambda card_id: (*_rank(names[card_id], text), card_id))
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


def fold(text: str) -> str:
    """``text`` without case and accents: "Jürgen" is found by "jurgen"."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parted if not unicodedata.combining(char))


def _search_of(words: list[str]) -> tuple[str, tuple[object, ...]]:
    """A condition on cards and its parameters: every word in the name, or the beginning of the card's id."""
    wanted = tuple(f"%{_LIKE_SIGNS.sub(_escaped, word)}%" for word in words)
    condition = " AND ".join("folded LIKE ? ESCAPE '!'" for _ in wanted)
    digits = "".join(words)
    if not _ID_BEGINS.fullmatch(digits):
        return f"({condition})", wanted
    first, last = (bytes.fromhex(digits.ljust(_ID_DIGITS, pad)) for pad in "0f")
    return f"(({condition}) OR card_id BETWEEN ? AND ?)", (*wanted, first, last)


def _escaped(sign: re.Match[str]) -> str:
    return f"!{sign[0]}"


def _rank(folded: str, text: str) -> tuple[int, str]:
    """Best first: the name itself, a name that begins so, a word of it that does, the rest."""
    if folded == text:
        return 0, folded
    if folded.startswith(text):
        return 1, folded
    return (2 if f" {text}" in folded else 3), folded


@contextmanager
def _as_ledger_error() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, ValueError) as error:  # ValueError: a word no state has
        msg = f"cannot use the kept standings: {error}"
        raise LedgerError(msg) from error


def _prepared(conn: sqlite3.Connection) -> Database:
    """The database behind ``conn`` with its tables made; another program may be at the same."""
    _use_wal(conn)
    conn.execute("PRAGMA synchronous=NORMAL")
    db = Database(conn)
    conn.execute("BEGIN IMMEDIATE")
    migrations.apply(db)
    conn.execute("COMMIT")
    return db


def _use_wal(conn: sqlite3.Connection) -> None:
    """Write ahead; where another program turns a new file to it this moment, SQLite says "locked" without waiting."""
    for _ in range(_WAL_ATTEMPTS):
        try:
            conn.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            conn.execute("BEGIN EXCLUSIVE")  # this does wait, for the other to be done
            conn.execute("ROLLBACK")
        else:
            return
    conn.execute("PRAGMA journal_mode=WAL")
