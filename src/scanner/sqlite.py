"""Open SQLite so that what was committed stays, whatever the machine does next.

``sqlite3`` here is pysqlite3 where it is installed: the same library that sqlite-utils takes.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from scanner.errors import LedgerError

if TYPE_CHECKING:
    import sqlite3
else:
    from sqlite_utils.utils import sqlite3

__all__ = [
    "as_ledger_error",
    "connect",
    "connect_expendable",
    "drop_remains",
    "immediate",
    "is_full",
    "patient",
    "reading",
    "refuse_affected_sqlite",
    "save_room",
    "sqlite3",
    "unhurried",
]
_log = logging.getLogger(__name__)

BUSY_TIMEOUT: Final = 5.0  # seconds one lane waits for another; a commit takes milliseconds
OPENING_PATIENCE: Final = (
    30.0  # seconds a program that opens waits: to give up would leave a door shut
)
_PAGES_WHEN_SHORT: Final = 50  # 200 kB written ahead, where 4 MB are usual
_CACHE_KB: Final = 256  # a connection; a door has six, and the system keeps the pages, too
_WAL_ATTEMPTS: Final = 20  # as many programs may open a new file at once
# 3.7.0 to 3.51.2 can corrupt a WAL file that several connections reset (sqlite.org, "WAL-reset bug").
FIRST_SOUND_SQLITE: Final = (3, 51, 3)


def refuse_affected_sqlite(version: str = sqlite3.sqlite_version) -> None:
    """Refuse a SQLite library that can corrupt a ledger.

    Raises:
        LedgerError: the version is affected; the text says what to install.
    """
    if tuple(int(part) for part in version.split(".")) < FIRST_SOUND_SQLITE:
        sound = ".".join(str(part) for part in FIRST_SOUND_SQLITE)
        msg = (
            f"SQLite {version} can corrupt a ledger that two programs use at once (fixed in {sound}). "
            "Install the wheel: pip install pysqlite3"
        )
        raise LedgerError(msg)


def connect(path: Path) -> Database:
    """The database at ``path``, made if it is not there; usable from any thread, one at a time.

    A commit is on the disk when it returns (synchronous=FULL): NORMAL lost 656 of 800 simulated power cuts.

    Raises:
        LedgerError: it cannot be opened or written.
    """
    refuse_affected_sqlite()
    with as_ledger_error(f"cannot open {path}"):
        return _open(path, "FULL")


def connect_expendable(path: Path, migrations: Migrations) -> Database:
    """As :func:`connect`, with its tables made, for what can be fetched again: synchronous=NORMAL.

    A damaged file is moved aside, and a new one begun.

    Raises:
        LedgerError: it cannot be opened or written.
    """
    refuse_affected_sqlite()
    with as_ledger_error(f"cannot open {path}"):
        try:
            return _migrated(path, migrations)
        except sqlite3.OperationalError:  # locked, unwritable: nothing that a new file would mend
            raise
        except sqlite3.DatabaseError as error:
            _log.warning("%s is damaged and moved aside: %s", path, error)
            path.replace(path.with_name(f"{path.name}.damaged"))
            for beside in ("-wal", "-shm"):
                path.with_name(path.name + beside).unlink(missing_ok=True)
            return _migrated(path, migrations)


def _migrated(path: Path, migrations: Migrations) -> Database:
    db = _open(path, "NORMAL")
    try:
        with immediate(db):  # another program may be at the same
            pending = migrations.pending(db)
            migrations.apply(db)
        if pending:
            drop_remains(db)
            db.close()  # a connection that has changed the schema prepares each statement anew, each time
            db = _open(path, "NORMAL")
    except BaseException:
        db.close()
        raise
    return db


def _open(path: Path, synchronous: str) -> Database:
    path.parent.mkdir(parents=True, exist_ok=True)
    conn = sqlite3.connect(
        str(path), timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    try:
        path.chmod(0o600)
        _use_wal(conn)
        conn.execute(f"PRAGMA synchronous={synchronous}")
        conn.execute(f"PRAGMA cache_size={-_CACHE_KB}")
    except BaseException:
        conn.close()
        raise
    return Database(conn)


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


@contextmanager
def reading(db: Database) -> Iterator[None]:
    """One read transaction: every query in it sees the same moment, whatever is written meanwhile."""
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")


@contextmanager
def immediate(db: Database) -> Iterator[None]:
    """One write transaction, begun IMMEDIATE: a deferred one that reads first fails 'locked' at once."""
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        # After a full disk or an I/O error SQLite has rolled back by itself; a second ROLLBACK would
        # mask what happened.
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise


@contextmanager
def unhurried(db: Database) -> Iterator[None]:
    """Commit what central can be asked for again without waiting for the disk: the next verdict's commit takes it along.

    A power cut before that takes it back, and nothing that was committed earlier. A verdict does not queue behind it.
    """
    db.conn.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        db.conn.execute("PRAGMA synchronous=FULL")


@contextmanager
def patient(db: Database) -> Iterator[None]:
    """Wait OPENING_PATIENCE for another program that writes, in place of BUSY_TIMEOUT."""
    _wait_up_to(db, OPENING_PATIENCE)
    yield
    _wait_up_to(db, BUSY_TIMEOUT)


def _wait_up_to(db: Database, seconds: float) -> None:
    db.conn.execute(f"PRAGMA busy_timeout={int(seconds * 1_000)}").fetchone()


def is_full(error: LedgerError) -> bool:
    """Whether the disk had no room: a file that could not grow, or the index of a write-ahead log."""
    cause = error.__cause__
    return isinstance(cause, sqlite3.OperationalError) and (
        "is full" in str(cause) or "disk I/O error" in str(cause)
    )


def drop_remains(db: Database) -> None:
    """Empty the write-ahead log of what was wiped in the file; another program that reads keeps it until it is done."""
    with suppress(sqlite3.Error):
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def save_room(db: Database) -> None:
    """Move what was written ahead into the file, and do so often from now on.

    Written ahead, an entry takes some 20 kB; in the file, one or two. It takes room to gain room: what cannot be
    moved now stays where it is.
    """
    with suppress(sqlite3.Error):
        db.conn.execute(f"PRAGMA wal_autocheckpoint={_PAGES_WHEN_SHORT}").fetchone()
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


@contextmanager
def as_ledger_error(doing: str) -> Iterator[None]:
    """Turn a fault of SQLite or of the disk into a LedgerError."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        msg = f"{doing}: {error}"
        raise LedgerError(msg) from error
