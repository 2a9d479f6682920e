"""Open the database: one SQLite file for a club, PostgreSQL for a chain."""

from typing import Final

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from central.errors import ConfigError
from central.storage.postgres import open_postgres, read_postgres, write_postgres
from central.storage.sqlite import open_sqlite, read_sqlite

POSTGRESQL: Final = "postgresql+psycopg"
HINT: Final = (
    "must be sqlite:////absolute/path/of/a/file or postgresql+psycopg://user@host/database"
)


def open_engine(url: str) -> Engine:
    """An engine for ``url``; a SQLite file is made (0600) where there is none.

    Raises:
        ConfigError: another database, or no URL.
        StorageDownError: an affected SQLite, or a file that cannot be made.
    """
    parsed = _parse_url(url)
    return open_postgres(parsed) if parsed.drivername == POSTGRESQL else open_sqlite(parsed)


def is_embedded(engine: Engine) -> bool:
    """Whether the database is this program's own file, which it may migrate by itself."""
    return engine.dialect.name == "sqlite"


def reading(engine: Engine) -> Connection:
    """A connection whose transaction sees one consistent state and waits for no writer."""
    return read_sqlite(engine) if is_embedded(engine) else read_postgres(engine)


def glancing(engine: Engine) -> Connection:
    """A connection for single look-ups: without a transaction, where the database can do without one."""
    return read_sqlite(engine) if is_embedded(engine) else engine.connect()


def writing(engine: Engine) -> Connection:
    """A connection whose transaction may change things."""
    return engine.connect() if is_embedded(engine) else write_postgres(engine)


def _parse_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(field="database_url", value="…", hint="is no database URL") from error
    if parsed.drivername == POSTGRESQL and parsed.database:
        return parsed
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.query:
        shown = parsed.render_as_string(hide_password=True)
        raise ConfigError(field="database_url", value=shown, hint=HINT)
    return parsed.set(drivername="sqlite")
