"""Transactions over the database, and the one place where its faults are translated."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, TimeoutError as PoolTimeoutError

from central.errors import StorageDownError
from central.storage.audit import SqlAuditLog
from central.storage.cards import SqlCards
from central.storage.devices import SqlDevices
from central.storage.documents import SqlDocuments
from central.storage.engine import READS, open_engine
from central.storage.keys import SqlKeys
from central.storage.members import SqlMembers
from central.storage.migrate import migrate

_CHECK: Final = text("SELECT 1 FROM audiences LIMIT 1")


class SqlTransaction:
    """All collections on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.members = SqlMembers(connection)
        self.cards = SqlCards(connection)
        self.keys = SqlKeys(connection)
        self.documents = SqlDocuments(connection)
        self.devices = SqlDevices(connection)
        self.audit = SqlAuditLog(connection)


class SqlStorage:
    """The database behind :class:`central.ports.storage.Storage`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """Look at one consistent state."""
        with _translated(), self._engine.connect().execution_options(**READS) as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """Change it, alone."""
        with _translated(), self._engine.begin() as connection:
            yield SqlTransaction(connection)

    def check(self) -> None:
        """Raise where it cannot be used."""
        with _translated(), self._engine.connect().execution_options(**READS) as connection:
            connection.execute(_CHECK)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def open_storage(url: str) -> SqlStorage:
    """The database at ``url``, brought to the newest form.

    Raises:
        ConfigError: it belongs to a newer program, or is none that this one knows.
        StorageDownError: it cannot be opened.
    """
    engine = open_engine(url)
    try:
        with _translated(), engine.begin() as connection:
            migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return SqlStorage(engine)


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
