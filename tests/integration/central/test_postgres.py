"""What only a server shows: writers at the same time, a server that goes away, and upgrades with data in them."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text

from cardcore.card import Mode
from cardcore.lifecycle import CardState, CardStep
from central.errors import CentralError, ConfigError, ConflictError, Kind, StorageDownError
from central.events.processing import EventProcessor
from central.events.replies import ReplyService
from central.ports.call import Answer, Call
from central.ports.events import Outcome
from central.ports.storage import Transaction
from central.storage import postgres as postgres_module
from central.storage.copying import BIG, TEXT, add_rows
from central.storage.engine import open_engine
from central.storage.migrate import HEAD, SCRIPTS, migrate
from central.storage.schema import METADATA
from central.storage.transaction import SqlStorage, migrate_storage, open_storage
from tests.fakes.central_databases import emptied
from tests.fakes.central_material import (
    ADA,
    EPOCH,
    MAIN,
    World,
    batch,
    card_of_ada,
    chain,
    device_of,
    enrol,
)
from tests.fakes.central_office import arrival, publisher_of
from tests.fakes.postgres import Postgres

pytestmark = pytest.mark.postgres

FIRST_FORM = (
    "INSERT INTO audiences VALUES ('main', 3)",
    "INSERT INTO members VALUES ('main', 'M-1', 'Ada L.', 'active')",
    """INSERT INTO cards (card_id, audience, member_id, mode, state, generation, issued_at, changed_at)
    VALUES (:card, 'main', 'M-1', 1, 'active', 2, 1800000000, 1800000001)""",
)


@pytest.fixture
def storage(postgres_storage: SqlStorage) -> SqlStorage:
    return emptied(postgres_storage)


@pytest.fixture
def second(storage: SqlStorage) -> Iterator[SqlStorage]:
    """Another process's view of the same database."""
    opened = open_storage(storage._engine.url.render_as_string(hide_password=False))
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'central.sqlite3'}"
    return postgres.new_database()


def at_once(count: int, work: Callable[[int], object]) -> list[object]:
    """Call ``work`` so many times, all of them starting together."""
    gate = threading.Barrier(count)

    def run(number: int) -> object:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def end_all(postgres: Postgres, name: str) -> None:
    """Break every connection to a database."""
    ends = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
    with postgres.connect("postgres") as connection:
        connection.execute(ends, [name])


def touch(tx: Transaction) -> None:
    tx.documents.touch(MAIN)


def revision(storage: SqlStorage) -> int:
    with storage.read() as tx:
        return tx.documents.revision(MAIN)


def test_a_database_that_was_not_migrated_asks_for_it(postgres: Postgres) -> None:
    with pytest.raises(ConfigError, match="gatepost-central migrate"):
        open_storage(postgres.new_database())


def test_a_database_of_a_newer_program_is_refused(new_url: str) -> None:
    migrate_storage(new_url)
    engine = open_engine(new_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    for refused in (migrate_storage, open_storage):
        with pytest.raises(ConfigError, match="newer Gatepost"):
            refused(new_url)


def test_the_first_form_is_upgraded_with_what_is_in_it(new_url: str) -> None:
    engine = open_engine(new_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in FIRST_FORM:
            connection.execute(text(statement), {"card": bytes(16)} if ":card" in statement else {})
    assert migrate_storage(new_url) == HEAD
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()
    storage = open_storage(new_url)
    world = World(storage=storage)
    central = world.central()
    [card] = central.cards.all(MAIN)
    assert (card.state, card.generation, card.expires_at) == (CardState.ACTIVE, 2, None)
    assert central.cards.take(card.card_id, CardStep.REISSUE).generation == 3
    assert publisher_of(world).publish_all() == 1
    assert [line.event for line in central.trail.of(card.card_id)[1]] == ["CardReissued"]
    storage.close()


def test_two_that_migrate_at_once_take_turns(postgres: Postgres) -> None:
    url = postgres.new_database()
    assert at_once(3, lambda _: migrate_storage(url)) == [HEAD] * 3
    engine = open_engine(url)
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()


def test_the_same_event_from_eight_at_once_has_one_effect(
    storage: SqlStorage, second: SqlStorage
) -> None:
    world = World()
    processors = [EventProcessor(storage=opened, clock=world.clock) for opened in (storage, second)]

    def send(number: int) -> list[Outcome]:
        return [processors[number % 2].process(arrival(), touch) for _ in range(50)]

    outcomes = [outcome for sent in at_once(8, send) for outcome in sent]  # type: ignore[attr-defined]
    assert sorted(outcomes) == [Outcome.APPLIED] + [Outcome.DUPLICATE] * 399
    assert revision(storage) == 1


def test_one_key_at_two_processes_is_answered_or_asked_to_wait(
    storage: SqlStorage, second: SqlStorage
) -> None:
    world = World()
    services = [ReplyService(storage=opened, clock=world.clock) for opened in (storage, second)]
    call = Call(path={}, query={}, headers={"idempotency-key": "k"}, address="", body=b"{}")

    def work(tx: Transaction) -> Answer:
        touch(tx)
        return Answer(body=b"done")

    def ask(number: int) -> object:
        try:
            return services[number % 2].once(call, caller="a", operation="x", work=work).body
        except CentralError as error:
            return error.kind

    told = at_once(4, ask)
    assert b"done" in told
    assert set(told) <= {b"done", Kind.IN_PROGRESS}
    assert revision(storage) == 1


def test_a_card_takes_one_of_two_steps_at_once(storage: SqlStorage, second: SqlStorage) -> None:
    worlds = [World(storage=storage), World(storage=second)]
    card = card_of_ada(worlds[0].central())

    def revoke(number: int) -> object:
        try:
            return worlds[number % 2].central().cards.take(card.card_id, CardStep.REVOKE).state
        except CentralError as error:
            return error.kind

    # each world counts its own random bytes: give them different ones
    worlds[1].randomness(16)
    for _ in range(50):
        worlds[1].randomness(16)
    told = at_once(4, revoke)
    assert sorted(map(str, told)) == ["illegal_step"] * 3 + ["revoked"]


def test_workers_in_two_processes_publish_each_event_once_and_in_order(
    storage: SqlStorage, second: SqlStorage
) -> None:
    first_world = World(storage=storage)
    central = first_world.central()
    central.members.import_members(MAIN, [ADA])
    cards = [central.cards.issue(MAIN, ADA.member_id, Mode.PRINT) for _ in range(10)]
    seen: list[tuple[bytes, int]] = []

    class Noting:
        def receive(self, _tx: Transaction, event: object) -> None:
            seen.append((event.card_id, event.sequence))  # type: ignore[attr-defined]

    worlds = [first_world, World(storage=second)]
    counts = at_once(4, lambda number: publisher_of(worlds[number % 2], Noting()).publish_all())
    while publisher_of(first_world, Noting()).publish_next():
        counts.append(1)
    assert sum(map(int, map(str, counts))) == len(seen) == 20
    for card in cards:
        assert [sequence for card_id, sequence in seen if card_id == card.card_id] == [1, 2]


def test_keys_made_at_once_are_made_once(storage: SqlStorage, second: SqlStorage) -> None:
    worlds = [World(storage=storage), World(storage=second)]
    for _ in range(100):
        worlds[1].randomness(4)
    at_once(4, lambda number: worlds[number % 2].central().signed.key_sets.key_set(MAIN))
    central = worlds[0].central()
    assert len(central.keys.all(MAIN)) == 3
    assert len(central.keys.all(None)) == 1


def test_a_door_that_sends_a_log_twice_at_once_is_held_once(
    storage: SqlStorage, second: SqlStorage
) -> None:
    worlds = [World(storage=storage), World(storage=second)]
    central = worlds[0].central()
    device = device_of(central, enrol(central))
    entries = chain(500, device.device_id)
    told = at_once(4, lambda n: worlds[n % 2].central().audit.ingest(device, batch(entries)))
    accepted = [answer.accepted for answer in told]  # type: ignore[attr-defined]
    assert sorted(accepted) == [0, 0, 0, 500]
    assert central.audit.mark(device, EPOCH).mark == 500


def test_a_server_that_went_away_is_said_and_found_again(postgres: Postgres) -> None:
    url = postgres.new_database()
    migrate_storage(url)
    storage = open_storage(url)
    storage.try_to_write()
    name = str(storage._engine.url.database)
    end_all(postgres, name)
    with pytest.raises(StorageDownError):
        storage.try_to_write()
    storage.try_to_write()
    storage.close()
    with pytest.raises(StorageDownError):
        open_storage(url.replace(name, "no_such_database"))


def test_a_connection_that_breaks_before_the_copy_is_said(
    postgres: Postgres, storage: SqlStorage
) -> None:
    name = str(storage._engine.url.database)
    columns = {"audience": TEXT, "revision": BIG}

    def write_and_break() -> None:
        with storage.write() as tx:
            tx.documents.touch(MAIN)
            end_all(postgres, name)
            add_rows(tx._connection, "audiences", columns, [("a", 1)])

    with pytest.raises(StorageDownError):
        write_and_break()
    with suppress(StorageDownError):
        storage.try_to_write()
    storage.try_to_write()


def test_a_lock_that_is_not_let_go_is_a_busy_database(
    postgres: Postgres, storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_module, "WAIT_S", 1.0)
    url = postgres.url_of(str(storage._engine.url.database))
    with closing(open_storage(url)) as waiting, storage.write() as tx:
        tx.lock("a")
        with pytest.raises(ConflictError), waiting.write_alone("a"):
            pass
        with pytest.raises(StorageDownError, match="lock timeout"), waiting.write() as other:
            other.lock("a")
