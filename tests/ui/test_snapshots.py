"""The main screens as pictures, in every theme, both languages and two sizes. `pytest --snapshot-update` draws them anew."""

import re
from collections.abc import Awaitable, Callable
from itertools import product

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from scanner.desk import FaultKind
from scanner.ui.look import THEMES
from tests.fakes.answers import (
    OFFLINE,
    STEWARD,
    admitted,
    expired,
    fault,
    left,
    passback,
    picture,
    replayed,
    reviewed,
    unconfirmed,
)
from tests.fakes.desk import FakeDesk
from tests.ui.doors import LARGE, SMALL, Door, door


class Svg(SingleFileSnapshotExtension):
    """One file a picture, to be looked at in a browser."""

    file_extension = "svg"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def svg(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Svg)


def drawn(it: Door) -> str:
    """The picture without what differs from run to run, and without web fonts that are fetched."""
    picture = re.sub(r"terminal-\d+", "terminal", it.app.export_screenshot())
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in picture.splitlines())


SIZES = {"small": SMALL, "large": LARGE}


@pytest.mark.parametrize(("theme", "language", "size"), list(product(THEMES, ("en", "de"), SIZES)))
async def test_waiting_and_verdict(
    svg: SnapshotAssertion, theme: str, language: str, size: str
) -> None:
    desk = FakeDesk(link=OFFLINE, attendant=STEWARD)
    async with door(desk, theme=theme, language=language, size=SIZES[size]) as it:
        await it.rest()
        assert drawn(it) == svg(name="scan")
        it.desk.answer(replayed())
        await it.rest()
        assert drawn(it) == svg(name="refuse")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("make", [admitted, unconfirmed, reviewed, passback, left])
async def test_every_kind_of_verdict(
    svg: SnapshotAssertion, make: Callable[[], object], language: str
) -> None:
    async with door(language=language) as it:
        it.desk.answer(make())  # type: ignore[arg-type]
        await it.rest()
        assert drawn(it) == svg


async def with_picture(it: Door) -> None:
    it.desk.newest = picture()
    await it.rest(0.25)


def pressing(*keys: str) -> Callable[[Door], Awaitable[None]]:
    async def press(it: Door) -> None:
        await it.press(*keys)

    return press


async def found(it: Door) -> None:
    await it.press("f3")
    await it.type("doe", "enter")


async def overriding(it: Door) -> None:
    it.desk.answer(expired())
    await it.rest()
    await it.press("f5")


async def giving_pin(it: Door) -> None:
    await overriding(it)
    await it.press("enter")
    await it.type("47")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "lead",
    [
        pytest.param(with_picture, id="picture"),
        pytest.param(pressing("f1"), id="help"),
        pytest.param(pressing("f2"), id="manual"),
        pytest.param(found, id="search"),
        pytest.param(pressing("f4"), id="recent"),
        pytest.param(overriding, id="override"),
        pytest.param(giving_pin, id="pin"),
        pytest.param(pressing("f9"), id="counter"),
    ],
)
async def test_every_page(
    svg: SnapshotAssertion, lead: Callable[[Door], Awaitable[None]], language: str
) -> None:
    async with door(FakeDesk(link=OFFLINE), language=language) as it:
        await lead(it)
        await it.rest()
        assert drawn(it) == svg


@pytest.mark.parametrize("language", ["en", "de"])
async def test_the_kiosk(svg: SnapshotAssertion, language: str) -> None:
    async with door(kiosk=True, language=language) as it:
        assert drawn(it) == svg(name="attract")
        it.desk.break_with(fault(FaultKind.CAMERA_LOST))
        await it.rest()
        assert drawn(it) == svg(name="fault")
        it.desk.break_with()
        it.desk.answer(reviewed())
        await it.rest()
        assert drawn(it) == svg(name="see-staff")


async def test_the_smallest_terminal(svg: SnapshotAssertion) -> None:
    async with door(FakeDesk(link=OFFLINE), size=(40, 12)) as it:
        assert drawn(it) == svg(name="scan")
        it.desk.answer(passback())
        await it.rest()
        assert drawn(it) == svg(name="refuse")
