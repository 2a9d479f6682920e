"""Steps of cards as events, published to subscribers and the trail: over every storage."""

from dataclasses import replace

import pytest

from cardcore.audit import parse_entry, serialise_entry
from cardcore.ids import Micros
from cardcore.lifecycle import CardState, CardStep
from central.errors import (
    CentralError,
    NotFoundError,
)
from central.ports.events import By, EventKind
from central.ports.storage import Storage
from tests.fakes.central_material import (
    World,
    batch,
    card_of_ada,
    chain,
    device_of,
    enrol,
)
from tests.fakes.central_office import SECOND, Refusing, publisher_of
from tests.fakes.central_world import NOON, FakeClock

DAY = 86_400 * SECOND
NOW = NOON * SECOND


@pytest.fixture
def world(storage: Storage) -> World:
    return World(storage=storage)


def test_a_step_that_is_refused_is_no_event(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    central.cards.take(card.card_id, CardStep.REVOKE)
    publisher_of(world).publish_all()
    before = len(central.trail.of(card.card_id)[1])
    with pytest.raises(CentralError):
        central.cards.take(card.card_id, CardStep.ACTIVATE)
    assert publisher_of(world).publish_all() == 0
    assert len(central.trail.of(card.card_id)[1]) == before


def test_each_step_becomes_a_line_of_the_trail(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    for step in (CardStep.SUSPEND, CardStep.EXPIRE, CardStep.REISSUE, CardStep.REVOKE):
        world.clock.seconds += 1
        central.cards.take(card.card_id, step, by=By(actor="ada", why="because"))
    assert central.trail.of(card.card_id)[1] == []  # until somebody publishes
    assert publisher_of(world).publish_all() == 6
    found, lines = central.trail.of(card.card_id)
    assert found.state is CardState.REVOKED
    assert [line.event for line in lines] == [
        kind.value
        for kind in (
            EventKind.ISSUED,
            EventKind.ACTIVATED,
            EventKind.SUSPENDED,
            EventKind.EXPIRED,
            EventKind.REISSUED,
            EventKind.REVOKED,
        )
    ]
    assert [(line.who, line.why) for line in lines][1:3] == [
        ("command line", ""),
        ("ada", "because"),
    ]
    assert (lines[-2].generation, lines[-2].state, lines[-1].at_us) == (
        1,
        "active",
        NOW + 4 * SECOND,
    )


def test_a_scan_is_a_line_of_the_trail_once_it_was_handed_in(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    publisher_of(world).publish_all()
    device = device_of(central, enrol(central))
    [entry] = chain(1, device.device_id)
    shown = serialise_entry(
        replace(parse_entry(entry), card_id=card.card_id, attendant="Grace", wall=NOW + 5)
    )
    central.audit.ingest(device, batch([shown]))
    line = central.trail.of(card.card_id)[1][-1]
    assert (line.event, line.at_us, line.why) == ("CardValidated", NOW + 5, "admit: ok")
    assert line.who == f"door North ({device.device_id}), attendant Grace"


def test_a_subscriber_that_fails_gets_it_again_and_at_last_it_is_dead(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    mail = Refusing(3)
    publisher = publisher_of(world, mail, tries=3)
    assert publisher.publish_all() == 1
    for waits in (1, 2):
        assert not publisher.publish_next()  # the second event waits behind the first
        world.clock.seconds += waits
        assert publisher.publish_next()
    assert publisher.publish_all() == 1  # the first is dead: the second goes out
    [dead] = central.letters.all()
    assert (dead.event.kind, dead.tries) == (EventKind.ISSUED, 3)
    assert dead.error == "RuntimeError: the mail system is away"
    assert [line.event for line in central.trail.of(card.card_id)[1]] == ["CardActivated"]
    central.letters.retry(dead.event.event_id)
    assert publisher.publish_all() == 1
    assert [event.sequence for event in mail.received] == [2, 1]
    assert [line.event for line in central.trail.of(card.card_id)[1]] == [
        "CardIssued",
        "CardActivated",
    ]
    with pytest.raises(NotFoundError):
        central.letters.retry(dead.event.event_id)


def test_published_events_are_forgotten_after_thirty_days(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    publisher = publisher_of(world)
    publisher.publish_all()
    world.clock.seconds += 30 * 86_400 + 1
    assert publisher.clean_up() == 2
    assert len(central.trail.of(card.card_id)[1]) == 2
    assert central.cards.take(card.card_id, CardStep.SUSPEND).state is CardState.SUSPENDED
    publisher.publish_all()
    assert len(central.trail.of(card.card_id)[1]) == 3


def test_a_card_expires_when_its_time_has_come(world: World, storage: Storage) -> None:
    central = world.central()
    card = card_of_ada(central)
    with storage.write() as tx:
        tx.cards.replace(replace(card, expires_at=FakeClock(seconds=NOON + 5).now()))
    assert central.cards.expire_due() == 0
    world.clock.seconds += 5
    assert central.cards.expire_due() == 1
    assert central.cards.expire_due() == 0
    publisher_of(world).publish_all()
    found, lines = central.trail.of(card.card_id)
    assert found.state is CardState.EXPIRED
    assert (lines[-1].event, lines[-1].who) == ("CardExpired", "schedule")
    again = central.cards.take(card.card_id, CardStep.REISSUE)
    assert (again.state, again.expires_at) == (CardState.ACTIVE, None)
    assert Micros(lines[-1].at_us) == (NOON + 5) * SECOND
