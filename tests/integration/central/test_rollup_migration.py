"""A database from before there were rollups: the migration counts what is in it."""

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, select, text

from central.bootstrap import Central
from central.storage.engine import open_engine
from central.storage.migrate import SCRIPTS
from central.storage.schema import METADATA
from central.storage.transaction import SqlStorage, migrate_storage, open_storage
from tests.contract.central.test_rollups import evening, everything
from tests.fakes.central_material import World
from tests.fakes.central_process import call, row
from tests.fakes.postgres import Postgres

BEFORE = "0005"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'central.sqlite3'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


def kept_in(central: Central) -> list[object]:
    with central.storage.read() as tx:
        return everything(tx)


def put_back(source: SqlStorage, url: str) -> None:
    """A database of the form before the rollups, with the rows of ``source`` that it had a place for."""
    engine = open_engine(url)
    with source._engine.connect() as old, engine.begin() as new:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = new
        command.upgrade(config, BEFORE)
        there = inspect(new)
        for table in METADATA.sorted_tables:
            if there.has_table(table.name):
                names = [column["name"] for column in there.get_columns(table.name)]
                columns = [table.c[name] for name in names if name in table.c]
                rows = [row._asdict() for row in old.execute(select(*columns))]
                if rows:
                    new.execute(table.insert(), rows)
    engine.dispose()


def test_the_migration_counts_what_was_handed_in_before_it(url: str, tmp_path: Path) -> None:
    now = open_storage(f"sqlite:///{tmp_path / 'now.sqlite3'}")
    central = World(storage=now).central()
    evening(central)
    kept = kept_in(central)
    put_back(now, url)
    now.close()
    migrate_storage(url)
    storage = open_storage(url)
    assert kept_in(World(storage=storage).central()) == kept
    storage.close()


def test_a_rebuild_mends_what_somebody_broke(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'central.sqlite3'}")
    central = World(storage=storage).central()
    door = evening(central)
    kept = kept_in(central)
    with storage._engine.begin() as connection:
        connection.execute(text("UPDATE rollup_counts SET entries = entries + 7"))
        connection.execute(text("DELETE FROM rollup_members"))
    assert row(tmp_path, "metrics", "rebuild") == {"counted": len(door.entries)}
    assert kept_in(central) == kept
    assert "7 entries counted" in call(tmp_path, "metrics", "rebuild").stdout
    storage.close()


def test_a_rebuild_of_nothing_counts_nothing(tmp_path: Path) -> None:
    assert json.loads(call(tmp_path, "metrics", "rebuild", "--json").stdout) == {"counted": 0}
