"""A backup holds everything as of one moment, and goes into an empty database of either kind."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from cardcore.ids import Seq
from central.backups import MANIFEST, back_up, open_review, restore
from central.bootstrap import Central, wire_central
from central.config import DATABASE_FILE, Settings, load_settings
from central.errors import ConfigError, StorageDownError
from central.ops.system_clock import SystemClock
from central.ports.records import Role
from central.storage.engine import open_engine, reading
from central.storage.schema import METADATA
from central.storage.transaction import migrate_storage, open_storage
from tests.fakes.central_material import EPOCH, MAIN, batch, card_of_ada, chain, device_of, enrol
from tests.fakes.central_world import CountingBytes
from tests.fakes.postgres import Postgres

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def settings_for(data: Path, url: str | None = None) -> Settings:
    return load_settings(data=str(data), database_url=url)


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "sqlite":
        return settings_for(tmp_path / "central")
    server: Postgres = request.getfixturevalue("postgres")
    url = server.new_database()
    migrate_storage(url)
    return settings_for(tmp_path / "central", url)


def fill(settings: Settings) -> None:
    """A member with a card, a door, its log, a gap in another, and what happens besides."""
    with closing(open_storage(settings.database_url)) as storage:
        central = wire_central(storage, clock=SystemClock(), randomness=CountingBytes())
        _people(central)


def _people(central: Central) -> None:
    card_of_ada(central)
    device = device_of(central, enrol(central, MAIN))
    entries = chain(3, device.device_id)
    central.audit.ingest(device, batch(entries))
    central.receipts.resume(device, central.receipts.give(device, EPOCH, Seq(2)))
    central.operators.add("ann", roles=[Role.READ], audiences=[MAIN])


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = open_engine(url)
    with reading(engine) as connection, connection.begin():
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
        }
    engine.dispose()
    return found


@pytest.fixture(params=DATABASES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield settings_for(tmp_path / "other")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        yield settings_for(tmp_path / "other", server.new_database())


def test_what_was_backed_up_comes_back_whole(
    settings: Settings, target: Settings, tmp_path: Path
) -> None:
    fill(settings)
    made = back_up(settings, tmp_path / "backup")
    assert (made.entries, made.broken) == (3, ())
    put_back = restore(target, tmp_path / "backup")
    assert put_back == made.manifest
    before = contents(settings.database_url)
    assert contents(target.database_url) == before
    assert {name: len(rows) for name, rows in before.items()} == dict(made.manifest.rows)
    with open_review(target) as review:
        assert all(log.is_sound for log in review.walk())


class TestBadInput:
    @pytest.fixture
    def room(self, tmp_path: Path) -> Path:
        fill(settings_for(tmp_path / "central"))
        back_up(settings_for(tmp_path / "central"), tmp_path / "backup")
        return tmp_path

    def test_a_folder_that_is_there_is_not_written_over(self, room: Path) -> None:
        with pytest.raises(ConfigError, match="is there already"):
            back_up(settings_for(room / "central"), room / "backup")
        assert not list(room.glob(".*.part"))

    def test_only_its_owner_reads_a_backup(self, room: Path) -> None:
        assert (room / "backup").stat().st_mode & 0o077 == 0
        assert (room / "backup" / DATABASE_FILE).stat().st_mode & 0o077 == 0

    def test_it_goes_into_an_empty_database_only(self, room: Path) -> None:
        before = contents(settings_for(room / "central").database_url)
        with pytest.raises(ConfigError, match="is not empty"):
            restore(settings_for(room / "central"), room / "backup")
        assert contents(settings_for(room / "central").database_url) == before

    def test_a_flipped_bit_is_refused_and_nothing_is_put_back(self, room: Path) -> None:
        copy = room / "backup" / DATABASE_FILE
        data = bytearray(copy.read_bytes())
        data[-1] ^= 1
        copy.write_bytes(data)
        with pytest.raises(ConfigError, match="is damaged"):
            restore(settings_for(room / "new"), room / "backup")
        assert not (room / "new").exists()

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"", "is damaged"),
            (b"{}", "is damaged"),
            (b"\xff", "is damaged"),
            (b'{"format": 1}', "is damaged"),
            (
                b'{"format": "x", "form": "1", "made_at": 1, "sha256": "", "rows": {}}',
                "something else",
            ),
        ],
    )
    def test_a_manifest_of_another_form_is_refused(
        self, room: Path, content: bytes, why: str
    ) -> None:
        (room / "backup" / MANIFEST).write_bytes(content)
        with pytest.raises(ConfigError, match=why):
            restore(settings_for(room / "new"), room / "backup")

    def test_what_is_no_backup_is_named(self, room: Path) -> None:
        for folder in (room / "nowhere", room / "central", room / "backup" / MANIFEST):
            with pytest.raises(ConfigError, match="is no backup"):
                restore(settings_for(room / "new"), folder)

    def test_without_the_copy_it_is_damaged(self, room: Path) -> None:
        (room / "backup" / DATABASE_FILE).unlink()
        with pytest.raises(ConfigError, match="is damaged"):
            restore(settings_for(room / "new"), room / "backup")

    def test_a_copy_of_a_newer_program_is_refused(self, room: Path) -> None:
        copy = room / "backup" / DATABASE_FILE
        with closing(sqlite3.connect(copy)) as db, db:
            db.execute("UPDATE alembic_version SET version_num = '9999'")
        manifest = json.loads((room / "backup" / MANIFEST).read_bytes())
        manifest["sha256"] = hashlib.sha256(copy.read_bytes()).hexdigest()
        (room / "backup" / MANIFEST).write_text(json.dumps(manifest))
        with pytest.raises(ConfigError, match="newer"):
            restore(settings_for(room / "new"), room / "backup")

    def test_a_database_that_cannot_be_read_leaves_nothing(self, tmp_path: Path) -> None:
        broken = tmp_path / "central" / DATABASE_FILE
        broken.parent.mkdir()
        broken.write_bytes(b"no database" * 1_000)
        with pytest.raises(StorageDownError):
            back_up(settings_for(tmp_path / "central"), tmp_path / "backup")
        assert [path.name for path in tmp_path.iterdir()] == ["central"]
