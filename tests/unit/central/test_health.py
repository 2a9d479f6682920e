"""Health of central: each probe by its name, well and not; and what is told to whom."""

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from cardcore import trial
from cardcore.audit import ClockTrust
from cardcore.wire import EnrolAnswer, Heartbeat
from central.bootstrap import wire_central
from central.cli.root import main
from central.errors import StorageDownError
from central.events.publisher import Publisher
from central.ops import health
from central.ports.records import Role
from central.ports.storage import Storage
from central.ports.vitals import Pool
from telemetry.health import Check, Condition, HealthReport, Level
from tests.fakes.central_http import problem_in
from tests.fakes.central_material import (
    EPOCH,
    MAIN,
    POOL,
    World,
    batch,
    card_of_ada,
    chain,
    device_of,
    enrol,
)
from tests.fakes.central_office import Refusing, operator, publisher_of
from tests.fakes.central_storage import FakeStorage

LIVE = ("process", "memory", "disk")
READY = ("database", "cache", "outbox", "key_set", "self_test", "circuit", "database_pool")
DAY = 86_400


class Pools(FakeStorage):
    """A storage whose connections can all be in use."""

    def __init__(self, in_use: int) -> None:
        super().__init__()
        self.in_use = in_use

    def pool(self) -> Pool:
        return Pool(size=4, in_use=self.in_use)


@pytest.fixture
def well(world: World) -> World:
    world.fake = Pools(in_use=1)
    return world


def report(world: World, level: Level = Level.FULL) -> HealthReport:
    return world.central().health.examiner().report(level)


def check(world: World, name: str) -> Check:
    return next(one for one in report(world).checks if one.name == name)


def beat(circuit: str) -> Heartbeat:
    return Heartbeat(
        program="test/1", wall_us=0, clock=ClockTrust.TRUSTED, outbox=0, circuit=circuit
    )


def test_a_new_central_is_up(well: World) -> None:
    told = report(well)
    assert [one.name for one in told.checks] == [*LIVE, *READY]
    assert [(one.name, one.words) for one in told.checks if not one.healthy] == []
    assert (told.status, told.ratio) == (Condition.UP, 1.0)


@pytest.mark.parametrize(("level", "names"), [(Level.LIVE, LIVE), (Level.READY, READY)])
def test_a_level_asks_what_it_says(well: World, level: Level, names: tuple[str, ...]) -> None:
    assert tuple(one.name for one in report(well, level).checks) == names


@pytest.mark.parametrize("name", ["process", "memory"])
def test_the_process_and_its_memory_are_looked_at(well: World, name: str) -> None:
    assert check(well, name).healthy


def test_disk_without_room_is_told(well: World, tmp_path: Path) -> None:
    gone = wire_central(
        well.fake, clock=well.clock, randomness=well.randomness, folder=tmp_path / "gone"
    )
    disk = gone.health.examiner().report(Level.LIVE).checks[2]
    assert (disk.name, disk.healthy) == ("disk", False)


def test_database_that_is_gone_is_down_and_its_words_are_for_the_log(
    well: World, caplog: pytest.LogCaptureFixture
) -> None:
    well.fake.is_down = True
    found = check(well, "database")
    assert (found.critical, found.words) == (True, "cannot be looked at now; the log says why")
    assert report(well, Level.READY).status is Condition.DOWN
    assert "database: disk I/O error" in caplog.text


def test_cache_of_documents_is_counted(well: World) -> None:
    enrol(well.central())
    well.central().signed.key_sets.key_set(MAIN)
    assert check(well, "cache").figures == {"documents": 1}


def test_outbox_with_a_backlog_or_a_dead_letter(
    well: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_of_ada(well.central())
    assert check(well, "outbox").healthy
    monkeypatch.setattr(health, "OUTBOX_MANY", 0)
    assert not check(well, "outbox").healthy
    monkeypatch.undo()
    publisher: Publisher = publisher_of(well, Refusing(times=9), tries=1)
    publisher.publish_all()
    found = check(well, "outbox")
    assert (found.healthy, found.figures) == (False, {"waiting": 0, "dead": 2})


def test_key_set_that_is_about_to_end_is_bearable(well: World) -> None:
    card_of_ada(well.central())
    assert check(well, "key_set").healthy
    with well.fake.read() as tx:
        ends = min(key.signs_until for key in tx.keys.of(MAIN))
    well.clock.seconds = ends - DAY // 2
    found = check(well, "key_set")
    assert (found.healthy, found.critical) == (False, False)
    assert "stops in 12 hours" in found.words


def test_key_set_of_a_venue_that_cannot_sign_is_down(well: World) -> None:
    card_of_ada(well.central())
    well.clock.seconds += 4_000 * DAY
    found = check(well, "key_set")
    assert (found.healthy, found.critical) == (False, True)
    assert found.words == "1 of 1 venues have no key that signs now"


def test_self_test_that_takes_a_forged_card(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "is_judged_right", lambda *_: False)
    assert "forged one taken" in check(well, "self_test").words


def test_self_test_that_cannot_draw(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("central.cards.qr.version_of", lambda _text: 0)
    found = check(well, "self_test")
    assert (found.critical, found.words) == (True, "a card's code cannot be drawn")


def test_circuit_of_most_doors_open_is_told(well: World) -> None:
    central = well.central()
    for door, circuit in (("North", "open"), ("South", "closed"), ("West", "open")):
        central.presence.beat(device_of(central, enrol(central, door=door)), beat(circuit))
    found = check(well, "circuit")
    assert (found.healthy, found.figures) == (False, {"doors": 3, "heard": 3, "open": 2})
    well.clock.seconds += 200  # none of them was heard of late
    assert check(well, "circuit").healthy


def test_circuit_of_a_heartbeat_that_cannot_be_read_is_unknown(well: World) -> None:
    central = well.central()
    device = device_of(central, enrol(central))
    central.presence.beat(device, beat("open"))
    with well.fake.write() as tx:
        tx.reports.put_sign(replace(tx.reports.signs()[device.device_id], content=b"{}"))
    assert check(well, "circuit").figures["open"] == 0


def test_database_pool_in_use_is_told(world: World) -> None:
    world.fake = Pools(in_use=4)
    assert check(world, "database_pool").words == ("4 of 4 connections to the database are in use")
    assert not check(world, "database_pool").healthy


def full_house(world: World) -> EnrolAnswer:
    central = world.central()
    card_of_ada(central)
    north = enrol(central)
    entries = chain(2, north.device_id)
    central.audit.ingest(device_of(central, north), batch(entries, epoch=EPOCH))
    central.presence.beat(device_of(central, north), beat("closed"))  # of 1970
    enrol(central, POOL, "Pool")
    return north


def test_figures_are_those_of_the_audiences(world: World) -> None:
    full_house(world)
    told = world.central().health.figures(None)
    assert told["doors"] == 2
    assert told["admit_last_hour"] == 2
    assert told["cards_active"] == 1
    assert told["incidents_clock_jump"] == 1
    pool = world.central().health.figures([POOL])
    assert pool == {"doors": 1, "doors_heard": 0}


class TestRoutes:
    @pytest.mark.usefixtures("well")
    async def test_live_and_ready_are_told_to_anybody(self, client: httpx.AsyncClient) -> None:
        for path, names in (("/health/live", LIVE), ("/health/ready", READY)):
            answer = await client.get(path)
            assert answer.status_code == 200
            told = answer.json()
            assert told["status"] == "UP"
            assert tuple(one["name"] for one in told["checks"]) == names
            assert told["figures"] == {}

    async def test_full_is_for_operators(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/health/full")
        assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")

    async def test_full_tells_of_the_operators_audiences_alone(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        full_house(world)
        header = operator(world.fake, "pia", (Role.READ, POOL))
        answer = await client.get("/health/full", headers=header)
        assert answer.json()["figures"] == {"doors": 1, "doors_heard": 0}

    async def test_full_without_a_database_tells_what_it_can(
        self, world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        header = operator(world.fake, "pia", (Role.READ, MAIN))
        monkeypatch.setattr(health.CentralHealth, "figures", _down)
        answer = await client.get("/health/full", headers=header)
        assert (answer.status_code, answer.json()["figures"]) == (200, {})

    async def test_a_database_that_is_gone_is_a_503(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        world.fake.is_down = True
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "DOWN")
        assert "disk I/O" not in answer.text


def _down(_health: health.CentralHealth, _audiences: object) -> None:
    raise StorageDownError


class TestCommand:
    def test_every_check_and_the_figures_are_printed(self, tmp_path: Path) -> None:
        run = CliRunner().invoke(main, ["--data", str(tmp_path), "health"])
        assert run.exit_code == 0, run.output
        assert run.stdout.splitlines()[-1] == "UP, 10 of 10 checks well"
        assert "doors heard" in run.stdout

    def test_a_program_reads_the_same(self, tmp_path: Path) -> None:
        run = CliRunner().invoke(main, ["--data", str(tmp_path), "health", "--ready", "--json"])
        assert [one["name"] for one in json.loads(run.stdout)["checks"]] == list(READY)

    def test_what_fails_is_an_exit_code(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(health, "is_judged_right", lambda *_: False)
        run = CliRunner().invoke(main, ["--data", str(tmp_path), "health"])
        assert (run.exit_code, "critical self_test" in run.stdout) == (1, True)


def test_the_trial_card_takes_as_much_randomness_as_it_says(well: World) -> None:
    asked: list[int] = []

    def randomness(size: int, /) -> bytes:
        asked.append(size)
        return bytes(size)

    storage: Storage = well.fake
    central = wire_central(storage, clock=well.clock, randomness=randomness)
    assert central.health.examiner().report(Level.READY).status is Condition.UP
    assert asked == [trial.RANDOM_BYTES]
