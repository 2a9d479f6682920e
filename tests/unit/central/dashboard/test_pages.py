"""What the pages say: right with nothing, with an evening, with bad input, and with every name escaped."""

import csv
import io
import re

import pytest

from cardcore.audit import ClockTrust, Outcome
from cardcore.card import Mode
from cardcore.ids import Audience, DeviceId, DoorId, Micros
from cardcore.wire import Heartbeat, serialise
from central.ops.dashboard.views import Cell, Table, csv_of
from central.ports.happenings import SignOfLife
from central.ports.outlook import Outlook
from central.ports.records import Device
from tests.contract.central.test_rollups import evening
from tests.fakes.central_dashboard import visiting
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import MAIN, World, device_of, enrol, some_device
from tests.fakes.central_world import NOON

US = 1_000_000
LINK = re.compile(r'href="(/dashboard[^"]*)"')
EVERY = (
    "",
    "/entries",
    "/figures",
    "/hours",
    "/days",
    "/doors",
    "/cards",
    "/members",
    "/incidents",
    "/letters",
    "/alerts",
    "/system",
    "/answers",
    "/reasons",
    "/trend",
    "/objectives",
    "/baselines",
)
MARKUP = '<img src=x onerror="alert(1)">&\'"'


def figure(text: str, label: str) -> str:
    found = re.search(rf"<dt>{label}</dt><dd><a href=\"[^\"]*\">([^<]*)</a>", text)
    assert found is not None, label
    return found[1]


async def test_with_nothing_at_all_every_page_stands() -> None:
    async with visiting(World()) as visitor:
        for path in EVERY:
            await visitor.get(path)
        text = (await visitor.get()).text
        assert figure(text, "Admissions today") == "0"
        assert figure(text, "Let through today") == "–"
        assert "No door is enrolled." in text


async def test_an_evening_is_told() -> None:
    world = World()
    evening(world.central())
    async with visiting(world) as visitor:
        text = (await visitor.get()).text
        assert figure(text, "Admissions today") == "3"
        assert figure(text, "Admissions this hour") == "1"
        assert figure(text, "Refusals today") == "2"
        assert figure(text, "Active") == "1"
        assert figure(text, "Active members") == "1"
        assert figure(text, "quarantined entry") == "1"
        assert "not_a_card" in text


async def test_every_link_of_the_first_page_leads_somewhere() -> None:
    world = World()
    evening(world.central())
    async with visiting(world) as visitor:
        links = set(LINK.findall((await visitor.get()).text.replace("&amp;", "&")))
        assert len(links) > 40
        for link in sorted(links):
            answer = await visitor.client.get(link)
            assert answer.status_code == 200, link


async def test_a_number_and_its_rows_agree() -> None:
    world = World()
    evening(world.central())
    async with visiting(world) as visitor:
        text = (await visitor.get()).text.replace("&amp;", "&")
        for label in ("Admissions today", "Refusals today", "Admissions this hour"):
            [link] = re.findall(rf"<dt>{label}</dt><dd><a href=\"([^\"]*)\"", text)
            answer = await visitor.client.get(link + "&format=csv")
            rows = list(csv.reader(io.StringIO(answer.text)))
            assert len(rows) - 1 == int(figure(text, label)), label
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


async def test_all_figures_are_a_table_and_a_csv() -> None:
    world = World()
    evening(world.central())
    async with visiting(world) as visitor:
        text = (await visitor.get()).text
        answer = await visitor.get("/figures?format=csv")
        rows = {row[1]: row[2] for row in csv.reader(io.StringIO(answer.text))}
        assert len(rows) > 40
        for label in ("Admissions today", "Decision, p95", "Active members", "Entries kept"):
            assert rows[label] == figure(text, label)


async def test_names_with_markup_are_shown_and_nothing_else() -> None:
    world = World()
    central = world.central()
    door = FakeDoor(central=central, device=device_of(central, enrol(central, door=MARKUP)))
    door.log(at=-5, decision=Outcome.REFUSE, reason="<b>bold</b>")
    door.write(b"\xff")
    door.hand_in()
    async with visiting(world) as visitor:
        for path in (*EVERY, f"/doors/{door.device.device_id}"):
            text = (await visitor.get(path)).text
            assert "<img" not in text
            assert "<b>bold" not in text
        assert "&lt;img src=x" in (await visitor.get("/doors")).text
        assert "&lt;b&gt;bold" in (await visitor.get("/entries")).text


def sign(device_id: DeviceId, wall_s: int) -> SignOfLife:
    heartbeat = Heartbeat(
        program="gatepost/1",
        wall_us=wall_s * US,
        clock=ClockTrust.TRUSTED,
        outbox=0,
        circuit="closed",
    )
    return SignOfLife(
        device_id=device_id,
        received_at=Micros(NOON * US),
        wall=Micros(wall_s * US),
        content=serialise(heartbeat),
    )


async def test_a_door_whose_clock_is_a_year_off_is_told_and_its_scans_count_when_they_came() -> (
    None
):
    world = World()
    central = world.central()
    year = 365 * 86_400
    door = FakeDoor(central=central, device=device_of(central, enrol(central)))
    for at in (year, -year):
        door.log(at=at, mono=at + year)
    door.hand_in()
    with world.fake.write() as tx:
        tx.reports.put_sign(sign(door.device.device_id, NOON + year))
    async with visiting(world) as visitor:
        text = (await visitor.get()).text
        assert figure(text, "Admissions today") == "2"
        assert "+31,536,000 s" in text


async def test_ten_thousand_doors_are_a_page_of_bounded_size() -> None:
    world = World()
    with world.fake.write() as tx:
        tx.documents.touch(MAIN)
        for number in range(10_000):
            device = Device(
                device_id=DeviceId(f"d-{number}"),
                door=DoorId(f"Door {number}"),
                audience=MAIN,
                token_hash=number.to_bytes(32, "big"),
                program="test/1",
                enrolled_at=some_device().enrolled_at,
            )
            tx.devices.add(device)
    async with visiting(world) as visitor:
        text = (await visitor.get()).text
        assert figure(text, "Doors never heard") == "10,000"
        assert len(text) < 100_000
        assert "More" in (await visitor.get("/doors")).text
        assert "More" not in (await visitor.get("/doors?skip=9800")).text


@pytest.mark.parametrize(
    "query",
    [
        "since=99999999999&until=100000000000",  # in the year 5138
        "since=0&until=0",
        "since=200&until=100",
        "since=250000000000&until=250000000000",
    ],
)
async def test_a_period_with_nothing_in_it_is_empty(query: str) -> None:
    world = World()
    evening(world.central())
    async with visiting(world) as visitor:
        for path in ("/entries", "/hours", "/days", "/cards", "/answers"):
            answer = await visitor.get(f"{path}?{query}")
            assert answer.text.count("<tr>") == 2  # the head, and the word that there is nothing


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/entries?since=abc", 400),
        ("/entries?since=-1", 400),
        ("/entries?since=999999999999999999999999", 400),
        ("/entries?skip=1e9", 400),
        ("/entries?faults=2", 400),
        ("/doors?state=broken", 400),
        ("/cards?state=<script>", 400),
        ("/members?which=all", 400),
        ("/incidents?state=none", 400),
        ("/cards/zz", 400),
        ("/cards/" + "0" * 32, 404),
        ("/doors/d-none", 404),
        ("?venue=pool", 403),
        ("/entries?venue=%3Cb%3E", 403),
    ],
)
async def test_what_no_page_has_is_said_plainly(path: str, status: int) -> None:
    async with visiting(World()) as visitor:
        answer = await visitor.get(path, status)
        assert "<h1>" in answer.text
        assert "<script>" not in answer.text


async def test_another_venue_is_not_seen() -> None:
    world = World()
    central = world.central()
    pool = Audience("pool")
    door = FakeDoor(central=central, device=device_of(central, enrol(central, pool, "Pool")))
    door.log(at=-5)
    door.hand_in()
    async with visiting(world) as visitor:
        assert figure((await visitor.get()).text, "Admissions today") == "0"
        assert "Pool" not in (await visitor.get("/doors")).text
        await visitor.get(f"/doors/{door.device.device_id}", 404)
        assert (await visitor.get(f"/entries?door={door.device.device_id}")).text.count("<tr>") == 2


async def test_rows_come_in_pages() -> None:
    world = World()
    central = world.central()
    door = FakeDoor(central=central, device=device_of(central, enrol(central)))
    for number in range(450):
        door.log(at=-500 + number, nonce=number.to_bytes(8, "big"))
    door.hand_in()
    async with visiting(world) as visitor:
        path, seen = "/entries?direction=entry", []
        for _ in range(3):
            text = (await visitor.get(path)).text.replace("&amp;", "&")
            seen += re.findall(r"<td>(\d+)</td>\n?</tr>", text)
            more = re.search(r'<a href="/dashboard(/entries[^"]*)" rel="next">', text)
            path = "" if more is None else more[1]
        assert path == ""
        assert sorted(map(int, seen)) == list(range(1, 451))


async def test_value_is_told_where_a_price_is_configured() -> None:
    world = World(outlook=Outlook(prices={Mode.ROTATING: 12.5}, currency="CHF"))
    evening(world.central())
    async with visiting(world) as visitor:
        assert "25.00 CHF" in (await visitor.get()).text


def test_a_csv_runs_nothing_in_a_spreadsheet() -> None:
    rows = [
        [Cell("=1+1"), Cell("@x"), Cell("-3 s", value=-3.0), Cell("a,b\n"), Cell("0.5", value=0.5)]
    ]
    table = Table(name="t", caption="", columns=("a", "b", "c", "d", "e"), rows=rows)
    assert csv_of(table) == "a,b,c,d,e\r\n'=1+1,'@x,-3,\"a,b\n\",0.5\r\n"
