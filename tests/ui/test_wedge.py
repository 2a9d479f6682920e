from scanner.ui.wedge import BURST_MAX, BURST_MIN
from tests.fakes.answers import expired
from tests.fakes.desk import FakeDesk
from tests.ui.doors import PAUSED, door

CARD = "MC1:" + "9P0A$*+-./ " * 20


def presented(desk: FakeDesk) -> list[object]:
    return [call[1] for call in desk.calls if call[0] == "present"]


async def test_a_burst_ended_by_enter_is_a_card() -> None:
    async with door() as it:
        await it.type(CARD, "enter")
        assert ("present", CARD, "wedge") in it.desk.calls


async def test_a_burst_ended_by_a_pause_is_a_card() -> None:
    async with door() as it:
        await it.type("CARDq123")
        assert presented(it.desk) == []
        await it.rest(PAUSED)
        assert presented(it.desk) == ["CARDq123"]
        assert it.at == "ScanScreen"


async def test_two_cards_in_a_row_are_two_cards() -> None:
    async with door() as it:
        await it.type("CARD1", "enter")
        await it.type("CARD2", "tab")
        assert presented(it.desk) == ["CARD1", "CARD2"]


async def test_a_stray_key_is_no_card() -> None:
    async with door() as it:
        await it.type("q" * (BURST_MIN - 1), "enter")
        await it.type("x")
        await it.rest(PAUSED)
        assert presented(it.desk) == []


async def test_a_card_is_read_over_a_verdict_and_on_a_kiosk() -> None:
    for kiosk in (False, True):
        async with door(kiosk=kiosk) as it:
            it.desk.answer(expired())
            await it.rest()
            await it.type(CARD, "enter")
            assert presented(it.desk) == [CARD]


async def test_a_function_key_inside_a_burst_opens_nothing() -> None:
    async with door() as it:
        await it.type("CARD", "f1", "f3")
        await it.rest(PAUSED)
        assert it.at == "ScanScreen"
        await it.type("", "f1", "f3", "f4")
        await it.rest(PAUSED)
        assert it.at == "ScanScreen"


async def test_a_card_scanned_into_a_field_is_a_card_and_leaves_the_field_empty() -> None:
    async with door() as it:
        await it.press("f3")
        await it.type(CARD, "enter")
        assert presented(it.desk) == [CARD]
        await it.type("Doe", "enter")
        assert ("search", "Doe") in it.desk.calls


async def test_a_card_scanned_into_a_pin_is_no_wrong_pin() -> None:
    async with door() as it:
        await it.press("f10")
        for scanned in (CARD, "https://example.org/ticket", "4006381333931" * 2):
            await it.type(scanned, "enter")
        assert not [call for call in it.desk.calls if call[0] in {"come_on_duty", "vouch"}]


async def test_a_verdict_in_the_middle_of_a_code_tears_it_not_apart() -> None:
    async with door() as it:
        half = len(CARD) // 2
        await it.type(CARD[:half])
        it.desk.answer(expired())
        await it.type(CARD[half:], "enter")
        assert it.at == "VerdictScreen"
        assert presented(it.desk) == [CARD]


async def test_a_burst_without_end_is_cut() -> None:
    async with door() as it:
        wedge = it.room.wedge
        for place in range(BURST_MAX + 500):
            wedge.add("A", place * 0.001)
        taken = wedge.take()
        assert taken is not None
        assert len(taken) == BURST_MAX
