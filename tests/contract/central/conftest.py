"""The storages that every contract is tried on: in memory, SQLite, PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.ports.storage import Storage
from central.storage.transaction import open_storage
from tests.fakes.central_databases import emptied
from tests.fakes.central_storage import FakeStorage

STORAGES = ["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "memory":
        yield FakeStorage()
    elif request.param == "sqlite":
        opened = open_storage(f"sqlite:///{tmp_path / 'central.sqlite3'}")
        yield opened
        opened.close()
    else:
        yield emptied(request.getfixturevalue("postgres_storage"))
