"""A kiosk before a real floor: what breaks behind it has a screen of its own, and goes when it is mended, by itself."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cardcore.ids import UnixSeconds
from cardcore.keyset import key_set_of
from scanner.desk import FaultKind
from scanner.floor.camera import Camera
from scanner.ui.app import DoorApp, Ended
from scanner.ui.i18n import Words
from scanner.ui.lines import FAULTS
from scanner.ui.screens.kiosk import FaultScreen
from scanner.ui.stage import Timing
from tests.fakes.card_material import NOW
from tests.fakes.floor_parts import Stage, a_text
from tests.fakes.floor_sources import Plug, StagedSource
from tests.ui.doors import text_on, words_of

LOOKS = 400  # of 50 ms; who waits so long has failed
INVITES = "Hold your card up to the camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kiosk:
    """An app on a real floor; nobody touches it."""

    app: DoorApp
    stage: Stage
    pilot: Pilot[Ended]
    plug: Plug

    async def until(self, *wanted: str, gone: str = "\0") -> str:
        text = ""
        for _ in range(LOOKS):
            await self.pilot.pause(0.05)
            text = words_of(text_on(self.app))
            if all(each in text for each in wanted) and gone not in text:
                return text
        pytest.fail(f"{wanted} not in: {text}")


@asynccontextmanager
async def kiosk(path: Path) -> AsyncIterator[Kiosk]:
    source = StagedSource()
    plug = Plug(source)
    stage = Stage(path=path, kiosk=True, camera=Camera(open_source=plug, live=True))
    floor = stage.floor()
    app = DoorApp(
        floor,
        kiosk=True,
        words=Words("en", UTC),
        timing=Timing(kiosk_verdict=0.3, kiosk_refusal=0.3, facts=0.1),
    )
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            source.give(stage.decoder.frame("", stage.clock))
            it = Kiosk(app=app, stage=stage, pilot=pilot, plug=plug)
            await it.until(INVITES)
            yield it
    finally:
        floor.stop()


def lose_camera(it: Kiosk) -> None:
    source = it.plug.opened.get()
    assert source is not None
    source.fail("it was unplugged")


def find_camera(it: Kiosk) -> None:
    again = StagedSource()
    again.give(it.stage.decoder.frame("", it.stage.clock))
    it.plug.plug_in(again)
    it.stage.clock.advance(1)  # it is tried again after a pause


def fill_disk(it: Kiosk) -> None:
    it.stage.free = 5_000_000


def free_disk(it: Kiosk) -> None:
    it.stage.free = 1_000_000_000


def set_clock_back(it: Kiosk) -> None:
    it.stage.log.raise_clock_floor(UnixSeconds(NOW))
    it.stage.clock.step(-3_600)


def set_clock_right(it: Kiosk) -> None:
    it.stage.clock.step(3_600)


def shut_out(it: Kiosk) -> None:
    it.stage.shut_out = "revoked by the office"


def let_in_again(it: Kiosk) -> None:
    it.stage.shut_out = ""


def lose_keys(it: Kiosk) -> None:
    it.stage.keys.keys = key_set_of(())


def find_keys(it: Kiosk) -> None:
    it.stage.keys.keys = type(it.stage.keys)().keys


def seal_ledger(it: Kiosk) -> None:
    it.stage.ledger.database.conn.execute("PRAGMA query_only = ON")
    it.app.stage.desk.present("no card", "wedge")


def unseal_ledger(it: Kiosk) -> None:
    it.stage.ledger.database.conn.execute("PRAGMA query_only = OFF")


@pytest.mark.parametrize(
    ("kind", "break_it", "mend_it", "detail"),
    [
        (FaultKind.CAMERA_LOST, lose_camera, find_camera, "it was unplugged"),
        (FaultKind.DISK_FULL, fill_disk, free_disk, "5 MB free, 100 MB needed"),
        (FaultKind.CLOCK_UNTRUSTED, set_clock_back, set_clock_right, "set back, or reset"),
        (FaultKind.DEVICE_REVOKED, shut_out, let_in_again, "revoked by the office"),
        (FaultKind.NO_KEYS, lose_keys, find_keys, "no key"),
        (FaultKind.LEDGER_UNWRITABLE, seal_ledger, unseal_ledger, "readonly"),
    ],
)
async def test_what_breaks_has_a_screen_and_goes_when_it_is_mended(
    tmp_path: Path,
    kind: FaultKind,
    break_it: Callable[[Kiosk], None],
    mend_it: Callable[[Kiosk], None],
    detail: str,
) -> None:
    async with kiosk(tmp_path / "ledger.sqlite3") as it:
        break_it(it)
        text = FAULTS[kind]
        await it.until("since", text.what, text.remedy, text.visitor, detail, gone=INVITES)
        assert isinstance(it.app.screen, FaultScreen)
        mend_it(it)
        await it.until(INVITES, gone=text.what)


async def test_a_kiosk_that_was_shut_out_admits_again_when_it_is_let_in(tmp_path: Path) -> None:
    async with kiosk(tmp_path / "ledger.sqlite3") as it:
        shut_out(it)
        await it.until(FAULTS[FaultKind.DEVICE_REVOKED].what)
        it.app.stage.desk.present(a_text(), "wedge")
        await it.until("This device was shut out", "Use another door")
        assert it.stage.strike.openings == 0
        let_in_again(it)
        await it.until(INVITES)
        it.app.stage.desk.present(a_text(), "wedge")
        await it.until("Welcome")
    assert it.stage.strike.openings == 1
