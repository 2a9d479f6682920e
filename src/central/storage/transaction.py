"""Transactions over the database, and the one place where its faults are translated."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from central.errors import ConflictError, Kind, StorageDownError
from central.ports.lookups import DatabaseState, SlowQuery
from central.ports.vitals import Pool
from central.storage.audit import SqlAuditLog
from central.storage.cards import SqlCards
from central.storage.database_state import SlowLog, Times, state_of
from central.storage.devices import SqlDevices
from central.storage.dialect import is_postgresql
from central.storage.documents import SqlDocuments
from central.storage.engine import glancing, is_embedded, open_engine, reading, writing
from central.storage.feed import SqlFeed
from central.storage.file_locks import try_file_lock
from central.storage.incidents import SqlIncidents
from central.storage.key_trail import SqlKeyTrail
from central.storage.keys import SqlKeys
from central.storage.lists import SqlLists, SqlPolicies
from central.storage.lookups import SqlLookups
from central.storage.members import SqlMembers
from central.storage.migrate import HEAD, check_form, migrate
from central.storage.operators import SqlOperators
from central.storage.outbox import SqlOutbox, SqlTrail
from central.storage.processed import SqlProcessed, SqlReplies
from central.storage.proofs import SqlProofs
from central.storage.reports import SqlReports
from central.storage.rollups import SqlRollups
from central.storage.row_copy import copy_rows
from central.storage.schema_events import EVENT_HEADS
from central.storage.snapshots import SqlSnapshotChunks
from central.storage.vitals import SqlVitals
from central.storage.watching import SqlWatching

_TRIAL: Final = {"source": "self-test", "aggregate": "self-test", "occurred_us": 0}
_LOCK: Final = text("SELECT pg_advisory_xact_lock(:number)")
_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:number)")


class SqlTransaction:
    """All collections on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.members = SqlMembers(connection)
        self.cards = SqlCards(connection)
        self.keys = SqlKeys(connection)
        self.documents = SqlDocuments(connection)
        self.devices = SqlDevices(connection)
        self.audit = SqlAuditLog(connection)
        self.proofs = SqlProofs(connection)
        self.operators = SqlOperators(connection)
        self.incidents = SqlIncidents(connection)
        self.feed = SqlFeed(connection)
        self.reports = SqlReports(connection)
        self.rollups = SqlRollups(connection)
        self.watching = SqlWatching(connection)
        self.lookups = SqlLookups(connection)
        self.outbox = SqlOutbox(connection)
        self.trail = SqlTrail(connection)
        self.processed = SqlProcessed(connection)
        self.replies = SqlReplies(connection)
        self.vitals = SqlVitals(connection)
        self.lists = SqlLists(connection)
        self.policies = SqlPolicies(connection)
        self.chunks = SqlSnapshotChunks(connection)
        self.key_trail = SqlKeyTrail(connection)

    def lock(self, what: str) -> None:
        """Wait until no other writing transaction has this lock; SQLite's are alone anyway."""
        if is_postgresql(self._connection):
            self._connection.execute(_LOCK, {"number": _number_of(what)})

    def copy_from(self, other: Self) -> Mapping[str, int]:
        """Fill this database, which has to be empty, with all that the other has; how many rows of each table."""
        return copy_rows(other._connection, self._connection)

    def try_lock(self, what: str) -> bool:
        """The same without waiting, on PostgreSQL; whether it was free."""
        return bool(self._connection.execute(_TRY_LOCK, {"number": _number_of(what)}).scalar())


class SqlStorage:
    """The database behind :class:`central.ports.storage.Storage`."""

    def __init__(self, engine: Engine, clock: Times | None = None) -> None:
        self._engine = engine
        self._slow = None if clock is None else SlowLog(clock)
        if self._slow is not None:
            self._slow.watch(engine)

    def state(self) -> DatabaseState:
        """How it fares."""
        with _translated():
            return state_of(self._engine, _no_slow if self._slow is None else self._slow.look)

    @contextmanager
    def glance(self) -> Iterator[SqlTransaction]:
        """Look something up."""
        with _translated(), glancing(self._engine) as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """Look at one consistent state."""
        with _translated(), reading(self._engine) as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """Change it."""
        with _translated(), writing(self._engine) as connection, connection.begin():
            yield SqlTransaction(connection)

    @contextmanager
    def write_alone(self, what: str) -> Iterator[SqlTransaction]:
        """Change it while nobody else has ``what``."""
        if is_embedded(self._engine):
            with self._lock_beside_the_file(what), self.write() as tx:
                yield tx
        else:
            with self.write() as tx:
                if not tx.try_lock(what):
                    raise ConflictError(Kind.IN_PROGRESS)
                yield tx

    def try_to_write(self) -> None:
        """Write a row that nobody else writes, and take it back."""
        with _translated(), writing(self._engine) as connection, connection.begin() as tried:
            connection.execute(EVENT_HEADS.insert().values(_TRIAL))
            tried.rollback()

    def pool(self) -> Pool:
        """How many connections there are, and how many are in use."""
        pool = self._engine.pool
        if not isinstance(pool, QueuePool):
            return Pool(size=0, in_use=0)
        return Pool(size=pool.size(), in_use=pool.checkedout())

    @contextmanager
    def _lock_beside_the_file(self, what: str) -> Iterator[None]:
        with try_file_lock(Path(f"{self._engine.url.database}-locks"), _number_of(what)) as is_free:
            if not is_free:
                raise ConflictError(Kind.IN_PROGRESS)
            yield

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def open_storage(url: str, clock: Times | None = None) -> SqlStorage:
    """The database at ``url``: a file of our own is brought to the newest form, a server has to have it.

    With a ``clock`` its statements are timed, and the slow ones remembered.

    Raises:
        ConfigError: it belongs to a newer program, has to be migrated, or is none that this one knows.
        StorageDownError: it cannot be opened.
    """
    engine = open_engine(url)
    try:
        with _translated(), writing(engine) as connection, connection.begin():
            if is_embedded(engine):
                migrate(connection)
            else:
                check_form(connection)
    except BaseException:
        engine.dispose()
        raise
    return SqlStorage(engine, clock)


def migrate_storage(url: str) -> str:
    """Bring the database at ``url`` to the newest form; the number of that form.

    Raises:
        ConfigError: it belongs to a newer program, or is none that this one knows.
        StorageDownError: it cannot be opened.
    """
    engine = open_engine(url)
    try:
        with _translated(), writing(engine) as connection, connection.begin():
            migrate(connection)
    finally:
        engine.dispose()
    return HEAD


def _no_slow() -> tuple[int, list[SlowQuery]]:
    return 0, []


def _number_of(what: str) -> int:
    """A lock's name as the 64-bit number that PostgreSQL wants."""
    return int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], "big", signed=True)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise  # a fault of this program, not of the database
    except DBAPIError as error:
        raise StorageDownError(str(error.orig)) from error
    except PoolTimeoutError as error:
        msg = "every connection is in use"
        raise StorageDownError(msg) from error
