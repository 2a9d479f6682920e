"""Operators, incidents, the feed and reports: what every storage promises of them."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from cardcore.audit import Direction
from cardcore.ids import CardId, DeviceId, Epoch, Micros, UnixSeconds
from central.auth import secret_hash
from central.ports.happenings import Incident, IncidentKind, Movement, SignOfLife
from central.ports.records import Operator, Quarantine, Role
from central.ports.storage import Storage
from tests.contract.central.test_storage import CARD, peopled, stored
from tests.fakes.central_material import EPOCH, MAIN, POOL, chain, some_device
from tests.fakes.central_world import NOON

__all__ = ["peopled"]
DEVICE = some_device().device_id
US = 1_000_000
KIM = Operator(
    name="kim",
    token_hash=secret_hash("kim"),
    grants=frozenset({(Role.READ, MAIN), (Role.MANAGE, POOL)}),
    added_at=UnixSeconds(NOON),
)
INCIDENT = Incident(
    incident_id="a" * 24,
    audience=MAIN,
    kind=IncidentKind.OVERRIDE,
    found_at=Micros(NOON * US),
    happened_at=Micros(NOON * US - 7),
    device_id=DEVICE,
    door="North",
    epoch=EPOCH,
    seq=3,
    card_id=CardId(bytes(16)),
    facts={"attendant": "Kim – é", "late_s": 3, "why": None},
)
CAME = Movement(
    device_id=DEVICE,
    epoch=EPOCH,
    seq=1,
    door="North",
    card_id=CardId(b"a" * 16),
    nonce=b"nonce-01",
    direction=Direction.ENTRY,
    moved_at=Micros(NOON * US),
)


def test_operators_are_found_by_their_tokens_hash_and_replaced(storage: Storage) -> None:
    bob = replace(KIM, name="bob", token_hash=secret_hash("bob"), grants=frozenset())
    with storage.write() as tx:
        assert tx.operators.find("kim") is None
        tx.operators.put(KIM)
        tx.operators.put(bob)
        assert tx.operators.by_token_hash(secret_hash("kim")) == KIM
    later = replace(
        KIM,
        grants=frozenset({(Role.EVENTS, MAIN)}),
        token_hash=bytes(32),
        revoked_at=UnixSeconds(9),
    )
    with storage.write() as tx:
        tx.operators.put(later)
    with storage.read() as tx:
        assert tx.operators.all() == [bob, later]
        assert tx.operators.find("kim") == later
        assert tx.operators.by_token_hash(secret_hash("kim")) is None


def test_an_incident_is_kept_once_and_stays_handled(storage: Storage) -> None:
    bare = replace(
        INCIDENT,
        incident_id="b" * 24,
        audience=POOL,
        happened_at=None,
        epoch=None,
        seq=None,
        card_id=None,
        facts={},
        found_at=Micros(NOON * US + 1),
    )
    with storage.write() as tx:
        tx.incidents.add([])
        tx.incidents.add([INCIDENT, bare])
        tx.incidents.handle(INCIDENT.incident_id, at=UnixSeconds(NOON), by="kim")
        tx.incidents.handle(INCIDENT.incident_id, at=UnixSeconds(NOON + 9), by="bob")
        tx.incidents.add([replace(INCIDENT, door="South"), bare])
    handled = replace(INCIDENT, handled_at=UnixSeconds(NOON), handled_by="kim")
    with storage.read() as tx:
        assert tx.incidents.find(INCIDENT.incident_id) == handled
        assert tx.incidents.find("c" * 24) is None
        assert tx.incidents.of([MAIN, POOL], handled=None, most=9) == [bare, handled]
        assert tx.incidents.of([MAIN, POOL], handled=False, most=9) == [bare]
        assert tx.incidents.of([MAIN, POOL], handled=True, most=9) == [handled]
        assert tx.incidents.of([MAIN, POOL], handled=None, most=1) == [bare]
        assert tx.incidents.of([MAIN], handled=False, most=9) == []
        assert tx.incidents.of([], handled=None, most=9) == []


def test_the_feed_gives_out_positions_in_order(storage: Storage) -> None:
    south = replace(CAME, device_id=DeviceId("d-2"), door="South", seq=2, nonce=b"nonce-02")
    with storage.write() as tx:
        assert tx.feed.publish(MAIN, []) == 0
        assert tx.feed.end(MAIN) == 0
        tx.feed.publish(MAIN, [CAME, south])
        tx.feed.publish(POOL, [CAME])
    with storage.write() as tx:
        tx.feed.publish(MAIN, [replace(CAME, seq=3, epoch=b"restored")])
    with storage.read() as tx:
        held = tx.feed.after(MAIN, 0, 9, not_of=(DeviceId("x"), None))
        assert [movement.position for movement in held] == [1, 2, 3]
        assert held[1] == replace(south, position=2)
        assert (tx.feed.end(MAIN), tx.feed.end(POOL)) == (3, 1)
        others = tx.feed.after(MAIN, 0, 9, not_of=(DEVICE, None))
        assert [movement.position for movement in others] == [2]
        anew = tx.feed.after(MAIN, 0, 9, not_of=(DEVICE, EPOCH))
        assert [movement.position for movement in anew] == [2, 3]
        assert len(tx.feed.after(MAIN, 1, 1, not_of=(DeviceId("x"), None))) == 1


def test_the_feed_finds_nonces_that_were_burned_twice_in_their_order(storage: Storage) -> None:
    again = replace(CAME, seq=2, door="South")
    with storage.write() as tx:
        once = replace(CAME, nonce=b"nonce-07")
        nameless = replace(CAME, nonce=None)
        assert tx.feed.publish(MAIN, [CAME, nameless, nameless, once]) == 0
        assert tx.feed.publish(POOL, [CAME]) == 0
        assert tx.feed.burned(MAIN, 0) == []
        assert tx.feed.publish(MAIN, [again, once]) == 4
        assert [movement.position for movement in tx.feed.burned(MAIN, 5)] == [4, 6]
        assert [movement.position for movement in tx.feed.burned(MAIN, 4)] == [1, 4, 5, 6]
        assert tx.feed.burned(MAIN, 6) == []
        assert tx.feed.burned(POOL, 0) == []


def test_the_feed_counts_who_is_inside(storage: Storage) -> None:
    other, nobody = CardId(b"b" * 16), None
    out = Direction.EXIT
    with storage.write() as tx:
        tx.feed.publish(
            MAIN,
            [
                CAME,
                replace(CAME, card_id=other, moved_at=Micros(NOON * US + 5)),
                replace(CAME, card_id=other, direction=out, moved_at=Micros(NOON * US + 3)),
                replace(CAME, card_id=nobody, nonce=None),
                replace(CAME, card_id=nobody, nonce=None),
                replace(CAME, card_id=nobody, nonce=None, direction=out),
            ],
        )
    with storage.read() as tx:
        assert tx.feed.inside(MAIN, Micros(NOON * US)) == 3
        assert tx.feed.inside(MAIN, Micros(NOON * US + 1)) == 1
        assert tx.feed.inside(POOL, Micros(0)) == 0
        assert tx.feed.before(MAIN, Micros(NOON * US)) == 0
        assert tx.feed.before(MAIN, Micros(NOON * US + 4)) == 1
        assert tx.feed.before(MAIN, Micros(NOON * US + 9)) == 6
    with storage.write() as tx:
        gone = replace(CAME, direction=out, moved_at=Micros(NOON * US))
        tx.feed.publish(MAIN, [gone])  # in the same instant: the later position counts
        assert tx.feed.inside(MAIN, Micros(NOON * US)) == 2
        nameless = replace(CAME, card_id=nobody, nonce=None, direction=out)
        tx.feed.publish(MAIN, [nameless, nameless, nameless])
        assert tx.feed.inside(MAIN, Micros(NOON * US)) == 1


def test_the_feed_forgets_what_is_old_and_its_positions_go_on(storage: Storage) -> None:
    later = Micros(NOON * US + 1)
    with storage.write() as tx:
        assert tx.feed.forget(later, 9) == 0
        tx.feed.publish(MAIN, [CAME, CAME, replace(CAME, moved_at=later), CAME])
        tx.feed.publish(POOL, [CAME])
    with storage.write() as tx:
        assert tx.feed.forget(Micros(NOON * US), 9) == 0
        assert tx.feed.forget(later, 2) == 3
        assert tx.feed.forget(later, 2) == 1
    with storage.write() as tx:
        assert (tx.feed.end(MAIN), tx.feed.end(POOL)) == (4, 1)
        tx.feed.publish(MAIN, [CAME])
        held = tx.feed.after(MAIN, 0, 9, not_of=(DeviceId("x"), None))
        assert [movement.position for movement in held] == [3, 5]


def test_nobody_who_reads_along_misses_a_movement(storage: Storage) -> None:
    if not storage.__class__.__name__.startswith("Sql"):
        return  # the one in memory has one caller at a time
    published, readers = 40, (DeviceId("x"), None)
    seen: list[int] = []

    def publish(number: int) -> None:
        for seq in range(published // 4):
            with storage.write() as tx:
                tx.feed.publish(MAIN, [replace(CAME, seq=number * 100 + seq)] * 2)

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(publish, number) for number in range(4)]
        position = 0
        while position < 2 * published:
            done, _ = wait(running, timeout=0.002)  # a reader that never rests keeps writers out
            for future in done:
                future.result()
            with storage.read() as tx:
                page = tx.feed.after(MAIN, position, 100, not_of=readers)
                position = tx.feed.end(MAIN)
            seen += [movement.position for movement in page]
    assert seen == list(range(1, 2 * published + 1))


def test_reports_know_cards_clocks_and_lines(peopled: Storage) -> None:
    entries = chain(3, DEVICE)
    with peopled.write() as tx:
        kept = [stored(entries[0], 1), stored(entries[1], 2, Quarantine.UNREADABLE)]
        tx.audit.append(DEVICE, EPOCH, kept, Micros(77))
    with peopled.read() as tx:
        assert tx.reports.cards({CARD.card_id, CardId(b"\x01" * 16)}) == {CARD.card_id: CARD}
        reading = tx.reports.clock_before(DEVICE, EPOCH, 3)
        assert reading is not None
        assert (reading.wall, reading.mono) == (1_800_000_000_000_001, 1)
        assert (reading.boot_id, reading.arrived_at) == (bytes(16), 77)
        assert tx.reports.clock_before(DEVICE, EPOCH, 1) is None
        assert tx.reports.clock_before(DEVICE, Epoch(b"restored"), 9) is None
        lines = tx.reports.audit_lines([MAIN, POOL], card_id=None, most=9)
        assert [(line.seq, line.quarantine) for line in lines] == [(1, None), (2, "unreadable")]
        assert tx.reports.audit_lines([POOL], card_id=None, most=9) == []
        of_card = tx.reports.audit_lines([MAIN], card_id=CardId(bytes(16)), most=9)
        assert [line.seq for line in of_card] == [1]
        assert len(tx.reports.audit_lines([MAIN], card_id=None, most=1)) == 1


@pytest.mark.parametrize("again", [False, True])
def test_a_sign_of_life_replaces_the_one_before(peopled: Storage, *, again: bool) -> None:
    sign = SignOfLife(
        device_id=DEVICE, received_at=Micros(1), wall=Micros(2), content=b'{"program":"p"}'
    )
    with peopled.write() as tx:
        assert tx.reports.signs() == {}
        tx.reports.put_sign(sign)
        if again:
            sign = replace(sign, content=b"{}")
            tx.reports.put_sign(sign)
    with peopled.read() as tx:
        assert tx.reports.signs() == {DEVICE: sign}
