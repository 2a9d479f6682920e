"""Bring the database to the form this program knows; refuse one from a newer program."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from central.errors import ConfigError
from central.storage.dialect import is_postgresql

LAST: Final = 13  # raised with every migration
REVISIONS: Final = tuple(f"{number:04}" for number in range(1, LAST + 1))
HEAD: Final = REVISIONS[-1]
SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = (
    0x6761_7465  # any number that no other lock of ours has: two that migrate at once take turns
)


def check_form(connection: Connection) -> None:
    """Refuse a database that is not of the form this program knows.

    Raises:
        ConfigError: a newer program has been here, or it has to be migrated first.
    """
    revision = _revision(connection)
    if revision == HEAD:
        return
    _refuse_newer(revision)
    hint = f"this program needs form {HEAD}; run gatepost-central migrate"
    raise ConfigError(field="database", value=f"form {revision or 'none'}", hint=hint)


def migrate(connection: Connection) -> None:
    """Bring the database behind ``connection`` to :data:`HEAD`, inside its transaction.

    Raises:
        ConfigError: a newer program has been here.
    """
    if is_postgresql(connection):  # SQLite's transaction is alone already
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    revision = _revision(connection)
    if revision == HEAD:
        return
    _refuse_newer(revision)
    # Alembic takes 0.2 s to import: only a database that needs it pays.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in REVISIONS:
        hint = "this database belongs to a newer Gatepost; upgrade the program"
        raise ConfigError(field="database", value=f"form {revision}", hint=hint)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)
