"""Whatever a stranger's code makes a keyboard scanner type: nothing opens, quits or changes."""

from collections.abc import Iterable

import pytest
from textual import events

from cardcore.audit import Direction
from scanner.ui.keyboard import SEQUENCES, KeyReader
from scanner.ui.screens.kiosk import SERVICE_KEYS
from tests.fakes.answers import expired
from tests.ui.doors import ALONE, PAUSED, Door, door

HARMLESS = {"start", "present", "shown", "go_off_duty"}
MODIFIED = [
    f"\x1b[{number};{modifier}~".encode()
    for number in (11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24, 25, 29, 34)
    for modifier in range(2, 17)
]
"""xterm, with each set of Shift, Alt, Ctrl and Meta."""
MODIFIED += [f"\x1b[1;{m}{letter}".encode() for letter in "ABCDFHPQRS" for m in range(2, 17)]
MODIFIED += [f"\x1b[{number}{end}".encode() for number in range(1, 60) for end in "$^@"]  # rxvt
MODIFIED += [f"\x1b[{number}u".encode() for number in range(57_344, 57_455)]  # kitty
MODIFIED += [f"\x1b[{number}~".encode() for number in (*range(25, 60), 200, 201)]  # F13 and on
MODIFIED += [f"\x1b[[{letter}".encode() for letter in "FGHIJ"]
MODIFIED += [f"\x1bO{letter}".encode() for letter in "CDEFHTUVWXYZabcdefghijklmnopqrstuvwxyz"]


def feed(it: Door, reader: KeyReader, data: bytes) -> None:
    """Bytes as they come from the terminal, through the reader that the driver uses."""
    for stroke in [*reader.feed(data), *reader.rest()]:
        it.app.post_message(events.Key(stroke.key, stroke.character))


async def feed_each(it: Door, each: Iterable[bytes]) -> None:
    reader = KeyReader()
    for place, data in enumerate(each):
        feed(it, reader, data)
        if place % 16 == 0:
            await it.rest()
    await it.rest()


def unchanged(it: Door, home: str) -> bool:
    return (
        it.app.is_running
        and it.at == home
        and len(it.app.screen_stack) == 1
        and it.desk.direction is Direction.ENTRY
        and {str(call[0]) for call in it.desk.calls} <= HARMLESS
    )


@pytest.mark.parametrize(("kiosk", "home"), [(False, "ScanScreen"), (True, "AttractScreen")])
async def test_every_byte_is_inert(kiosk: bool, home: str) -> None:  # noqa: FBT001
    async with door(kiosk=kiosk) as it:
        await feed_each(it, (bytes([byte]) for byte in range(256)))
        await feed_each(it, [bytes(range(256)), bytes(reversed(range(256)))])
        await it.rest(PAUSED)
        assert unchanged(it, home)


@pytest.mark.parametrize(("kiosk", "home"), [(False, "ScanScreen"), (True, "AttractScreen")])
async def test_every_function_key_with_a_modifier_is_inert(kiosk: bool, home: str) -> None:  # noqa: FBT001
    async with door(kiosk=kiosk) as it:
        await feed_each(it, MODIFIED)
        await it.rest(PAUSED)
        assert unchanged(it, home)


@pytest.mark.parametrize(("kiosk", "home"), [(False, "ScanScreen"), (True, "AttractScreen")])
async def test_function_keys_within_a_code_are_inert(kiosk: bool, home: str) -> None:  # noqa: FBT001
    async with door(kiosk=kiosk) as it:
        whole = b"CARD" + b"q".join(sequence.encode() for sequence in SEQUENCES) + b"1\r\r\r"
        feed(it, KeyReader(), whole)
        feed(it, KeyReader(), b"".join(sequence.encode() for sequence in SEQUENCES) + b"A")
        await it.rest(PAUSED)
        assert unchanged(it, home)


async def test_every_function_key_pressed_alone_is_inert_on_a_kiosk() -> None:
    async with door(kiosk=True) as it:
        before = it.text()
        for sequence in SEQUENCES:
            feed(it, KeyReader(), sequence.encode())
            await it.rest(ALONE)
        assert unchanged(it, "AttractScreen")
        assert it.text() == before


async def test_no_key_takes_a_verdict_off_a_kiosk() -> None:
    async with door(kiosk=True) as it:
        it.desk.answer(expired())
        await it.rest()
        await it.press("enter", "escape", "f1", "f5", "ctrl+q", "ctrl+c", "tab", "ctrl+p")
        assert it.at == "VerdictScreen"


@pytest.mark.parametrize(
    "key", ["ctrl+q", "ctrl+c", "ctrl+z", "ctrl+p", "ctrl+d", "tab", "q", "f11"]
)
async def test_the_keys_that_end_other_programs_do_nothing_here(key: str) -> None:
    async with door() as it:
        await it.press(key)
        await it.rest(PAUSED)
        assert unchanged(it, "ScanScreen")


async def test_a_paste_does_nothing() -> None:
    async with door() as it:
        it.app.post_message(events.Paste("q\x11\x1b"))
        await it.rest(PAUSED)
        assert unchanged(it, "ScanScreen")


async def test_on_the_door_no_single_key_admits_or_quits() -> None:
    async with door() as it:
        for sequence in SEQUENCES:
            feed(it, KeyReader(), sequence.encode())
            await it.rest(ALONE)
        assert it.app.is_running
        acts = {"override", "come_on_duty", "vouch"}
        assert not [call for call in it.desk.calls if call[0] in acts]


async def test_the_service_pin_is_behind_its_keys_and_leads_to_diagnostics_alone() -> None:
    async with door(kiosk=True) as it:
        await it.press(*SERVICE_KEYS)
        assert it.at == "PinScreen"
        await it.type("1111", "enter")  # a steward's
        assert it.at == "AttractScreen"
        assert it.desk.attendant is None
        await it.press(*SERVICE_KEYS)
        await it.type("4711", "enter")
        assert it.at == "DiagnosticsScreen"
        assert "gatepost 0.1.0" in it.text()
        await it.press("f2", "f3", "f9", "f5", "escape")
        assert it.at == "AttractScreen"
        assert it.desk.attendant is None
