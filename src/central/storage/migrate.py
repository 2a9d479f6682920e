"""Bring the database to the form this program knows; refuse one from a newer program."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from central.errors import ConfigError

HEAD: Final = "0001"
REVISIONS: Final = ("0001",)  # every one there has been, the oldest first
SCRIPTS: Final = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Bring the database behind ``connection`` to :data:`HEAD`, inside its transaction.

    Raises:
        ConfigError: a newer program has been here.
    """
    revision = _revision(connection)
    if revision == HEAD:
        return
    if revision is not None and revision not in REVISIONS:
        hint = "this database belongs to a newer Gatepost; upgrade the program"
        raise ConfigError(field="database", value=f"form {revision}", hint=hint)
    # Alembic takes 0.2 s to import: only a database that needs it pays.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)
