"""Open SQLite so that what was committed stays, whatever the machine does next."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlite_utils import Database

from scanner.errors import LedgerError

if TYPE_CHECKING:
    import sqlite3
else:
    from sqlite_utils.utils import sqlite3  # pysqlite3 where it is installed

BUSY_TIMEOUT: Final = 5.0  # seconds one lane waits for another; a commit takes milliseconds
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

    Raises:
        LedgerError: it cannot be opened or written.
    """
    refuse_affected_sqlite()
    with as_ledger_error(f"cannot open {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        conn = sqlite3.connect(
            str(path), timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            path.chmod(0o600)
            _use_wal(conn)
            # FULL: a commit is on the disk when it returns. NORMAL lost 656 of 800 simulated power cuts.
            conn.execute("PRAGMA synchronous=FULL")
            return Database(conn)
        except BaseException:
            conn.close()
            raise


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
def as_ledger_error(doing: str) -> Iterator[None]:
    """Turn a fault of SQLite or of the disk into a LedgerError."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        msg = f"{doing}: {error}"
        raise LedgerError(msg) from error
