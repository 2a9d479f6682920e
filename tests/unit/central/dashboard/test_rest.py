"""The trail of a card, streams that are too many, and faults that nobody foresaw."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from cardcore.audit import Direction
from central.errors import ConflictError, Kind, UnprocessableError
from central.figures.rows import LOOKED_MAX, RowService
from central.ops.dashboard import responses, site as site_module
from central.ops.dashboard.care_pages import CarePages
from central.ops.dashboard.live import Live
from central.ops.dashboard.visits import Shown, Visit
from central.ports.lookups import News
from central.ports.rollups import Period, Wanted
from tests.contract.central.test_rollups import evening
from tests.fakes.central_dashboard import visiting
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import MAIN, World, card_of_ada, device_of, enrol
from tests.fakes.central_office import publisher_of

EVER = Period(since=0, until=1 << 40)


async def test_the_trail_of_a_card_tells_every_step_and_scan() -> None:
    world = World()
    evening(world.central())
    publisher_of(world).publish_all()
    async with visiting(world) as visitor:
        [card] = world.central().cards.all(MAIN)
        text = (await visitor.get(f"/cards/{card.card_id.hex()}")).text
        for word in (
            "CardIssued",
            "CardActivated",
            "CardValidated",
            "admit: ok",
            "refuse: expired",
        ):
            assert word in text
        answer = await visitor.get(f"/cards/{card.card_id.hex()}?format=csv")
        assert answer.text.count("CardValidated") == 5
        assert "attachment" in answer.headers["Content-Disposition"]


async def test_there_are_no_more_streams_than_a_process_can_bear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site_module, "LISTENERS_MAX", 0)
    async with visiting(World()) as visitor:
        await visitor.get("/live", 503)


async def test_a_database_that_is_away_for_a_while_ends_no_stream() -> None:
    calls = iter([1, 2, 3, 4, 5])

    def look() -> News | None:
        match next(calls):
            case 2 | 3:
                raise ConflictError(Kind.IN_PROGRESS)
            case 5:
                return None
            case number:
                return News(number, 0, 0, 0)

    told = [event async for event in Live(every_s=0).events(look)]
    assert told[1:] == ["event: news\ndata: \n\n", "event: ended\ndata: \n\n"]


async def test_a_fault_that_nobody_foresaw_is_said_to_be_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_pages: CarePages, _visit: Visit) -> Shown:
        msg = "a secret detail"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(CarePages, "system", fail)
    async with visiting(World()) as visitor:
        answer = await visitor.get("/system", 500)
        assert "Central failed" in answer.text
        assert "a secret detail" not in answer.text
    assert "a secret detail" in caplog.text


async def test_no_single_table_of_another_name() -> None:
    async with visiting(World()) as visitor:
        await visitor.get("/nothing", 404)


def test_a_page_looks_at_so_many_entries_and_no_more() -> None:
    world = World()
    central = world.central()
    card_of_ada(central)
    door = FakeDoor(central=central, device=device_of(central, enrol(central)))
    for number in range(LOOKED_MAX + 100):
        door.log(at=-30, mono=number, nonce=number.to_bytes(8, "big"))
        if number % 400 == 399:
            door.hand_in()
    door.log(at=-40, mono=LOOKED_MAX + 100, direction=Direction.EXIT, nonce=b"the last")
    door.hand_in()
    rows = RowService(storage=world.fake)
    wanted = Wanted(period=EVER, direction="exit")
    first = rows.find([MAIN], wanted)
    assert [row.direction for row in first.rows] == ["exit"]  # the newest number comes first
    assert first.next == LOOKED_MAX
    rest = rows.find([MAIN], wanted, skip=first.next)
    assert (list(rest.rows), rest.next) == ([], None)
    assert rows.find([MAIN], Wanted(period=EVER), faults=True).counted == 0


def posted(messages: list[dict[str, object]]) -> Request:
    """A form whose parts come as they are told, and then nothing more."""
    told = iter(messages)

    async def receive() -> Message:
        message = next(told, None)
        if message is None:
            await asyncio.Event().wait()
        return message or {}

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


PART: dict[str, object] = {"type": "http.request", "body": b"a=1", "more_body": True}


async def test_a_form_that_is_cut_short_or_never_ends_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UnprocessableError, match="cut short"):
        await responses.form_of(posted([PART, {"type": "http.disconnect"}]))
    monkeypatch.setattr(responses, "BODY_WITHIN_S", 0.01)
    with pytest.raises(UnprocessableError, match="3 bytes came"):
        await responses.form_of(posted([PART]))
