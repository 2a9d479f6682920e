"""Workers and schedules: what is due is done, a fault ends no thread, an absent database is not hammered."""

import logging
import threading
from collections.abc import Callable

import pytest

from cardcore.ids import Micros
from central.errors import StorageDownError
from central.events import workers as workers_module
from central.events.workers import Job, Schedule, Workers
from central.ports.events import CardEvent, OutboxItem
from central.ports.storage import Transaction
from tests.fakes import central_storage as fake_storage_module
from tests.fakes.central_events import FakeOutbox
from tests.fakes.central_material import World, card_of_ada
from tests.fakes.central_office import publisher_of
from tests.fakes.central_world import FakeClock


class Counting:
    def __init__(self, found: int = 0, fault: Exception | None = None) -> None:
        self.found = found
        self.fault = fault
        self.runs = 0
        self.enough = threading.Event()

    def run(self) -> int:
        self.runs += 1
        if self.runs >= 3:
            self.enough.set()
        if self.fault is not None:
            raise self.fault
        return self.found


def schedule_of(clock: FakeClock, *runs: Callable[[], int]) -> Schedule:
    jobs = [Job(name=str(number), every_s=60, run=run) for number, run in enumerate(runs)]
    return Schedule(clock=clock, jobs=jobs)


def test_a_job_is_due_at_once_and_then_every_so_often() -> None:
    clock, job = FakeClock(), Counting(found=2)
    schedule = schedule_of(clock, job.run)
    assert schedule.run_due()
    assert not schedule.run_due()
    clock.seconds += 59
    assert not schedule.run_due()
    clock.seconds += 1
    assert schedule.run_due()
    assert job.runs == 2


def test_a_job_whose_database_is_away_is_due_again() -> None:
    job = Counting(fault=StorageDownError())
    schedule = schedule_of(FakeClock(), job.run)
    for _ in range(2):
        with pytest.raises(StorageDownError):
            schedule.run_due()
    assert job.runs == 2


@pytest.mark.parametrize("fault", [StorageDownError("gone"), ZeroDivisionError()])
def test_a_fault_is_logged_and_ends_no_thread(
    fault: Exception, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "DOWN_S", 0.001)
    job = Counting(fault=fault)
    schedule = schedule_of(FakeClock(), job.run)
    workers = Workers(publisher=publisher_of(World()), schedule=schedule, count=0, idle_s=0.001)
    with caplog.at_level(logging.ERROR, "gatepost.central.events"):
        workers.start()
        assert job.enough.wait(10)
        workers.stop()
    assert {record.levelname for record in caplog.records} == {"ERROR"}


class Waiting:
    """A subscriber that says when it had a card's second event."""

    def __init__(self) -> None:
        self.had_both = threading.Event()

    def receive(self, _tx: Transaction, event: CardEvent) -> None:
        if event.sequence == 2:
            self.had_both.set()


def test_a_worker_publishes_what_it_finds() -> None:
    world, mail = World(), Waiting()
    card = card_of_ada(world.central())
    nothing_to_do = schedule_of(world.clock)  # the storage in memory has room for one thread
    publisher = publisher_of(world, mail)
    workers = Workers(publisher=publisher, schedule=nothing_to_do, count=1, idle_s=0.001)
    workers.start()
    assert mail.had_both.wait(10)
    workers.stop()
    assert len(world.central().trail.of(card.card_id)[1]) == 2


class Broken(FakeOutbox):
    """An outbox whose claim fails."""

    def claim(self, now: Micros) -> OutboxItem | None:
        del now
        raise KeyError

    def has_due(self, now: Micros) -> bool:
        return now > 0


def test_a_claim_that_fails_is_nobodys_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_storage_module, "FakeOutbox", Broken)
    with pytest.raises(KeyError):
        publisher_of(World()).publish_next()


def test_a_subscriber_that_finds_the_database_gone_has_not_failed() -> None:
    class Away:
        def receive(self, _tx: Transaction, _event: CardEvent) -> None:
            raise StorageDownError

    world = World()
    card_of_ada(world.central())
    with pytest.raises(StorageDownError):
        publisher_of(world, Away(), tries=1).publish_next()
    assert world.central().letters.all() == []
    assert publisher_of(world).publish_all() == 2
