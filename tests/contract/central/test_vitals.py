"""The counts that say how central fares, on every storage."""

from cardcore.audit import ClockTrust
from cardcore.card import Mode
from cardcore.documents import DocumentKind
from cardcore.ids import DoorId, Micros
from cardcore.wire import Heartbeat
from central.bootstrap import wire_central
from central.events.publisher import Publisher
from central.ports.storage import Storage
from tests.fakes.central_material import ADA, MAIN, POOL, batch, chain, device_of, enrol
from tests.fakes.central_office import Refusing
from tests.fakes.central_world import NOON, CountingBytes, FakeClock

SECOND = 1_000_000
A_BEAT_OF_1970 = Heartbeat(
    program="test/1", wall_us=0, clock=ClockTrust.TRUSTED, outbox=0, circuit="closed"
)


def test_an_empty_central_counts_nothing(storage: Storage) -> None:
    with storage.read() as tx:
        assert list(tx.vitals.audiences()) == []
        assert (tx.vitals.queue().waiting, tx.vitals.queue().oldest) == (0, None)
        assert (tx.vitals.documents().count, tx.vitals.documents().oldest) == (0, None)
        assert dict(tx.vitals.cards()) == {}
        assert dict(tx.vitals.open_incidents()) == {}
        assert dict(tx.vitals.scans_since(Micros(0))) == {}


def test_what_happened_is_counted(storage: Storage) -> None:
    clock = FakeClock()
    central = wire_central(storage, clock=clock, randomness=CountingBytes())
    central.members.import_members(MAIN, [ADA])
    central.cards.issue(MAIN, ADA.member_id, Mode.ROTATING)
    north = enrol(central)
    central.devices.make_code(POOL, DoorId("Pool"))
    central.signed.key_sets.key_set(MAIN)
    device = device_of(central, north)
    central.audit.ingest(device, batch(chain(3, north.device_id)))
    central.presence.beat(device, A_BEAT_OF_1970)
    with storage.read() as tx:
        assert list(tx.vitals.audiences()) == [MAIN, POOL]
        queue = tx.vitals.queue()
        assert (queue.waiting, queue.dead, queue.oldest) == (queue.waiting, 0, NOON * SECOND)
        assert queue.waiting > 0
        assert tx.documents.find(DocumentKind.KEY_SET, MAIN) is not None
        assert (tx.vitals.documents().count, tx.vitals.documents().oldest) == (1, NOON)
        assert dict(tx.vitals.cards()) == {(MAIN, "active"): 1}
        assert dict(tx.vitals.scans_since(Micros(NOON * SECOND))) == {(MAIN, "admit"): 3}
        assert dict(tx.vitals.scans_since(Micros(NOON * SECOND + 1))) == {}
        assert dict(tx.vitals.open_incidents()) == {(MAIN, "clock_jump"): 1}
        (incident,) = tx.incidents.of([MAIN], handled=False, most=9)
    with storage.write() as tx:
        tx.incidents.handle(incident.incident_id, at=clock.now(), by="ann")
    with storage.read() as tx:
        assert dict(tx.vitals.open_incidents()) == {}


def test_a_dead_letter_is_no_longer_waiting(storage: Storage) -> None:
    clock = FakeClock()
    central = wire_central(storage, clock=clock, randomness=CountingBytes())
    central.members.import_members(MAIN, [ADA])
    central.cards.issue(MAIN, ADA.member_id, Mode.ROTATING)
    with storage.read() as tx:
        waiting = tx.vitals.queue().waiting
    Publisher(storage=storage, clock=clock, subscribers=[Refusing(99)], tries=1).publish_next()
    with storage.read() as tx:
        queue = tx.vitals.queue()
    assert (queue.waiting, queue.dead) == (waiting - 1, 1)


def test_what_was_tried_leaves_nothing(storage: Storage) -> None:
    storage.try_to_write()
    storage.try_to_write()
    pool = storage.pool()
    assert pool.size >= 1
    assert pool.in_use == 0
