"""What the dashboard looks up: what every storage promises of it."""

from dataclasses import replace

from cardcore.card import Mode
from cardcore.ids import DoorId, Micros, UnixSeconds
from cardcore.lifecycle import CardState, CardStep
from central.ports.happenings import SignOfLife
from central.ports.lookups import News, Queue
from central.ports.rollups import Period
from central.ports.storage import Storage
from tests.contract.central.test_rollups import evening
from tests.contract.central.test_watching import ALERT
from tests.fakes.central_material import ADA, MAIN, POOL, World, card_of_ada, some_device
from tests.fakes.central_office import Refusing, publisher_of
from tests.fakes.central_world import NOON

US = 1_000_000


def test_cards_are_counted_by_state_and_by_when_they_were_issued(storage: Storage) -> None:
    world = World(storage=storage)
    central = world.central()
    first = card_of_ada(central)
    world.clock.seconds += 100
    second = central.cards.issue(MAIN, ADA.member_id, Mode.PRINT)
    central.cards.take(first.card_id, CardStep.REVOKE)
    late = Period(since=NOON + 100, until=NOON + 101)
    with storage.read() as tx:
        counts = tx.lookups.cards_by_state([MAIN])
        assert {state: n for state, n in counts.items() if n} == {
            CardState.ACTIVE: 1,
            CardState.REVOKED: 1,
        }
        assert tx.lookups.cards_by_state([POOL]) == {}
        assert tx.lookups.cards_issued([MAIN], late) == 1
        assert tx.lookups.cards_issued([MAIN], Period(since=0, until=NOON + 101)) == 2
        assert tx.lookups.cards_issued([POOL], late) == 0
        active = tx.lookups.cards([MAIN], state=CardState.ACTIVE, issued=None, most=9)
        assert [card.card_id for card in active] == [second.card_id]
        issued = tx.lookups.cards([MAIN], state=None, issued=late, most=9)
        assert [card.card_id for card in issued] == [second.card_id]
        assert len(tx.lookups.cards([MAIN], state=None, issued=None, most=1)) == 1


def test_doors_come_with_their_last_heartbeat_unless_shut_out(storage: Storage) -> None:
    heard = some_device("d-1")
    silent = replace(some_device("d-2"), door=DoorId("Attic"))
    revoked = replace(some_device("d-3"), revoked_at=UnixSeconds(NOON))
    with storage.write() as tx:
        tx.documents.touch(MAIN)
        for device in (heard, silent, revoked):
            tx.devices.add(device)
        sign = SignOfLife(
            device_id=heard.device_id, received_at=Micros(5), wall=Micros(4), content=b"{}"
        )
        tx.reports.put_sign(sign)
    with storage.read() as tx:
        first, second = tx.lookups.doors([MAIN])
        assert (first.door, first.heard_at, first.heartbeat) == ("Attic", None, None)
        assert (second.device_id, second.heard_at, second.heartbeat) == ("d-1", 5, b"{}")
        assert tx.lookups.doors([POOL]) == []


def test_events_that_wait_are_counted_apart_from_dead_ones(storage: Storage) -> None:
    world = World(storage=storage)
    card_of_ada(world.central())
    with storage.read() as tx:
        assert tx.lookups.queue([MAIN]) == Queue(waiting=2, dead=0)
        assert tx.lookups.queue([POOL]) == Queue(waiting=0, dead=0)
    publisher_of(world, Refusing(9), tries=1).publish_all()
    with storage.read() as tx:
        queue = tx.lookups.queue([MAIN])
        assert queue.dead == 2 - queue.waiting > 0


def test_open_incidents_and_news(storage: Storage) -> None:
    central = World(storage=storage).central()
    with storage.read() as tx:
        assert tx.lookups.news([MAIN]) == News(0, 0, 0, 0)
        assert tx.lookups.open_incidents([MAIN]) == {}
    evening(central)
    with storage.write() as tx:
        tx.watching.alerts.put(ALERT)
    with storage.read() as tx:
        counts = tx.lookups.open_incidents([MAIN])
        assert counts["quarantined_entry"] == 1
        assert tx.lookups.open_incidents([POOL]) == {}
        news = tx.lookups.news([MAIN])
        assert news == News(NOON * US, NOON * US, ALERT.since, news.position)
        assert news.position > 0
        assert tx.lookups.news([POOL]).found_us == 0
    for incident in central.incidents.listed([MAIN]):
        central.incidents.handle(incident.incident_id, by="kim")
    with storage.read() as tx:
        assert sum(tx.lookups.open_incidents([MAIN]).values()) == 0


def test_the_database_tells_its_size(storage: Storage) -> None:
    vitals = storage.state()
    assert vitals.size_bytes > 0
    assert vitals.connections <= vitals.connections_max
    assert (vitals.slow_total, list(vitals.slow)) == (0, [])


def test_audiences_are_known_once_anything_is(storage: Storage) -> None:
    with storage.write() as tx:
        assert tx.lookups.audiences() == []
        tx.documents.touch(POOL)
        tx.documents.touch(MAIN)
    with storage.read() as tx:
        assert tx.lookups.audiences() == [MAIN, POOL]
