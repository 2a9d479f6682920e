from dataclasses import replace

import pytest

from cardcore.audit import ClockTrust, Direction
from scanner.desk import FaultKind, SourceEnded
from scanner.ui.keymap import keymap_of
from scanner.ui.sounds import Sound
from tests.fakes.answers import (
    OFFLINE,
    STEWARD,
    admitted,
    expired,
    fault,
    left,
    passback,
    picture,
    rejected,
    replayed,
    reviewed,
    unconfirmed,
)
from tests.fakes.desk import FakeDesk
from tests.ui.doors import LARGE, SMALL, door, words_of


async def test_a_verdict_fills_the_screen_and_is_noted_as_shown() -> None:
    async with door() as it:
        it.desk.answer(expired(7))
        await it.rest()
        text = it.text()
        assert it.at == "VerdictScreen"
        for expected in ("Membership expired", "J. Doe · no. 1042", "Send to the membership desk"):
            assert expected in text
        assert ("shown", 7) in it.desk.calls


async def test_what_could_not_be_written_is_shown_and_not_noted() -> None:
    async with door() as it:
        it.desk.answer(replace(rejected(), seq=None, trouble="disk I/O error\x1b[2J"))
        await it.rest()
        assert "disk I/O error\N{REPLACEMENT CHARACTER}[2J" in it.text()
        assert not [call for call in it.desk.calls if call[0] == "shown"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (replayed(), "Already in, 14:02, East"),
        (passback(), "Already in, 14:02, this door"),
        (passback(elsewhere=True), "Already in, 14:02, another door"),
        (unconfirmed(), "Not confirmed"),
        (admitted(), "By the list of 18:02"),
        (left(), "Goodbye"),
        (reviewed(), "Membership cannot be checked"),
    ],
    ids=["replayed", "passback", "elsewhere", "unconfirmed", "admitted", "left", "reviewed"],
)
async def test_a_verdict_says_what_the_door_remembers(given: object, expected: str) -> None:
    async with door() as it:
        it.desk.answer(given)  # type: ignore[arg-type]
        await it.rest()
        assert expected in it.text()


async def test_the_next_card_clears_the_last_verdict_and_enter_goes_on() -> None:
    async with door() as it:
        it.desk.answer(expired(1))
        await it.rest()
        it.desk.answer(admitted(2))
        await it.rest()
        assert "Membership expired" not in it.text()
        await it.press("enter")
        assert it.at == "ScanScreen"
        assert "Last: ADMIT" in it.text()
        await it.press("f6")
        assert it.at == "VerdictScreen"
        assert "Welcome" in it.text()


async def test_each_kind_has_its_sound() -> None:
    async with door() as it:
        for seq, make in enumerate((admitted, expired, reviewed, left), 1):
            it.desk.answer(make(seq))
            await it.rest()
        it.desk.break_with(fault(FaultKind.DISK_FULL))
        await it.rest()
        assert it.sounder.played == [
            Sound.ADMIT,
            Sound.REFUSE,
            Sound.REVIEW,
            Sound.ADMIT,
            Sound.ERROR,
        ]


async def test_the_same_answer_told_twice_sounds_once() -> None:
    async with door() as it:
        it.desk.answer(admitted(3))
        it.desk.answer(admitted(3))
        await it.rest()
        assert it.sounder.played == [Sound.ADMIT]


async def test_the_age_of_the_list_is_in_view_everywhere() -> None:
    async with door(FakeDesk(link=OFFLINE)) as it:
        for key in ("f1", "f2", "f3", "f4", "f9", "f10"):
            await it.press(key)
            assert "OFFLINE 14 min · list 18:02" in it.text(), key
            assert "next try in 40 s · 12 to send" in it.text(), key
            await it.press("escape")
        assert it.at == "ScanScreen"


async def test_a_long_trouble_leaves_room_for_who_is_on_duty() -> None:
    trouble = "central does not answer: [Errno 111] Connection refused"
    async with door(FakeDesk(link=replace(OFFLINE, trouble=trouble), attendant=STEWARD)) as it:
        under = it.text().splitlines()[1]
        assert under.startswith(" next try in 40 s · 12 to send · central does not")
        assert under.rstrip().endswith("…  A. Miller (steward)")


async def test_the_counter_turns_the_door_round() -> None:
    async with door() as it:
        await it.press("f9")
        assert "people IN" in it.text()
        await it.press("enter")
        assert "people OUT" in it.text()
        assert "East · Exit" in it.text()
        assert it.desk.direction is Direction.EXIT


async def test_recent_and_help_scroll_and_name_everything() -> None:
    async with door(size=LARGE) as it:
        await it.press("f4")
        for expected in ("18:16:00", "R. Roe", "Membership expired", "Not a member card"):
            assert expected in it.text()
        await it.press("down", "down", "down", "up", "escape", "f1")
        for key in ("F1", "F2", "F7", "F12", "Enter", "Esc"):
            assert key in it.text()


async def test_a_fault_is_named_at_the_door_and_scanning_goes_on() -> None:
    async with door() as it:
        it.desk.break_with(fault(FaultKind.CAMERA_LOST))
        await it.rest()
        assert "Camera is gone" in it.text()
        assert "since 18:12" in it.text()
        await it.type("MC1:TEST", "enter")
        assert ("present", "MC1:TEST", "wedge") in it.desk.calls


async def test_the_end_of_the_pictures_is_said() -> None:
    async with door() as it:
        it.desk.tell(SourceEnded())
        await it.rest()
        assert "No more pictures" in it.text()


async def test_an_untrusted_clock_is_marked() -> None:
    async with door(FakeDesk(clock=ClockTrust.UNTRUSTED)) as it:
        assert "?18:16" in it.text()


async def test_a_clock_that_is_wrong_is_an_alarm_that_says_what_to_do() -> None:
    async with door() as it:
        it.desk.clock = ClockTrust.UNTRUSTED
        it.desk.break_with(fault(FaultKind.CLOCK_UNTRUSTED))
        await it.rest()
        for expected in ("Clock cannot be trusted", "since 18:12", "gatepost clock reset"):
            assert expected in words_of(it.text())
        assert it.sounder.played == [Sound.ERROR]


@pytest.mark.parametrize("size", [SMALL, LARGE, (40, 12)])
async def test_a_clock_that_nobody_vouches_for_is_named_and_what_to_do(
    size: tuple[int, int],
) -> None:
    async with door(FakeDesk(clock=ClockTrust.HOLDOVER, newest=picture()), size=size) as it:
        await it.rest(0.15)
        for expected in ("Show card", "Clock not confirmed", "gatepost clock reset"):
            assert expected in words_of(it.text())
        it.desk.clock = ClockTrust.TRUSTED
        for _ in range(50):  # told once a second, later on a busy machine
            await it.rest(0.2)
            if "Clock not confirmed" not in it.text():
                break
        assert "Clock not confirmed" not in it.text()


async def test_a_kiosk_names_a_doubt_of_its_clock_in_small() -> None:
    async with door(FakeDesk(clock=ClockTrust.HOLDOVER), kiosk=True) as it:
        assert "Clock not confirmed" in it.text()


async def test_the_camera_can_be_hidden_and_comes_back() -> None:
    async with door(FakeDesk(newest=picture())) as it:
        await it.rest(0.15)
        assert "▀" in it.text()
        await it.press("f8")
        assert "▀" not in it.text()
        await it.press("f8")
        await it.rest(0.15)
        assert "▀" in it.text()


async def test_nothing_to_call_back_or_override_is_said() -> None:
    async with door() as it:
        await it.press("f6")
        assert "There is no verdict yet" in it.text()
        await it.press("f5")
        assert "There is no verdict to override" in it.text()


async def test_keys_can_be_moved() -> None:
    async with door(keymap=keymap_of({"search": "f11"})) as it:
        assert "F11 Search" in it.text()
        await it.press("f3")
        assert it.at == "ScanScreen"
        await it.press("f11")
        assert it.at == "SearchScreen"


async def test_names_from_outside_draw_nothing_of_their_own() -> None:
    hit = replace(FakeDesk().members[0], display_name="[bold]Doe\x1b[2J\u202e")
    async with door(FakeDesk(members=(hit,))) as it:
        await it.press("f3")
        await it.type("doe", "enter")
        assert "[bold]Doe\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}" in it.text()


async def test_the_heart_beats() -> None:
    beats: list[int] = []
    async with door(heartbeat=lambda: beats.append(1)) as it:
        await it.rest(1.2)
    assert beats


async def test_the_demonstration_says_what_it_shows_and_closes_itself() -> None:
    lines = ["A good card", None]
    async with door(caption=lambda: lines[0] if len(lines) > 1 else None) as it:
        await it.rest()
        assert "A good card" in it.text()
        assert "q Quit" in it.text()
        lines.pop()
        await it.rest(0.4)
        assert it.app.return_value == "story_over"


async def test_q_quits_the_demonstration_and_nothing_else() -> None:
    async with door(caption=lambda: "x") as it:
        await it.type("q")
        await it.rest()
        assert it.app.return_value == "quit"
