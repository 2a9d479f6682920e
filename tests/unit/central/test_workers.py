"""Workers and schedules: what is due is done, a fault ends no thread, an absent database is not hammered."""

import logging
import threading
from collections.abc import Callable

import pytest

from central.errors import StorageDownError
from central.events import workers as workers_module
from central.events.workers import Job, Schedule, Workers
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


def test_a_worker_publishes_what_it_finds() -> None:
    world = World()
    card = card_of_ada(world.central())
    job = Counting()
    schedule = schedule_of(world.clock, job.run)
    workers = Workers(publisher=publisher_of(world), schedule=schedule, count=1, idle_s=0.001)
    # the storage in memory lets one thread in at a time: stop the schedule's by running its job first
    schedule.run_due()
    workers._threads[0].start()
    until = threading.Event()
    while publisher_of(world)._storage is world.fake and not until.wait(0.05):
        if workers._threads[0].is_alive() and not world.fake._kept.events.outbox:
            break
        if all(queued.delivery == "done" for queued in world.fake._kept.events.outbox):
            break
    workers._stop.set()
    workers._threads[0].join(5)
    assert len(world.central().trail.of(card.card_id)[1]) == 2
