"""Events from outside processed once: over every storage."""

from dataclasses import replace

import pytest

from central.events.processing import EventProcessor, key_of
from central.ports.events import Outcome
from central.ports.storage import Storage, Transaction
from tests.fakes.central_material import (
    MAIN,
    World,
)
from tests.fakes.central_office import SECOND, arrival
from tests.fakes.central_world import NOON

DAY = 86_400 * SECOND
NOW = NOON * SECOND


class Effects:
    """Counts what an event did, in the database: what is rolled back did not happen."""

    def __init__(self) -> None:
        self.fails = False

    def __call__(self, tx: Transaction) -> None:
        tx.documents.touch(MAIN)
        if self.fails:
            msg = "in the middle"
            raise KeyError(msg)


@pytest.fixture
def world(storage: Storage) -> World:
    return World(storage=storage)


@pytest.fixture
def processor(world: World) -> EventProcessor:
    assert world.storage is not None
    return EventProcessor(storage=world.storage, clock=world.clock)


def effects_in(storage: Storage) -> int:
    with storage.read() as tx:
        return tx.documents.revision(MAIN)


def test_an_effect_that_fails_leaves_no_record(processor: EventProcessor, storage: Storage) -> None:
    effect = Effects()
    effect.fails = True
    with pytest.raises(KeyError):
        processor.process(arrival(), effect)
    assert effects_in(storage) == 0
    effect.fails = False
    assert processor.process(arrival(), effect) is Outcome.APPLIED
    assert effects_in(storage) == 1


@pytest.mark.parametrize("event_id", [None, "E-1"])
def test_the_same_event_has_one_effect(
    processor: EventProcessor, storage: Storage, event_id: str | None
) -> None:
    outcomes = [processor.process(arrival(event_id=event_id), Effects()) for _ in range(50)]
    assert outcomes == [Outcome.APPLIED] + [Outcome.DUPLICATE] * 49
    assert effects_in(storage) == 1


def test_two_genuine_events_within_one_second_both_count(
    processor: EventProcessor, storage: Storage
) -> None:
    for event in (arrival(NOW), arrival(NOW + 1), arrival(NOW + 1, kind="reinstated")):
        assert processor.process(event, Effects()) is Outcome.APPLIED
    assert effects_in(storage) == 3


def test_an_event_that_is_a_day_late_changes_nothing(
    processor: EventProcessor, storage: Storage
) -> None:
    processor.process(arrival(NOW), Effects())
    assert processor.process(arrival(NOW - DAY), Effects()) is Outcome.STALE
    assert processor.process(arrival(NOW - DAY), Effects()) is Outcome.DUPLICATE
    assert processor.process(arrival(NOW - DAY, aggregate="M-2"), Effects()) is Outcome.APPLIED
    assert effects_in(storage) == 2


def test_the_sequence_orders_before_the_time(processor: EventProcessor) -> None:
    assert processor.process(arrival(NOW, sequence=5), Effects()) is Outcome.APPLIED
    assert processor.process(arrival(NOW + 9, sequence=4), Effects()) is Outcome.STALE
    assert processor.process(arrival(NOW + 8, sequence=5), Effects()) is Outcome.STALE
    assert processor.process(arrival(NOW - 9, sequence=6), Effects()) is Outcome.APPLIED


def test_a_record_is_kept_for_thirty_days_and_the_order_for_good(
    processor: EventProcessor, world: World, storage: Storage
) -> None:
    processor.process(arrival(NOW), Effects())
    processor.process(arrival(NOW + 1), Effects())
    world.clock.seconds += 30 * 86_400
    assert processor.clean_up() == 0
    world.clock.seconds += 1
    assert processor.clean_up() == 2
    assert processor.process(arrival(NOW), Effects()) is Outcome.STALE
    assert effects_in(storage) == 2


def test_a_key_tells_apart_whatever_differs() -> None:
    one = arrival()
    others = [
        replace(one, source="elsewhere"),
        replace(one, kind="joined"),
        replace(one, aggregate="M-2"),
        replace(one, version=2),
        replace(one, context="x"),
        arrival(NOW + 1),
        arrival(event_id="E-1"),
        arrival(event_id="E-2"),
        replace(one, kind="suspendedM", aggregate="-1"),
    ]
    assert len({key_of(event) for event in [one, *others]}) == 10
    assert key_of(arrival(event_id="E-1")) == key_of(arrival(NOW + 1, event_id="E-1"))
