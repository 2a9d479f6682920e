"""What watches over central: the count of its answers, samples, baselines, and slow statements."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from cardcore.card import Mode
from central.bootstrap import wire_app
from central.errors import StorageDownError
from central.figures.meter import ANSWERED, FAILED, FINE, Meter
from central.figures.objectives import TOKEN_MS
from central.ops import process
from central.ops.keeping import keeping
from central.ops.system_clock import SystemClock
from central.ports.rollups import DAY, HOUR, TOKEN, Period
from central.ports.watching import EVERYWHERE
from central.storage.database_state import SlowLog, state_of
from central.storage.transaction import open_storage
from tests.fakes.central_dashboard import visiting
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_http import API
from tests.fakes.central_material import ADA, MAIN, World, card_of_ada, device_of, enrol
from tests.fakes.central_office import operator
from tests.fakes.central_process import call, rows
from tests.fakes.central_world import NOON, FakeClock

EVER = Period(since=0, until=1 << 40)


def kept(world: World) -> dict[str, int]:
    with world.fake.read() as tx:
        counts = tx.rollups.counts([EVERYWHERE], HOUR, EVER)
        days = tx.rollups.counts([EVERYWHERE], DAY, EVER)
    assert sum(counts.values()) == sum(days.values())
    assert {key.decision for key in counts} <= {ANSWERED}
    return {key.reason: count for key, count in counts.items()}


async def test_every_answer_is_counted_and_a_token_timed() -> None:
    world = World()
    central = world.central()
    card_of_ada(central)
    card_id = central.cards.issue(MAIN, ADA.member_id, Mode.ONLINE).card_id.hex()
    headers = operator(world.fake, "app")
    transport = httpx.ASGITransport(wire_app(central), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://central.test") as client:
        for _ in range(2):
            answer = await client.post(
                f"{API}/cards/{card_id}/token", headers=headers, content=b"{}"
            )
            assert answer.status_code == 200
        assert (
            await client.post(f"{API}/cards/{'0' * 32}/token", headers=headers, content=b"{}")
        ).status_code == 404
        await client.get("/dashboard/login")
        world.fake.is_down = True
        assert (await client.get(f"{API}/keys", headers=headers)).status_code == 503
        with pytest.raises(StorageDownError):
            central.tower.meter.keep()  # what it could not write it has still
        world.fake.is_down = False
    central.tower.meter.keep()
    central.tower.meter.keep()
    assert kept(world) == {FINE: 3, FAILED: 1}
    with world.fake.read() as tx:
        tokens = tx.rollups.latencies([EVERYWHERE], TOKEN, EVER)
    assert sum(latency.entries for latency in tokens.values()) == 2
    assert all(latency.max_us < TOKEN_MS * 1_000 for latency in tokens.values())


def test_what_a_process_counted_is_kept_when_it_ends() -> None:
    world = World()
    meter = Meter(storage=world.fake, clock=world.clock)
    with keeping(meter, every_s=0.01):
        meter.count(failed=False, token_us=None)
    assert kept(world) == {FINE: 1}
    with keeping(meter, every_s=60):
        meter.count(failed=True, token_us=5)
    assert kept(world) == {FINE: 1, FAILED: 1}


def test_a_database_that_is_away_does_not_stop_a_process_from_ending() -> None:
    world = World()
    meter = Meter(storage=world.fake, clock=world.clock)
    with keeping(meter, every_s=60):
        meter.count(failed=False, token_us=7)
        world.fake.is_down = True
    world.fake.is_down = False
    meter.keep()
    assert kept(world) == {FINE: 1}


def test_samples_are_taken_once_in_five_minutes_and_dropped_after_a_week() -> None:
    world = World()
    card_of_ada(world.central())
    samples = world.central().tower.samples
    for _ in range(3):
        samples.sample()
        world.clock.seconds += 200
    with world.fake.read() as tx:
        found = tx.watching.samples.since(world.clock.now().__class__(0))
    assert {each.name for each in found} == {"memory", "queue", "connections", "slow queries"}
    assert sorted({each.at - NOON for each in found}) == [0, 300]
    assert next(each.value for each in found if each.name == "queue") == 2
    assert samples.clean_up() == 0
    world.clock.seconds += 8 * DAY
    assert samples.clean_up() == len(found)


def test_what_is_normal_is_the_middle_of_four_weeks() -> None:
    world = World()
    central = world.central()
    assert central.tower.baselines.record([MAIN]) == []
    door = FakeDoor(central=central, device=device_of(central, enrol(central)))
    for day in range(1, 11):
        for number in range(day):
            door.log(
                at=-day * DAY + number,
                mono=day * DAY + number,
                nonce=(day * 100 + number).to_bytes(8, "big"),
                stages={"verify": 1_000},
            )
    door.hand_in()
    found = {each.name: each for each in central.tower.baselines.record([MAIN])}
    a_day = found["admissions a day"]
    assert (a_day.low, a_day.value, a_day.high) == (1, 6, 10)
    assert found["let through, % of a day"].value == 100
    assert found["faults, % of a day"].value == 0
    assert found["decision p95 of a day, ms"].value == pytest.approx(1, rel=0.05)


async def test_the_page_shows_what_is_normal() -> None:
    world = World()
    central = world.central()
    door = FakeDoor(central=central, device=device_of(central, enrol(central)))
    door.log(at=-2 * DAY, mono=0)
    door.hand_in()
    central.tower.baselines.record([MAIN])
    async with visiting(world) as visitor:
        assert "admissions a day" in (await visitor.get("/baselines")).text


def test_the_command_line_records_it(tmp_path: Path) -> None:
    assert rows(tmp_path, "metrics", "baseline") == []
    storage = open_storage(f"sqlite:///{tmp_path / 'central.sqlite3'}")
    world = World(storage=storage, clock=FakeClock(seconds=SystemClock().now()))
    central = world.central()
    door = FakeDoor(central=central, device=device_of(central, enrol(central)))
    door.log(at=world.clock.seconds - NOON - 2 * DAY, mono=0)
    door.hand_in()
    storage.close()
    found = {str(each["name"]): each["value"] for each in rows(tmp_path, "metrics", "baseline")}
    assert found["admissions a day"] == 1
    assert "admissions a day: 1.0, nine of ten" in call(tmp_path, "metrics", "baseline").stdout


class Ticking(FakeClock):
    """Half a second passes with every look."""

    def monotonic(self) -> float:
        self.seconds += 1
        return self.seconds / 2


def test_slow_statements_are_remembered_without_their_values() -> None:
    engine = create_engine("sqlite://")
    slow = SlowLog(Ticking(), slow_s=0.4)
    slow.watch(engine)
    with engine.connect() as connection:
        for number in range(60):
            connection.execute(text("SELECT  :secret,\n 1"), {"secret": f"hush {number}"})
    total, found = slow.look()
    assert (total, len(found)) == (60, 50)
    assert {query.statement for query in found} == {"SELECT ?, 1"}
    assert {query.took_ms for query in found} == {500}
    assert state_of(engine, slow.look).slow_total == 60
    engine.dispose()


def test_a_file_that_is_being_moved_has_no_size(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'gone' / 'x.sqlite3'}")
    state = state_of(engine, lambda: (0, []))
    assert (state.size_bytes, state.free_bytes) == (0, None)


def test_memory_is_told_where_the_system_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert process.resident_bytes() > 1_000_000
    monkeypatch.setattr(process, "_STATM", tmp_path / "nowhere")
    assert process.resident_bytes() == 0
