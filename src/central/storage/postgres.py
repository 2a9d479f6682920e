"""PostgreSQL through psycopg 3: a pool of fixed size, and no statement that waits for ever."""

from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine

from central.errors import StorageDownError

# A fixed pool of 4 had twice the throughput of one that grows: more connections only wait for the same locks.
POOL_SIZE: Final = 4
WAIT_S: Final = (
    5.0  # for a connection of the pool, for the server, for a lock; then the caller gets a 503
)
STATEMENT_S: Final = (
    60.0  # no statement of ours takes a second; one that hangs frees its connection
)
IDLE_S: Final = 60.0  # a process that froze inside a transaction does not hold its locks for ever

_WRITES: Final = {"isolation_level": "READ COMMITTED"}
_READS: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def open_postgres(url: URL) -> Engine:
    """An engine for the server in ``url``; it connects on first use.

    Raises:
        StorageDownError: psycopg is not installed.
    """
    limits = {
        "lock_timeout": WAIT_S,
        "statement_timeout": STATEMENT_S,
        "idle_in_transaction_session_timeout": IDLE_S,
    }
    options = " ".join(f"-c {name}={int(seconds * 1_000)}" for name, seconds in limits.items())
    try:
        return create_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=0,
            hide_parameters=True,  # or a fault's text would have members' names
            pool_timeout=WAIT_S,
            isolation_level="AUTOCOMMIT",  # what a transaction is for says so itself
            connect_args={
                "connect_timeout": int(WAIT_S),
                "application_name": "gatepost-central",
                "options": options,
            },
        )
    except ImportError as error:
        msg = "PostgreSQL needs psycopg; install it with: pip install 'psycopg[binary]'"
        raise StorageDownError(msg) from error


def read_postgres(engine: Engine) -> Connection:
    """A connection whose transaction sees one state throughout, and cannot change it."""
    return engine.connect().execution_options(**_READS)


def write_postgres(engine: Engine) -> Connection:
    """A connection whose transaction sees, statement by statement, what others committed."""
    return engine.connect().execution_options(**_WRITES)
