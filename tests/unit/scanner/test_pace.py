"""When documents are asked for: on time, sooner for an unknown key, and never in a storm."""

import pytest

from scanner.sync.pace import RefreshPace
from scanner.sync.worker import SyncWorker
from tests.fakes.scanner_clock import FakeClock


def asked(pace: RefreshPace) -> bool:
    if not pace.is_due():
        return False
    pace.begun()
    pace.done()
    return True


def test_the_first_time_is_at_once_and_the_next_on_time() -> None:
    clock = FakeClock()
    pace = RefreshPace(clock.mono, every=60)
    assert asked(pace)
    clock.advance(59)
    assert not asked(pace)
    assert pace.due_in() == pytest.approx(1, abs=0.1)
    clock.advance(1)
    assert asked(pace)


def test_an_unknown_key_is_asked_for_once_a_cooldown() -> None:
    clock = FakeClock()
    pace = RefreshPace(clock.mono, every=60, cooldown=10)
    asked(pace)
    times = 0
    for _ in range(300):  # five minutes, an unknown key each second
        pace.missed_key()
        times += asked(pace)
        clock.advance(1)
    assert times == 29


def test_a_missed_key_brings_the_next_time_forward() -> None:
    clock = FakeClock()
    pace = RefreshPace(clock.mono, every=60, cooldown=10)
    asked(pace)
    clock.advance(3)
    pace.missed_key()
    assert pace.due_in() == pytest.approx(7, abs=0.1)
    clock.advance(30)
    assert pace.due_in() == 0


def test_a_key_missed_while_documents_come_is_asked_for_again() -> None:
    clock = FakeClock()
    pace = RefreshPace(clock.mono, every=60, cooldown=10)
    pace.begun()
    pace.missed_key()
    pace.done()
    assert pace.due_in() == pytest.approx(10, abs=0.1)


def test_what_failed_is_due_still() -> None:
    clock = FakeClock()
    pace = RefreshPace(clock.mono, every=60)
    pace.begun()
    assert pace.is_due()


def test_a_worker_comes_back_when_documents_are_due() -> None:
    worker = SyncWorker(lambda: None, fraction=lambda: 0.5, every=60.0, due_in=lambda: 7.0)
    assert worker.attempt() == 7.0
    late = SyncWorker(lambda: None, fraction=lambda: 0.5, every=60.0, due_in=lambda: 90.0)
    assert late.attempt() == 60.0
