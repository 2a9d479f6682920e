"""A floor on a stage, and no thread of it left behind."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.floor_parts import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(path=tmp_path / "ledger.sqlite3")


@pytest.fixture
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
