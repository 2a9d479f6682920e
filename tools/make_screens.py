"""Draws the screens that docs/howto shows, from the app itself: `python -m tools.make_screens [--check]`.

The app runs without a terminal on a door whose clock stands still, so the same screens come out each time; ``--check``
writes nothing and fails where a picture is missing, differs, or is nobody's.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cardcore.audit import ClockTrust
from scanner.desk import FaultKind, View
from scanner.ui.screens.kiosk import SERVICE_KEYS
from tests.fakes.answers import (
    OFFLINE,
    STEWARD,
    SUPERVISOR_PIN,
    admitted,
    expired,
    fault,
    passback,
    reviewed,
)
from tests.fakes.desk import FakeDesk
from tests.ui.doors import Door, door
from tools.camera_view import View as Held, phone_frame

FOLDER: Final = Path(__file__).parent.parent / "docs" / "howto" / "screens"
Lead = Callable[[Door], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A screen: how the door is, and what leads there."""

    lead: Lead
    kiosk: bool = False
    offline: bool = False
    theme: str = "dark"
    language: str = "en"


def keys(*names: str) -> Lead:
    """Press these."""

    async def press(it: Door) -> None:
        await it.press(*names)

    return press


async def ready(it: Door) -> None:
    """Waiting, with the camera's picture."""
    frame = phone_frame("MC1:A MEMBER'S CARD", seed=3, view=Held(distance=32, yaw=8, roll=4))
    it.desk.newest = View(luma=frame, codes=())
    it.desk.answer(admitted())
    await it.rest()
    await it.press("enter")
    await it.rest(0.3)


def verdict(make: Callable[[], object]) -> Lead:
    """A verdict."""

    async def answer(it: Door) -> None:
        it.desk.answer(make())  # type: ignore[arg-type]
        await it.rest()

    return answer


async def reason(it: Door) -> None:
    """The list of reasons, for somebody who was refused."""
    await verdict(expired)(it)
    await it.press("f5", "down")


async def pin(it: Door) -> None:
    """The PIN for it."""
    await reason(it)
    await it.press("enter")
    await it.type("47")


async def found(it: Door) -> None:
    """A member, found by name."""
    await it.press("f3")
    await it.type("doe", "enter")


async def undone(it: Door) -> None:
    """An admission taken back."""
    await it.press("f7")
    await it.type(SUPERVISOR_PIN, "enter")


async def diagnostics(it: Door) -> None:
    """What a kiosk tells a supervisor."""
    await it.press(*SERVICE_KEYS)
    await it.type(SUPERVISOR_PIN, "enter")


def broken(kind: FaultKind) -> Lead:
    """A kiosk out of order."""

    async def break_it(it: Door) -> None:
        it.desk.break_with(fault(kind))
        await it.rest()

    return break_it


async def wrong_clock(it: Door) -> None:
    """A door whose clock is wrong."""
    it.desk.clock = ClockTrust.UNTRUSTED
    await broken(FaultKind.CLOCK_UNTRUSTED)(it)


SHOTS: Final = {
    "ready": Shot(lead=ready),
    "admit": Shot(lead=verdict(admitted)),
    "refuse": Shot(lead=verdict(expired)),
    "already-in": Shot(lead=verdict(passback), offline=True),
    "review": Shot(lead=verdict(reviewed), offline=True),
    "reason": Shot(lead=reason),
    "pin": Shot(lead=pin),
    "manual": Shot(lead=keys("f2")),
    "search": Shot(lead=found, offline=True),
    "undone": Shot(lead=undone),
    "recent": Shot(lead=keys("f4")),
    "counter": Shot(lead=keys("f9", "enter")),
    "help": Shot(lead=keys("f1")),
    "clock": Shot(lead=wrong_clock),
    "light": Shot(lead=verdict(expired), theme="light"),
    "contrast": Shot(lead=verdict(expired), theme="contrast"),
    "german": Shot(lead=verdict(expired), language="de"),
    "kiosk-attract": Shot(lead=keys(), kiosk=True, theme="console"),
    "kiosk-admit": Shot(lead=verdict(admitted), kiosk=True, theme="console"),
    "kiosk-see-staff": Shot(lead=verdict(reviewed), kiosk=True, theme="console"),
    "kiosk-camera": Shot(lead=broken(FaultKind.CAMERA_LOST), kiosk=True, theme="console"),
    "kiosk-ledger": Shot(lead=broken(FaultKind.LEDGER_UNWRITABLE), kiosk=True, theme="console"),
    "kiosk-disk": Shot(lead=broken(FaultKind.DISK_FULL), kiosk=True, theme="console"),
    "kiosk-clock": Shot(lead=broken(FaultKind.CLOCK_UNTRUSTED), kiosk=True, theme="console"),
    "kiosk-revoked": Shot(lead=broken(FaultKind.DEVICE_REVOKED), kiosk=True, theme="console"),
    "kiosk-keys": Shot(lead=broken(FaultKind.NO_KEYS), kiosk=True, theme="console"),
    "kiosk-service": Shot(lead=diagnostics, kiosk=True, theme="console"),
}
"""Every picture by its name."""


async def draw(shot: Shot) -> str:
    """The picture, without what differs from run to run and without fonts fetched from the web."""
    desk = FakeDesk(link=OFFLINE) if shot.offline else FakeDesk()
    desk.attendant = None if shot.kiosk else STEWARD
    async with door(desk, kiosk=shot.kiosk, theme=shot.theme, language=shot.language) as it:
        await it.rest()
        await shot.lead(it)
        await it.rest()
        picture = it.app.export_screenshot()
    picture = re.sub(r"terminal-\d+", "terminal", picture)
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"


async def draw_all() -> dict[str, str]:
    """Every picture by its file's name."""
    return {f"{name}.svg": await draw(shot) for name, shot in SHOTS.items()}


def main() -> int:
    """Draw, or check; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    checking = bool(parser.parse_args().check)
    drawn = asyncio.run(draw_all())
    there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.svg")}
    if checking:
        wrong = sorted(name for name in drawn | there if drawn.get(name) != there.get(name))
        for name in wrong:
            print(
                f"docs/howto/screens/{name}: not as the app draws it; run: python -m tools.make_screens"
            )
        return 1 if wrong else 0
    FOLDER.mkdir(exist_ok=True)
    for name in there.keys() - drawn.keys():
        (FOLDER / name).unlink()
    for name, picture in drawn.items():
        (FOLDER / name).write_text(picture, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
