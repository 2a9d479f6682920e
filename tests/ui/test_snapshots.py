"""Every screen as a picture, in every theme, both languages and two sizes. `pytest --snapshot-update` draws them anew."""

import re
from collections.abc import Awaitable, Callable, Iterator
from itertools import product

import pytest
from _pytest.mark import ParameterSet
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from cardcore.audit import ClockTrust
from scanner.desk import FaultKind
from scanner.ui.look import THEMES
from tests.fakes.answers import (
    OFFLINE,
    STEWARD,
    SUPERVISOR_PIN,
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
    """The picture without what differs from run to run, without web fonts, and without what takes room alone."""
    picture = re.sub(r"terminal-\d+", "terminal", it.app.export_screenshot())
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = re.sub(r'<clipPath id="terminal-line.*?</clipPath>\s*', "", picture, flags=re.DOTALL)
    picture = re.sub(r' clip-path="url\(#terminal-line-\d+\)"', "", picture)  # half of the file
    picture = picture.replace("&#160;", "\N{NO-BREAK SPACE}")
    return "\n".join(line.rstrip() for line in picture.splitlines())


SIZES = {"small": SMALL, "large": LARGE}
LANGUAGES = ("en", "de")


def _looks() -> Iterator[ParameterSet]:
    """Every look there is; in `make test` each theme, language and size, in `make soak` all of them with each other."""
    for which in product(*(range(len(choice)) for choice in (THEMES, LANGUAGES, SIZES))):
        theme, language, size = which
        yield pytest.param(
            THEMES[theme],
            LANGUAGES[language],
            list(SIZES)[size],
            marks=[] if (language, size) == (theme % 2, theme // 2 % 2) else [pytest.mark.soak],
        )


in_every_look = pytest.mark.parametrize(("theme", "language", "size"), list(_looks()))
VERDICTS = (admitted, unconfirmed, reviewed, passback, left)


@in_every_look
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


@in_every_look
async def test_every_kind_of_verdict(
    svg: SnapshotAssertion, theme: str, language: str, size: str
) -> None:
    async with door(theme=theme, language=language, size=SIZES[size]) as it:
        for make in VERDICTS:
            it.desk.answer(make())
            await it.rest()
            assert drawn(it) == svg(name=make.__name__)


async def with_picture(it: Door) -> None:
    it.desk.newest = picture()
    await it.rest(0.25)


async def in_doubt(it: Door) -> None:
    it.desk.newest, it.desk.clock = None, ClockTrust.HOLDOVER
    it.desk.break_with()
    await it.rest(0.15)


async def broken(it: Door) -> None:
    it.desk.clock = ClockTrust.UNTRUSTED
    it.desk.break_with(fault(FaultKind.CLOCK_UNTRUSTED))
    await it.rest()


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


async def of_support(it: Door) -> None:
    await it.press("f12")
    await it.type(SUPERVISOR_PIN, "enter")


PAGES: dict[str, Callable[[Door], Awaitable[None]]] = {
    "picture": with_picture,
    "clock-in-doubt": in_doubt,
    "fault": broken,
    "help": pressing("f1"),
    "manual": pressing("f2"),
    "search": found,
    "recent": pressing("f4"),
    "counter": pressing("f9"),
    "override": overriding,
    "pin": giving_pin,
    "diagnostics": of_support,
}


@in_every_look
async def test_every_page(svg: SnapshotAssertion, theme: str, language: str, size: str) -> None:
    desk = FakeDesk(link=OFFLINE)
    async with door(desk, theme=theme, language=language, size=SIZES[size]) as it:
        for name, lead in PAGES.items():
            await lead(it)
            await it.rest()
            assert drawn(it) == svg(name=name)
            while it.at != "ScanScreen":
                await it.press("escape")


@in_every_look
async def test_the_kiosk(svg: SnapshotAssertion, theme: str, language: str, size: str) -> None:
    async with door(kiosk=True, theme=theme, language=language, size=SIZES[size]) as it:
        assert drawn(it) == svg(name="attract")
        for kind in FaultKind:
            it.desk.break_with(fault(kind))
            await it.rest()
            assert drawn(it) == svg(name=kind.value)
        it.desk.break_with()
        for make in (reviewed, admitted):
            it.desk.answer(make())
            await it.rest()
            assert drawn(it) == svg(name=make.__name__)


async def test_the_smallest_terminal(svg: SnapshotAssertion) -> None:
    async with door(FakeDesk(link=OFFLINE), size=(40, 12)) as it:
        assert drawn(it) == svg(name="scan")
        it.desk.answer(passback())
        await it.rest()
        assert drawn(it) == svg(name="refuse")
