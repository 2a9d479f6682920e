"""Rollups: what every storage promises of them, and that a rebuild gives what ingest kept."""

from dataclasses import replace

import pytest

from cardcore.audit import Direction, Outcome
from cardcore.card import Mode
from cardcore.ids import Audience, DeviceId, Epoch, MemberId, Micros
from central.bootstrap import Central
from central.figures.rebuilding import rebuild_in
from central.ports.rollups import (
    DAY,
    HOUR,
    PATH,
    TOKEN,
    CountKey,
    Engagement,
    Latency,
    LatencyKey,
    LogKey,
    LogSpan,
    MemberKey,
    Period,
    Tally,
    Visits,
    Wanted,
)
from central.ports.storage import Storage, Transaction
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import (
    EPOCH,
    MAIN,
    POOL,
    World,
    card_of_ada,
    device_of,
    enrol,
)
from tests.fakes.central_world import NOON

US = 1_000_000
NOON_HOUR = NOON - NOON % HOUR
NOON_DAY = NOON - NOON % DAY
EVER = Period(since=0, until=1 << 40)
LATE = 400 * DAY
KEY = CountKey(MAIN, HOUR, NOON_HOUR, "admit", "ok", "entry", 1)


@pytest.fixture
def central(storage: Storage) -> Central:
    return World(storage=storage).central()


def everything(tx: Transaction) -> list[object]:
    both = (MAIN, POOL)
    return [
        dict(tx.rollups.counts(both, HOUR, EVER)),
        dict(tx.rollups.counts(both, DAY, EVER)),
        dict(tx.rollups.latencies(both, PATH, EVER)),
        sorted(tx.rollups.spans(both, Wanted(period=EVER))),
        tx.rollups.visitors(both, Micros(NOON * US), 30 * DAY * US, "known", 100),
    ]


def evening(central: Central) -> FakeDoor:
    """A door with one of everything, handed in in three batches."""
    card_id = card_of_ada(central).card_id
    door = FakeDoor(central=central, device=device_of(central, enrol(central)))
    door.log(at=-60, card_id=card_id, stages={"verify": 700, "decide": 300})
    door.log(at=-50, card_id=card_id, nonce=b"nonce-02", mode=Mode.PRINT, stages={"verify": 9_000})
    door.hand_in()
    door.log(at=-40, decision=Outcome.REFUSE, reason="expired", card_id=card_id)
    door.log(at=-3_700, decision=Outcome.REFUSE, reason="not_a_card", card_id=None, mode=None)
    door.log(at=LATE, card_id=card_id, nonce=b"nonce-03")
    door.hand_in()
    door.write(b"\xff nobody can read this")
    door.log(at=-20, card_id=card_id, direction=Direction.EXIT, nonce=b"nonce-04")
    door.hand_in()
    return door


def test_what_is_added_twice_grows(storage: Storage) -> None:
    log = LogKey(MAIN, DeviceId("d-1"), EPOCH, NOON_HOUR, "admit", "ok")
    latency, member = LatencyKey(MAIN, PATH, NOON_HOUR, 80), MemberKey(MAIN, MemberId("M-1"))
    first = Tally(
        counts={KEY: 2},
        latencies={latency: Latency(2, 30, 20)},
        logs={log: LogSpan(2, 5, 6, 100)},
        members={member: Visits(50, 60, 2)},
    )
    second = Tally(
        counts={KEY: 1},
        latencies={latency: Latency(1, 5, 5)},
        logs={log: LogSpan(1, 3, 3, 90)},
        members={member: Visits(40, 55, 1)},
    )
    with storage.write() as tx:
        tx.rollups.add(first)
        tx.rollups.add(second)
        tx.rollups.add(Tally())
    with storage.read() as tx:
        assert tx.rollups.counts([MAIN], HOUR, EVER) == {KEY: 3}
        assert tx.rollups.counts([POOL], HOUR, EVER) == {}
        assert tx.rollups.counts([MAIN], DAY, EVER) == {}
        assert tx.rollups.latencies([MAIN], PATH, EVER) == {80: Latency(3, 35, 20)}
        assert tx.rollups.latencies([MAIN], TOKEN, EVER) == {}
        assert tx.rollups.spans([MAIN], Wanted(period=EVER)) == [(log, LogSpan(3, 3, 6, 100))]
        [seen] = tx.rollups.visitors([MAIN], Micros(100), 1_000, "known", 9)
        assert seen.visits == Visits(40, 60, 3)


def test_a_period_ends_before_its_end(storage: Storage) -> None:
    later = KEY._replace(start=NOON_HOUR + HOUR)
    with storage.write() as tx:
        tx.rollups.add(Tally(counts={KEY: 1, later: 1}))
    period = Period(since=NOON_HOUR, until=NOON_HOUR + HOUR)
    with storage.read() as tx:
        assert tx.rollups.counts([MAIN], HOUR, period) == {KEY: 1}
        assert tx.rollups.counts([MAIN], HOUR, replace(period, since=NOON_HOUR + 1)) == {}


def test_admissions_are_told_by_the_hour_of_the_day(central: Central) -> None:
    evening(central)
    with central.storage.read() as tx:
        found = tx.rollups.admissions_by_hour([MAIN], EVER)
        assert dict(found) == {7: 2, 8: 1}  # noon is at eight o'clock of UTC
        assert not tx.rollups.admissions_by_hour([POOL], EVER)


def test_ingest_counts_by_hour_and_day(central: Central) -> None:
    evening(central)
    with central.storage.read() as tx:
        hours = tx.rollups.counts([MAIN], HOUR, EVER)
        days = tx.rollups.counts([MAIN], DAY, EVER)
    assert {(key.start, *key[3:]): count for key, count in hours.items()} == {
        (NOON_HOUR - HOUR, "admit", "ok", "entry", 1): 1,
        (NOON_HOUR - HOUR, "admit", "ok", "entry", 2): 1,
        (NOON_HOUR - HOUR, "admit", "ok", "exit", 1): 1,
        (NOON_HOUR - HOUR, "refuse", "expired", "entry", 1): 1,
        (NOON_HOUR - 2 * HOUR, "refuse", "not_a_card", "entry", -1): 1,
        # a clock that is a year ahead: it counts as when it arrived
        (NOON_HOUR, "admit", "ok", "entry", 1): 1,
        (NOON_HOUR, "quarantined", "unreadable", "", -1): 1,
    }
    assert sum(days.values()) == sum(hours.values())
    assert {key.start for key in days} == {NOON_DAY}


def test_a_rebuild_gives_what_ingest_kept_however_often(central: Central) -> None:
    door = evening(central)
    other = FakeDoor(
        central=central,
        device=device_of(central, enrol(central, POOL, "Pool")),
        epoch=Epoch(b"another!"),
    )
    other.log(at=-7)
    other.hand_in()
    with central.storage.write() as tx:
        token = LatencyKey(Audience(""), TOKEN, NOON_HOUR, 9)
        answered = CountKey(Audience(""), HOUR, NOON_HOUR, "answered", "fine", "", -1)
        tx.rollups.add(Tally(latencies={token: Latency(1, 1, 1)}, counts={answered: 4}))
    told: list[int] = []
    with central.storage.read() as tx:
        kept = everything(tx)
    for _ in range(2):
        with central.storage.write() as tx:
            assert rebuild_in(tx.rollups, told.append) == len(door.entries) + 1
        with central.storage.read() as tx:
            assert everything(tx) == kept
            assert tx.rollups.latencies([Audience("")], TOKEN, EVER)  # no audit has these
            assert tx.rollups.counts([Audience("")], HOUR, EVER) == {answered: 4}
    assert told[-1] == len(door.entries) + 1


def test_a_batch_that_is_sent_again_counts_once(central: Central) -> None:
    door = evening(central)
    with central.storage.read() as tx:
        kept = everything(tx)
    door.sent = 0
    assert door.hand_in().accepted == 0
    with central.storage.read() as tx:
        assert everything(tx) == kept


def test_the_rows_behind_a_number_are_found_by_it(central: Central) -> None:
    door = evening(central)
    with central.storage.read() as tx:
        for wanted in (
            Wanted(period=EVER, decision="refuse", reason="expired"),
            Wanted(period=EVER, decision="quarantined"),
            Wanted(period=EVER, decision="admit", device_id=door.device.device_id),
        ):
            rows = [
                entry
                for key, span in tx.rollups.spans([MAIN], wanted)
                for entry in tx.rollups.entries_in(key, span, 100)
            ]
            counted = sum(span.entries for _, span in tx.rollups.spans([MAIN], wanted))
            assert len(rows) == counted > 0
        assert not tx.rollups.spans([MAIN], Wanted(period=EVER, device_id="d-none"))
        assert not tx.rollups.spans([POOL], Wanted(period=EVER))


def test_the_last_scan_of_a_door_is_known(central: Central) -> None:
    door = evening(central)
    with central.storage.read() as tx:
        last = tx.rollups.last_scans([door.device.device_id, DeviceId("d-none")])
        assert last == {door.device.device_id: NOON * US}
        assert tx.rollups.last_scans([]) == {}


def test_members_are_new_returning_or_lapsed(storage: Storage) -> None:
    now, month = Micros(NOON * US), 30 * DAY * US
    came = {
        "new": Visits(now - 5, now - 5, 1),
        "again": Visits(now - month - 5, now - 1, 4),
        "lapsed": Visits(now - 3 * month, now - month - 1, 2),
        "gone": Visits(now - 9 * month, now - 3 * month, 7),
    }
    members = {MemberKey(MAIN, MemberId(name)): visits for name, visits in came.items()}
    elsewhere = {MemberKey(POOL, MemberId("P")): Visits(now, now, 1)}
    with storage.write() as tx:
        tx.rollups.add(Tally(members=members | elsewhere))
    with storage.read() as tx:
        found = tx.rollups.engagement([MAIN], now, month)
        assert found == Engagement(new=1, returning=1, lapsed=1, known=4)
        for which, names in {
            "new": ["new"],
            "returning": ["again"],
            "lapsed": ["lapsed"],
            "active": ["again", "new"],
            "known": ["again", "new", "lapsed", "gone"],
        }.items():
            shown = tx.rollups.visitors([MAIN], now, month, which, 100)
            assert [member.key.member_id for member in shown] == names
