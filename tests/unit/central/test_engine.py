"""Opening the database: what is refused, and what is kept from other eyes."""

import sqlite3
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from central.errors import ConfigError, StorageDownError
from central.storage import sqlite as engine_module
from central.storage.engine import open_engine
from central.storage.migrate import HEAD, REVISIONS, SCRIPTS, migrate
from central.storage.schema import METADATA
from central.storage.sqlite import check_version, sqlite_module
from central.storage.transaction import open_storage
from tests.fakes.central_material import ADA, MAIN


@dataclass
class SomeSqlite:
    sqlite_version: str
    sqlite_version_info: tuple[int, int, int]


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no url",
        "sqlite://",
        "sqlite:///:memory:?cache=shared",
        "postgresql://user:hunter2@host/db",
        "postgresql+psycopg2://user:hunter2@host/db",
        "postgresql+psycopg://user:hunter2@host",
        "mysql://host/db",
    ],
)
def test_another_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        open_engine(url)
    assert refused.value.field == "database_url"
    assert "hunter2" not in str(refused.value)


def test_an_affected_sqlite_is_refused_with_what_to_install() -> None:
    for version in ((3, 40, 1), (3, 51, 2)):
        with pytest.raises(StorageDownError, match="pip install pysqlite3"):
            check_version(SomeSqlite(".".join(map(str, version)), version))
    check_version(SomeSqlite("3.51.3", (3, 51, 3)))


def test_without_pysqlite3_pythons_own_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysqlite3", None)
    assert sqlite_module() is sqlite3


def test_postgresql_without_its_driver_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StorageDownError, match="pip install 'psycopg"):
        open_engine("postgresql+psycopg://user@host/db")


def test_nobody_else_reads_the_database(tmp_path: Path) -> None:
    path = tmp_path / "new" / "central.sqlite3"
    storage = open_storage(url_of(path))
    with storage.write() as tx:
        tx.documents.touch(MAIN)
    files = list(path.parent.iterdir())
    assert path.with_name("central.sqlite3-wal") in files
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    storage.close()


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "central.sqlite3"
    path.touch(0o644)
    open_storage(url_of(path)).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_place_where_no_file_can_be_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageDownError, match="cannot be opened"):
        open_storage(url_of(tmp_path / "file" / "central.sqlite3"))


def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "central.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageDownError):
        open_storage(url_of(tmp_path / "central.sqlite3"))


def test_it_is_durable_and_keeps_its_references(tmp_path: Path) -> None:
    engine = open_engine(url_of(tmp_path / "central.sqlite3"))
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    engine.dispose()


def test_a_second_writer_waits_and_then_says_that_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_S", 0.05)
    url = url_of(tmp_path / "central.sqlite3")
    first, second = open_storage(url), open_storage(url)
    with first.write() as tx:
        tx.documents.touch(MAIN)
        with second.read() as reading:  # readers do not wait
            assert reading.documents.revision(MAIN) == 0
        with pytest.raises(StorageDownError, match="locked"), second.write():
            pass
    with second.write() as tx:
        assert tx.documents.revision(MAIN) == 1
    first.close()
    second.close()


def test_more_callers_than_connections_wait_and_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_S", 0.05)
    monkeypatch.setattr(engine_module, "POOL_SIZE", 1)
    storage = open_storage(url_of(tmp_path / "central.sqlite3"))
    with storage.read(), pytest.raises(StorageDownError, match="in use"):
        storage.try_to_write()
    storage.try_to_write()
    storage.close()


def test_what_breaks_a_reference_is_a_fault_of_the_program(tmp_path: Path) -> None:
    storage = open_storage(url_of(tmp_path / "central.sqlite3"))
    with pytest.raises(IntegrityError), storage.write() as tx:
        tx.members.put([ADA])  # of an audience nobody knows
    storage.close()


def test_the_schema_is_what_the_migrations_make(tmp_path: Path) -> None:
    engine = open_engine(url_of(tmp_path / "central.sqlite3"))
    with engine.begin() as connection:
        migrate(connection)
        migrate(connection)
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert found == []
    engine.dispose()


def test_every_migration_is_known_by_its_number() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == HEAD
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    url = url_of(tmp_path / "central.sqlite3")
    open_storage(url).close()
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(ConfigError, match="newer Gatepost"):
        open_storage(url)


def test_a_database_without_a_number_is_migrated_from_the_start(tmp_path: Path) -> None:
    url = url_of(tmp_path / "central.sqlite3")
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
        )
    engine.dispose()
    open_storage(url).close()
