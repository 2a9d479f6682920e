"""The thread that keeps a door in step: how long it waits, what ends the waiting, and what never ends it."""

import threading
from collections.abc import Callable

import pytest

from cardcore.errors import WireError
from scanner.errors import LedgerError, LinkDownError, LinkRefusedError
from scanner.sync.worker import SyncWorker


def _worker(
    sync: Callable[[], object], *, fraction: float = 0.5, every: float = 60.0, cap: float = 60.0
) -> SyncWorker:
    return SyncWorker(sync, fraction=lambda: fraction, every=every, cap=cap)


def _raising(error: Exception) -> Callable[[], object]:
    def sync() -> object:
        raise error

    return sync


class TestWorker:
    def test_after_a_good_sync_it_waits_its_time(self) -> None:
        worker = _worker(lambda: None)
        assert (worker.attempt(), worker.trouble) == (60.0, "")

    def test_after_faults_it_waits_a_random_part_of_a_time_that_doubles_up_to_the_cap(self) -> None:
        worker = _worker(_raising(LinkDownError("away")))
        assert [worker.attempt() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
        assert worker.trouble == "away"

    def test_a_good_sync_begins_the_waiting_anew(self) -> None:
        errors: list[Exception | None] = [
            LinkDownError("away"),
            LinkDownError("away"),
            None,
            LinkDownError("away"),
        ]

        def sync() -> None:
            error = errors.pop(0)
            if error is not None:
                raise error

        worker = _worker(sync)
        assert [worker.attempt() for _ in range(4)] == [0.5, 1.0, 60.0, 0.5]

    @pytest.mark.parametrize(("asked", "waits"), [(7.0, 7.0), (3_600.0, 60.0)])
    def test_it_waits_as_long_as_central_asked_but_no_longer_than_the_cap(
        self, asked: float, waits: float
    ) -> None:
        assert _worker(_raising(LinkDownError("busy", asked))).attempt() == waits

    def test_after_a_refusal_it_waits_the_longest(self) -> None:
        worker = _worker(_raising(LinkRefusedError(403, "urn:x", "no")))
        assert worker.attempt() == 60.0
        assert "403" in worker.trouble

    @pytest.mark.parametrize(
        "error", [LedgerError("disk"), WireError("x"), ZeroDivisionError("what")]
    )
    def test_no_fault_ends_it(self, error: Exception) -> None:
        worker = _worker(_raising(error))
        assert worker.attempt() == 0.5
        assert worker.trouble == str(error)

    def test_it_syncs_at_once_when_started_and_again_when_woken(self) -> None:
        done = threading.Semaphore(0)
        worker = _worker(done.release)
        worker.start()
        assert done.acquire(timeout=5)
        worker.wake()
        assert done.acquire(timeout=5)
        worker.stop()
        assert not worker._thread.is_alive()

    def test_in_trouble_it_is_not_woken_before_its_time(self) -> None:
        calls: list[int] = []
        tried = threading.Event()

        def sync() -> None:
            calls.append(1)
            tried.set()
            msg = "away"
            raise LinkDownError(msg, 60.0)

        worker = _worker(sync)
        worker.start()
        assert tried.wait(5)
        while not worker.trouble:
            tried.wait(0.001)
        worker.wake()
        worker.stop()
        assert calls == [1]

    def test_stopped_while_a_sync_begins_it_ends_with_that_sync(self) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def sync() -> None:
            begun.set()
            go_on.wait(5)

        worker = _worker(sync, cap=5.0)
        worker.start()
        assert begun.wait(5)
        worker._stopped = True
        worker._wake.set()  # stop(), seen in the middle of a sync
        go_on.set()
        worker._thread.join(5)
        assert not worker._thread.is_alive()

    @pytest.mark.parametrize(
        "error", [LinkDownError("away", 3_600.0), LinkRefusedError(403, "urn:x", "no")]
    )
    def test_a_person_in_a_hurry_ends_the_waiting(self, error: Exception) -> None:
        tried, asked = threading.Semaphore(0), threading.Event()

        def sync() -> None:
            asked.clear()  # what was asked for is being done
            tried.release()
            raise error

        worker = SyncWorker(
            sync, fraction=lambda: 0.9, every=60.0, hurried=asked.is_set, look=0.001
        )
        worker.start()
        assert tried.acquire(timeout=5)
        for _ in range(2):
            asked.set()
            assert tried.acquire(timeout=5)
        assert not tried.acquire(blocking=False)
        worker.stop()

    def test_after_a_hurry_the_waiting_begins_anew(self) -> None:
        away = _raising(LinkDownError("away"))
        worker = SyncWorker(away, fraction=lambda: 0.5, hurried=lambda: True, look=0.001)
        for _ in range(7):
            worker.attempt()
        worker._wait(60.0)
        assert worker.attempt() == 0.5

    def test_a_pause_ends_by_itself_however_it_is_cut(self) -> None:
        looks: list[int] = []

        def hurried() -> bool:
            looks.append(1)
            return False

        worker = SyncWorker(
            lambda: None,
            fraction=lambda: 0.5,
            hurried=hurried,
            look=0.001,
        )
        worker._wait(0.0035)
        worker._wait(0.0)
        assert len(looks) == 4
