"""Rollups while several write at once: doors of one venue, and a rebuild beside them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from cardcore.audit import Outcome
from cardcore.ids import DeviceId, Epoch
from central.bootstrap import Central
from central.errors import StorageDownError
from central.figures.rebuilding import RollupService
from central.storage.transaction import SqlStorage, migrate_storage, open_storage
from tests.contract.central.test_rollups import everything
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import World, card_of_ada, some_device
from tests.fakes.postgres import Postgres

DOORS, BATCHES, ENTRIES = 3, 6, 20


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStorage]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'central.sqlite3'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
        migrate_storage(url)
    opened = open_storage(url)
    yield opened
    opened.close()


def hand_in(central: Central, number: int) -> int:
    """One door's evening, batch by batch; one that is told to come again does."""
    device = replace(some_device(f"d-{number}"), device_id=DeviceId(f"d-{number}"))
    door = FakeDoor(central=central, device=device, epoch=Epoch(bytes([number] * 8)))
    for batch in range(BATCHES):
        for each in range(ENTRIES):
            at = batch * 3_600 + each - 86_400
            nonce = bytes([number, batch, each]) * 3
            refused = each % 5 == 0
            door.log(
                at=at,
                mono=86_400 + at,
                nonce=nonce,
                decision=Outcome.REFUSE if refused else Outcome.ADMIT,
                reason="expired" if refused else "ok",
                stages={"verify": 100 * (each + 1)},
            )
        while True:
            try:
                door.hand_in()
                break
            except StorageDownError:  # the database was busy for long
                continue
    return len(door.entries)


def test_doors_and_a_rebuild_at_once_count_everything_once(storage: SqlStorage) -> None:
    central = World(storage=storage).central()
    card_of_ada(central)
    with storage.write() as tx:
        for number in range(DOORS):
            tx.devices.add(some_device(f"d-{number}"))
    rebuilder = RollupService(storage=storage)
    with ThreadPoolExecutor(DOORS + 1) as pool:
        doors = [pool.submit(hand_in, central, number) for number in range(DOORS)]
        for _ in range(
            3
        ):  # SQLite's writers wait for each other by chance: one that never rests starves the rest
            rebuilder.rebuild(lambda _counted: None)
        counted = sum(door.result() for door in doors)
    with storage.read() as tx:
        kept = everything(tx)
    assert rebuilder.rebuild(lambda _counted: None) == counted == DOORS * BATCHES * ENTRIES
    with storage.read() as tx:
        assert everything(tx) == kept
        assert tx.rollups.entries() == counted
