"""SQLite in WAL, every commit on disk before it is answered.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL database that several connections use (the WAL-reset bug, mended in 3.51.3), so
an affected one is refused. The pysqlite3 package brings a newer one than most systems have.
"""

import os
from pathlib import Path
from typing import Final, Protocol, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from central.errors import StorageDownError

SQLITE_MIN: Final = (3, 51, 3)
BUSY_S: Final = 5.0  # how long a writer waits for another before the caller gets a 503
POOL_SIZE: Final = 8  # readers beside one writer; more only wait for the same disk
CACHE_KIB: Final = 16 * 1024
# 16 MB before the log is taken into the file: a batch of 500 entries touches some 1,500 pages, and the next one many of the
# same. What is committed is on the disk either way.
CHECKPOINT_PAGES: Final = 4_000
_READS: Final = {"begin": "BEGIN"}
_BEGIN_WRITE: Final = "BEGIN IMMEDIATE"


class _SqliteModule(Protocol):
    """What is used of sqlite3 or pysqlite3."""

    sqlite_version: str
    sqlite_version_info: tuple[int, int, int]


class _Cursor(Protocol):
    def execute(self, sql: str, /) -> object: ...
    def close(self) -> None: ...


class _DbapiConnection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def open_sqlite(url: URL) -> Engine:
    """An engine for the file in ``url``, which is made (0600) where there is none.

    Raises:
        StorageDownError: an affected SQLite, or a file that cannot be made.
    """
    module = sqlite_module()
    check_version(module)
    _protect(Path(url.database or ""))
    engine = create_engine(
        url,
        module=module,
        pool_size=POOL_SIZE,
        max_overflow=0,
        hide_parameters=True,  # or a fault's text would have members' names
        pool_timeout=BUSY_S,
        connect_args={"timeout": BUSY_S},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def read_sqlite(engine: Engine) -> Connection:
    """A connection whose transaction only reads: it waits for no writer."""
    return engine.connect().execution_options(**_READS)


def sqlite_module() -> _SqliteModule:
    """The newest SQLite that Python has here."""
    try:
        import pysqlite3 as module
    except ImportError:
        import sqlite3 as module
    return cast("_SqliteModule", module)


def check_version(module: _SqliteModule) -> None:
    """Refuse an affected SQLite.

    Raises:
        StorageDownError: it says what to install.
    """
    if module.sqlite_version_info < SQLITE_MIN:
        wanted = ".".join(str(part) for part in SQLITE_MIN)
        msg = (
            f"SQLite {module.sqlite_version} can corrupt the database (WAL-reset bug): "
            f"{wanted} or newer is needed. Install it with: pip install pysqlite3"
        )
        raise StorageDownError(msg)


def _protect(path: Path) -> None:
    """It holds root keys: nobody but its owner reads it, nor the log beside it, which takes its mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
    except OSError as error:
        msg = f"the database {path} cannot be opened: {error.strerror}"
        raise StorageDownError(msg) from error


def _prepare(connection: _DbapiConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = (
        None  # SQLAlchemy's transactions begin in _begin, not in the driver
    )
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{CACHE_KIB}",
        f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    begin = connection.get_execution_options().get("begin", _BEGIN_WRITE)
    connection.exec_driver_sql(begin)
