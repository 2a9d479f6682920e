"""A database from before there were rollups: the migration counts what is in it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from central.bootstrap import Central
from central.storage.transaction import migrate_storage, open_storage
from tests.contract.central.test_rollups import evening, everything
from tests.fakes.central_material import World
from tests.fakes.central_process import call, row
from tests.fakes.postgres import Postgres

BACK = text("UPDATE alembic_version SET version_num = '0005'")
TABLES = ("rollup_counts", "rollup_latencies", "rollup_logs", "rollup_members")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'central.sqlite3'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


def kept_in(central: Central) -> list[object]:
    with central.storage.read() as tx:
        return everything(tx)


def test_the_migration_counts_what_was_handed_in_before_it(url: str) -> None:
    migrate_storage(url)
    storage = open_storage(url)
    central = World(storage=storage).central()
    evening(central)
    kept = kept_in(central)
    with storage._engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(BACK)
    migrate_storage(url)
    assert kept_in(central) == kept
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
