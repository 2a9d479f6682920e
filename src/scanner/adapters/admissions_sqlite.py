"""What other doors of the venue admitted, as central's feed tells it, in a SQLite file of its own.

Cards stand here by handles that need the device's secret. Everything in it can be asked for again, so it need not survive a power cut: what the feed brought and the position it
was brought up to are one transaction. A movement counts by its own time, in whatever order the feed brings it.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from cardcore.audit import Direction
from cardcore.card import Claims
from cardcore.ids import CardId, UnixSeconds
from cardcore.wire import AdmissionLine, AdmissionsAnswer, bytes_of
from scanner.door.elsewhere import Sighting
from scanner.door.moment import MICROS
from scanner.door.occupancy import VenueFigure
from scanner.door.replay import Replayed
from scanner.sealing import Seal, Vault
from scanner.sqlite import (
    as_ledger_error,
    connect_expendable,
    immediate,
    sqlite3,
)

_log = logging.getLogger(__name__)

NONCES_FOR: Final = 86_400  # seconds; a token that burns its nonce lives 180
MOVES_FOR: Final = 7 * 86_400  # seconds; longer than anybody is held to be inside

_PURPOSE: Final = "admissions"
_MARKED: Final = b"admissions"

_ADMITTED = "SELECT at_us, door FROM admitted WHERE card = ? AND nonce = ?"
_MOVES = "SELECT came_in, went_out FROM moves WHERE card = ?"
_STATE = "SELECT position, inside, as_of FROM feed"
_SET_STATE = (
    "INSERT INTO feed (id, position, inside, as_of) VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
    "SET position = excluded.position, inside = excluded.inside, as_of = excluded.as_of"
)
_ADMIT = (
    "INSERT INTO admitted (card, nonce, at_us, door) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_MOVE = (
    "INSERT INTO moves (card, came_in, went_out) VALUES (?, ?, ?) ON CONFLICT (card) DO UPDATE "
    "SET came_in = max(came_in, excluded.came_in), went_out = max(went_out, excluded.went_out)"
)
_FORGET_NONCES = "DELETE FROM admitted WHERE at_us <= ?"
_FORGET_MOVES = "DELETE FROM moves WHERE max(came_in, went_out) <= ?"


_SEALED: Final = """
CREATE TABLE sealed (id INTEGER PRIMARY KEY CHECK (id = 1), mark BLOB NOT NULL);
DROP INDEX admitted_by_time;
ALTER TABLE admitted RENAME TO admitted_open;
CREATE TABLE admitted (card BLOB NOT NULL, nonce BLOB NOT NULL, at_us INTEGER NOT NULL, door TEXT NOT NULL,
    PRIMARY KEY (card, nonce)) WITHOUT ROWID;
INSERT INTO admitted SELECT card_of(card_id), nonce, at_us, door FROM admitted_open;
DROP TABLE admitted_open;
CREATE INDEX admitted_by_time ON admitted (at_us);
ALTER TABLE moves RENAME TO moves_open;
CREATE TABLE moves (card BLOB PRIMARY KEY, came_in INTEGER NOT NULL, went_out INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO moves SELECT card_of(card_id), came_in, went_out FROM moves_open;
DROP TABLE moves_open
"""


def first(db: Database) -> None:
    """Nonces admitted elsewhere, each card's last movements (µs, 0 for none), and where the feed stands."""
    db.execute(
        "CREATE TABLE admitted (card_id BLOB NOT NULL, nonce BLOB NOT NULL, at_us INTEGER NOT NULL, "
        "door TEXT NOT NULL, PRIMARY KEY (card_id, nonce)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX admitted_by_time ON admitted (at_us)")
    db.execute(
        "CREATE TABLE moves (card_id BLOB PRIMARY KEY, came_in INTEGER NOT NULL, "
        "went_out INTEGER NOT NULL) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE feed (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, "
        "inside INTEGER NOT NULL, as_of INTEGER NOT NULL)"
    )


def migrations_under(seal: Seal) -> Migrations:
    """All steps; the last one needs the device's secret."""
    migrations = Migrations("admissions")
    migrations()(first)

    @migrations()
    def by_handle(db: Database) -> None:
        """Cards by their handles, and whose handles they are; what stood here in the open is wiped."""
        db.conn.execute("PRAGMA secure_delete=ON").fetchone()
        db.conn.create_function("card_of", 1, seal.handle, deterministic=True)
        for statement in _SEALED.split(";"):
            db.conn.execute(statement)
        db.conn.execute("INSERT INTO sealed (id, mark) VALUES (1, ?)", (seal.handle(_MARKED),))

    return migrations


class SqliteAdmissions:
    """Elsewhere for the path, a venue's figure for the screen, and the memory of the feed; for any thread."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self._seal = vault.seal_for(_PURPOSE)
        self._db = connect_expendable(path, migrations_under(self._seal))
        self._lock = threading.Lock()
        if not self._is_ours():
            _log.warning("%s is of another secret, and begun anew", path)
            self.forget()

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._db.close()

    def sighting(self, claims: Claims) -> Sighting:
        """What other doors saw of this card and this nonce."""
        with self._lock, as_ledger_error("cannot read the admissions of other doors"):
            conn = self._db.conn
            card = self._seal.handle(claims.card_id)
            admitted = conn.execute(_ADMITTED, (card, claims.nonce)).fetchone()
            moves = conn.execute(_MOVES, (card,)).fetchone()
        is_inside = moves is not None and moves[0] > moves[1]
        return Sighting(
            admitted=None
            if admitted is None
            else Replayed(first_used_at=UnixSeconds(admitted[0] // MICROS), where=admitted[1]),
            inside_since=UnixSeconds(moves[0] // MICROS) if is_inside else None,
        )

    def left(self, card_id: CardId, at: UnixSeconds) -> None:
        """The card went out here: wherever it came in, it is outside now."""
        with self._writing() as conn:
            card = self._seal.handle(card_id)
            conn.execute(_MOVE, (card, 0, (at + 1) * MICROS - 1))  # the end of that second

    def figure(self) -> VenueFigure | None:
        """How many are inside the venue, as last told."""
        with self._lock, as_ledger_error("cannot read the admissions of other doors"):
            row = self._db.conn.execute(_STATE).fetchone()
        return None if row is None else VenueFigure(inside=row[1], as_of=UnixSeconds(row[2]))

    @property
    def position(self) -> int:
        """Up to where the feed has been taken in; 0 for nothing."""
        with self._lock, as_ledger_error("cannot read the admissions of other doors"):
            row = self._db.conn.execute(_STATE).fetchone()
        return 0 if row is None else int(row[0])

    def take(self, answer: AdmissionsAnswer) -> None:
        """Take in one page of the feed, whole or not at all."""
        now = answer.as_of
        with self._writing() as conn:
            for line in answer.admissions:
                _take_line(conn, self._seal, line)
            conn.execute(_SET_STATE, (answer.position, answer.inside, now))
            conn.execute(_FORGET_NONCES, ((now - NONCES_FOR) * MICROS,))
            conn.execute(_FORGET_MOVES, ((now - MOVES_FOR) * MICROS,))

    def forget(self) -> None:
        """Drop everything: another central counts its positions from the start."""
        with self._writing() as conn:
            for table in ("admitted", "moves", "feed"):
                conn.execute(f"DELETE FROM {table}")  # noqa: S608 -- names of our own
            conn.execute("UPDATE sealed SET mark = ?", (self._seal.handle(_MARKED),))

    def _is_ours(self) -> bool:
        with self._lock, as_ledger_error("cannot read the admissions of other doors"):
            row = self._db.conn.execute("SELECT mark FROM sealed").fetchone()
        return row is not None and row[0] == self._seal.handle(_MARKED)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        doing = "cannot keep the admissions of other doors"
        with self._lock, as_ledger_error(doing), immediate(self._db):
            yield self._db.conn


def _take_line(conn: sqlite3.Connection, seal: Seal, line: AdmissionLine) -> None:
    if line.card_id is None:
        return
    card = seal.handle(bytes_of(line.card_id))
    if line.nonce is not None:
        conn.execute(_ADMIT, (card, bytes_of(line.nonce), line.at_us, line.door))
    came_in = line.at_us if line.direction is Direction.ENTRY else 0
    conn.execute(_MOVE, (card, came_in, 0 if came_in else line.at_us))
