"""What the doors of one venue are told of each other; and how they fare."""

from collections.abc import AsyncIterator

import httpx
import pytest

from cardcore import wire
from cardcore.audit import Direction, Outcome
from cardcore.documents import RootKey
from cardcore.errors import UntrustedError
from cardcore.ids import CardId, Epoch, Kid
from cardcore.time_document import time_in
from central.bootstrap import Central
from central.incidents import feed as feed_module
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_http import API, JSON, client_of, problem_in
from tests.fakes.central_material import MAIN, POOL, World, card_of_ada, device_of, enrol
from tests.fakes.central_watched import door
from tests.fakes.central_world import NOON


@pytest.fixture
def enrolled(central: Central) -> wire.EnrolAnswer:
    return enrol(central, MAIN, "West")


@pytest.fixture
async def client(world: World, enrolled: wire.EnrolAnswer) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(world) as client:
        client.headers["Authorization"] = f"Bearer {enrolled.token}"
        yield client


def told(
    central: Central, to: FakeDoor, since: int = 0, epoch: bytes | None = None
) -> wire.AdmissionsAnswer:
    return central.feed.admissions(to.device, since, epoch)


def test_movements_are_kept_for_ninety_days(
    world: World, central: Central, card: CardId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "FORGET_AT_ONCE", 2)
    north, west = door(central), door(central, "West")
    for number in range(5):
        north.log(card_id=card, nonce=b"nonce-0" + bytes([number]))
    north.hand_in()
    world.clock.seconds += 90 * 86_400
    assert central.feed.clean_up() == 0
    north.log(at=90 * 86_400, card_id=card, nonce=b"nonce-05")
    north.hand_in()
    world.clock.seconds += 1
    assert central.feed.clean_up() == 5
    assert central.feed.clean_up() == 0
    answer = told(central, west, since=1)
    assert (len(answer.admissions), answer.position, answer.inside) == (1, 6, 1)


@pytest.mark.parametrize(
    "query",
    [
        *("since=-1", "since=x", "since=1e3", "since=01", "since=", "since=9223372036854775808"),
        *("epoch=00", "epoch=" + "g" * 16, "since=%D9%A1", "since=" + "9" * 5_000),
    ],
)
async def test_a_position_of_another_form_is_malformed(
    client: httpx.AsyncClient, query: str
) -> None:
    answer = await client.get(f"{API}/devices/me/admissions?{query}")
    assert (answer.status_code, problem_in(answer)) == (400, "malformed")


@pytest.mark.parametrize(
    "query", ["", "?nonce=", "?nonce=00", f"?nonce={'0' * 66}", "?nonce=" + "A" * 32]
)
async def test_the_time_needs_a_nonce(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"{API}/devices/me/time{query}")
    assert (answer.status_code, problem_in(answer)) == (400, "malformed")


@pytest.mark.parametrize(
    "change",
    [{"wall_us": -1}, {"clock": "perhaps"}, {"outbox": "3"}, {"epoch": "zz"}, {"program": ""}],
)
async def test_a_heartbeat_of_another_form_is_malformed(
    client: httpx.AsyncClient, change: dict[str, object]
) -> None:
    good = {"program": "p", "wall_us": 1, "clock": "trusted", "outbox": 0, "circuit": "closed"}
    answer = await client.post(f"{API}/devices/me/heartbeat", json=good | change)
    assert (answer.status_code, problem_in(answer)) == (400, "malformed")


def test_a_door_is_told_of_others_admissions_and_not_of_its_own(
    central: Central, card: CardId
) -> None:
    north, south = door(central), door(central, "South")
    north.log(at=-30, card_id=card)
    north.hand_in()
    south.log(at=-20, card_id=card, nonce=b"nonce-02")
    south.hand_in()
    [line] = told(central, south).admissions
    assert line == wire.AdmissionLine(
        card_id=card.hex(),
        nonce=b"nonce-01".hex(),
        direction=Direction.ENTRY,
        at_us=(NOON - 30) * 1_000_000,
        door="North",
    )
    assert [line.door for line in told(central, north).admissions] == ["South"]


def test_only_movements_are_told(central: Central, card: CardId) -> None:
    north, south = door(central), door(central, "South")
    north.log(decision=Outcome.REFUSE, reason="replayed", card_id=card)
    north.log(decision=Outcome.REVIEW, reason="status_stale", card_id=card)
    north.log(decision=Outcome.RECORD, reason="clock_reset", card_id=None, nonce=None, kid=None)
    north.write(b"strange")
    north.hand_in()
    assert told(central, south).admissions == []


def test_an_admission_taken_back_goes_out(central: Central, card: CardId) -> None:
    north, south = door(central), door(central, "South")
    north.log(at=-9, card_id=card)
    north.log(at=-3, card_id=card, decision=Outcome.RECORD, reason="undo", nonce=None)
    north.hand_in()
    answer = told(central, south)
    assert [(line.direction, line.nonce) for line in answer.admissions] == [
        (Direction.ENTRY, b"nonce-01".hex()),
        (Direction.EXIT, None),
    ]
    assert answer.inside == 0


def test_a_position_only_grows_and_nothing_is_told_twice(central: Central, card: CardId) -> None:
    north, south = door(central), door(central, "South")
    since = 0
    seen: list[wire.AdmissionLine] = []
    for number in range(5):
        north.log(card_id=card, nonce=b"nonce-0" + bytes([number]))
        north.hand_in()
        answer = told(central, south, since)
        assert answer.position > since
        since, seen = answer.position, [*seen, *answer.admissions]
    assert len({line.nonce for line in seen}) == 5
    assert told(central, south, since).admissions == []
    assert told(central, south, since).position == since


def test_a_long_feed_comes_in_pages(
    central: Central, card: CardId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("central.incidents.feed.MAX_ADMISSIONS", 2)
    north, south = door(central), door(central, "South")
    for number in range(5):
        north.log(card_id=card, nonce=b"nonce-0" + bytes([number]))
    north.hand_in()
    since, pages = 0, []
    while True:
        answer = told(central, south, since)
        pages.append(len(answer.admissions))
        since = answer.position
        if not answer.more:
            break
    assert pages == [2, 2, 1]


def test_a_door_that_begins_anew_gets_the_last_twelve_hours(
    world: World, central: Central, card: CardId
) -> None:
    north, south = door(central), door(central, "South")
    north.log(at=0, card_id=card)
    north.hand_in()
    world.clock.seconds += 12 * 3_600 + 1
    north.log(at=12 * 3_600, card_id=card, nonce=b"nonce-02")
    north.hand_in()
    assert [line.nonce for line in told(central, south).admissions] == [b"nonce-02".hex()]
    assert len(told(central, south, since=1).admissions) == 1
    beyond = told(central, south, since=99)  # central was restored: its positions went back
    assert [line.nonce for line in beyond.admissions] == [b"nonce-02".hex()]
    assert beyond.position == 2


def test_a_new_ledger_is_told_what_its_door_had_forgotten(central: Central, card: CardId) -> None:
    north = door(central)
    north.log(card_id=card)
    north.hand_in()
    assert told(central, north, epoch=north.epoch).admissions == []
    assert len(told(central, north, epoch=Epoch(b"restored")).admissions) == 1


def test_the_venue_counts_who_is_inside(world: World, central: Central, card: CardId) -> None:
    north, south = door(central), door(central, "South")
    other = card_of_ada(central).card_id
    north.log(at=-50, card_id=card)
    north.log(at=-40, card_id=other, nonce=b"nonce-02")
    north.log(at=-30, card_id=None, nonce=None, kid=None, reason="override")
    north.hand_in()
    assert told(central, south).inside == 3
    south.exit(at=-20, card_id=card)
    south.exit(at=-10, card_id=None)
    south.exit(at=-9, card_id=None)
    south.hand_in()
    assert told(central, south).inside == 1
    late = door(central, "Late")
    late.exit(at=-60, card_id=other)  # it went out before it came in: an older fact undoes nothing
    late.hand_in()
    answer = told(central, south)
    assert (answer.inside, answer.as_of) == (1, NOON)
    world.clock.seconds += 12 * 3_600
    assert told(central, south).inside == 0


def test_venues_are_told_nothing_of_each_other(central: Central, card: CardId) -> None:
    pool = FakeDoor(central, device_of(central, enrol(central, POOL, "Pool")))
    north = door(central)
    north.log(card_id=card)
    north.hand_in()
    assert told(central, pool) == wire.AdmissionsAnswer(
        position=0, more=False, inside=0, as_of=NOON, admissions=[]
    )


async def test_the_feed_over_http(
    central: Central, card: CardId, client: httpx.AsyncClient
) -> None:
    north = door(central)
    north.log(card_id=card)
    north.hand_in()
    answer = await client.get(f"{API}/devices/me/admissions", params={"since": 0})
    page = wire.parse(answer.content, wire.AdmissionsAnswer)
    assert (page.position, page.inside, len(page.admissions)) == (1, 1, 1)


async def test_operators_see_how_doors_fare(
    central: Central, client: httpx.AsyncClient, enrolled: wire.EnrolAnswer
) -> None:
    door(central)
    body = {"program": "gatepost 1", "wall_us": NOON * 1_000_000, "clock": "holdover"}
    body |= {"outbox": 12, "circuit": "open", "camera": "camera:0", "later": "unknown"}
    answer = await client.post(f"{API}/devices/me/heartbeat", json=body)
    assert wire.parse(answer.content, wire.HeartbeatAnswer).received_us == NOON * 1_000_000
    listed = central.presence.devices([MAIN]).devices
    assert [device.door for device in listed] == ["North", "West"]
    assert (listed[0].heartbeat, listed[0].heard_us) == (None, None)
    assert listed[1].device_id == enrolled.device_id
    assert listed[1].heartbeat is not None
    assert (listed[1].heartbeat.outbox, listed[1].heartbeat.circuit) == (12, "open")


async def test_central_signs_its_time_over_the_doors_nonce(
    world: World, client: httpx.AsyncClient, enrolled: wire.EnrolAnswer
) -> None:
    nonce = bytes(range(16))
    answer = await client.get(f"{API}/devices/me/time", params={"nonce": nonce.hex()})
    assert answer.headers["Content-Type"] == wire.DOCUMENT_TYPE
    assert "ETag" not in answer.headers
    root = RootKey(
        kid=Kid(wire.bytes_of(enrolled.root_kid)),
        public_key=wire.bytes_of(enrolled.root_public_key),
    )
    assert time_in(answer.content, nonce, MAIN, root=root) == world.clock.seconds
    with pytest.raises(UntrustedError):
        time_in(answer.content, bytes(16), MAIN, root=root)
    with pytest.raises(UntrustedError):
        time_in(answer.content, nonce, POOL, root=root)
    keys = await client.get(f"{API}/devices/me/keyset", headers=JSON)
    with pytest.raises(UntrustedError):
        time_in(keys.content, nonce, MAIN, root=root)
