"""What staff do by hand at the door: overrides, manual entry, search, undo, duty, diagnostics."""

from scanner.desk import OverrideReason, UndoResult
from tests.fakes.answers import CARD, STEWARD, SUPERVISOR, expired
from tests.fakes.desk import FakeDesk
from tests.ui.doors import door


async def test_an_override_needs_a_reason_and_a_supervisor() -> None:
    async with door() as it:
        it.desk.answer(expired())
        await it.rest()
        await it.press("f5")
        assert "Why let in J. Doe?" in it.text()
        await it.press("down", "enter")
        assert it.at == "PinScreen"
        await it.type("9999", "enter")
        assert "Wrong PIN" in it.text()
        await it.type("1111", "enter")
        assert "may not let people in" in it.text()
        assert it.at == "ScanScreen"
        await it.press("f5", "down", "enter")
        await it.type("4711", "enter")
        assert it.at == "VerdictScreen"
        assert "Let in by staff" in it.text()
        assert it.desk.calls[-2:] == [
            ("override", OverrideReason.PHONE_EMPTY, "", CARD),
            ("shown", 99),
        ]


async def test_a_supervisors_pin_leaves_the_steward_on_duty() -> None:
    async with door(FakeDesk(attendant=STEWARD)) as it:
        it.desk.answer(expired())
        await it.rest()
        await it.press("f5", "enter")
        await it.type("4711", "enter")
        assert "Let in by staff" in it.text()
        assert "A. Miller (steward)" in it.text()
        await it.press("f12")
        assert it.at == "PinScreen"
        await it.type("4711", "enter")
        assert it.at == "DiagnosticsScreen"
        assert it.desk.vouching is None


async def test_an_override_can_be_left_at_every_step() -> None:
    async with door() as it:
        it.desk.answer(expired())
        await it.rest()
        await it.press("f5", "enter", "escape", "escape")
        assert it.at == "VerdictScreen"
        await it.press("escape")
        assert it.at == "ScanScreen"
        assert not [call for call in it.desk.calls if call[0] == "override"]


async def test_manual_entry_is_an_override_with_a_note() -> None:
    async with door() as it:
        await it.press("f2")
        await it.type("Guest of Doe", "enter")
        await it.press("enter")
        await it.type("4711", "enter")
        assert ("override", OverrideReason.CODE_UNREADABLE, "Guest of Doe", None) in it.desk.calls
        assert it.at == "VerdictScreen"


async def test_a_member_is_found_and_let_in() -> None:
    async with door() as it:
        await it.press("f3")
        await it.type("doe")
        await it.rest(0.25)
        text = it.text()
        assert "Jonathan Doe" in text
        assert "expired, card suspended · in since 17:16" in text
        await it.press("down", "up", "enter")
        assert "Why let in Jonathan Doe?" in it.text()
        await it.press("enter")
        await it.type("4711", "enter")
        assert ("override", OverrideReason.CODE_UNREADABLE, "", CARD) in it.desk.calls


async def test_nobody_found_is_said_and_backspace_erases() -> None:
    async with door() as it:
        await it.press("f3")
        await it.type("zzz", "enter")
        assert "Nobody found" in it.text()
        await it.type("", "backspace", "backspace", "backspace", "enter")
        assert "Type a name or a number" in it.text()


async def test_a_card_during_a_search_is_told_in_one_line() -> None:
    async with door() as it:
        await it.press("f3")
        it.desk.answer(expired(5))
        await it.rest()
        assert it.at == "SearchScreen"
        assert "REFUSE · Membership expired · J. Doe" in it.text()
        assert ("shown", 5) in it.desk.calls
        await it.press("escape", "f6")
        assert it.at == "VerdictScreen"


async def test_undo_asks_for_a_supervisor() -> None:
    async with door() as it:
        await it.press("f7")
        assert it.at == "PinScreen"
        await it.type("4711", "enter")
        assert "The last admission was taken back" in it.text()
        assert it.desk.attendant is None
        it.desk.undo_result = UndoResult.TOO_LATE
        await it.press("f7")
        assert it.at == "PinScreen"  # a PIN is good for one act
        await it.type("4711", "enter")
        assert "15 seconds are over" in it.text()


async def test_duty_begins_and_ends() -> None:
    async with door() as it:
        assert "nobody on duty" in it.text()
        await it.press("f10")
        await it.type("1111", "enter")
        assert "A. Miller (steward)" in it.text()
        await it.press("f10")
        assert it.desk.attendant is None


async def test_diagnostics_are_for_supervisors() -> None:
    async with door(FakeDesk(attendant=STEWARD)) as it:
        await it.press("f12")
        await it.type("1111", "enter")
        assert "Only a supervisor may see this" in it.text()
    async with door(FakeDesk(attendant=SUPERVISOR)) as it:
        await it.press("f12")
        assert it.at == "DiagnosticsScreen"
