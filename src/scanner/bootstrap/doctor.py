"""Is this machine fit to be a door? Each check says what was found, and what to change."""

import platform
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from cardcore.audit import ClockTrust
from scanner.bootstrap.clock import clock_state
from scanner.bootstrap.door import LEDGER_FILE, program
from scanner.bootstrap.eyes import system_clock
from scanner.bootstrap.eyesight import CodeLook, Eyesight, look_through
from scanner.bootstrap.identity import open_link
from scanner.bootstrap.safekeeping import ADVICE, safekeeping
from scanner.bootstrap.vault import device_secret, open_papers
from scanner.config import Settings
from scanner.errors import ConfigError, LinkError, ScannerError
from scanner.sqlite import refuse_affected_sqlite, sqlite3

PACKAGES: Final = ("zxing-cpp", "opencv-python-headless", "numpy", "pyzbar", "cryptography")
LEAST_FPS: Final = 10.0  # a hand shows a code for half a second
LEAST_MODULE: Final = 3.0  # pixels; 4 read 98 of 100, under 2 none
MOST_EDGE: Final = 0.9  # of a module: more, and neighbours run together
LEAST_CONTRAST: Final = 60.0  # grey levels
MOST_WASHED: Final = 0.12  # of the code; error correction mends little more
_MB: Final = 1_000_000


class State(StrEnum):
    """How a check came out."""

    GOOD = "good"
    POOR = "poor"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: what was found, what to change, and figures for programs."""

    name: str
    state: State
    found: str
    advice: str = ""
    figures: dict[str, object] = field(default_factory=dict)


def examine(settings: Settings) -> tuple[Check, ...]:
    """All checks, in order. None of them changes anything."""
    checks: tuple[tuple[str, Callable[[Settings], Check]], ...] = (
        ("versions", _versions),
        ("sqlite", _sqlite),
        ("zbar", _zbar),
        ("data", _data),
        ("secret", _secret),
        ("clock", _clock),
        ("link", _link),
        ("camera", _camera),
    )
    return tuple(_guarded(name, check, settings) for name, check in checks)


def _guarded(name: str, check: Callable[[Settings], Check], settings: Settings) -> Check:
    try:
        return check(settings)
    except ConfigError as error:
        return Check(name=name, state=State.BAD, found=str(error), advice=error.hint)
    except (ScannerError, OSError) as error:
        return Check(name=name, state=State.BAD, found=str(error))


def _versions(_settings: Settings) -> Check:
    figures: dict[str, object] = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            figures[package] = version(package)
        except PackageNotFoundError:
            figures[package] = None
    words = ", ".join(f"{name} {found or 'missing'}" for name, found in figures.items())
    return Check(name="versions", state=State.GOOD, found=f"{program()}; {words}", figures=figures)


def _sqlite(_settings: Settings) -> Check:
    refuse_affected_sqlite()
    return Check(name="sqlite", state=State.GOOD, found=f"SQLite {sqlite3.sqlite_version}")


def _zbar(settings: Settings) -> Check:
    from scanner.adapters.decoder_pyzbar import PyzbarDecoder

    if PyzbarDecoder().available:
        return Check(name="zbar", state=State.GOOD, found="libzbar is there")
    wanted = "pyzbar" in settings.decoders
    return Check(
        name="zbar",
        state=State.BAD if wanted else State.GOOD,
        found="libzbar is not there" + ("" if wanted else "; no decoder of the settings wants it"),
        advice="apt-get install libzbar0, or take pyzbar out of the decoders" if wanted else "",
    )


def _data(settings: Settings) -> Check:
    folder = settings.folder
    if not folder.is_dir():
        found = f"there is no folder {folder}"
        return Check(name="data", state=State.POOR, found=found, advice="gatepost enrol makes it")
    with tempfile.TemporaryFile(dir=folder) as trial:
        trial.write(b"gatepost")
    free = shutil.disk_usage(folder).free // _MB
    enough = free >= settings.disk_least_mb
    return Check(
        name="data",
        state=State.GOOD if enough else State.BAD,
        found=f"{folder} can be written; {free} MB free",
        advice="" if enough else f"free {settings.disk_least_mb} MB at least",
        figures={"free_mb": free},
    )


def _secret(settings: Settings) -> Check:
    kept = safekeeping(settings)
    figures: dict[str, object] = {"keeper": kept.keeper, "names_index": kept.names_index}
    if kept.keeper is None:
        return Check(name="secret", state=State.GOOD, found="none yet; gatepost enrol makes it")
    device_secret(settings)  # and it opens
    if kept.theft_gives_away:
        loud = kept.theft_gives_away
        return Check(name="secret", state=State.POOR, found=loud, advice=ADVICE, figures=figures)
    found = f"kept by a {kept.keeper}: a stolen disk alone tells nothing; names index: {kept.names_index}"
    return Check(name="secret", state=State.GOOD, found=found, figures=figures)


def _clock(settings: Settings) -> Check:
    if not (settings.folder / LEDGER_FILE).exists():
        return Check(name="clock", state=State.GOOD, found="no ledger yet to compare it with")
    trust = clock_state(settings, system_clock().now()).trust
    if trust is ClockTrust.UNTRUSTED:
        advice = "set the clock; where it is right, gatepost clock says how to go on"
        return Check(name="clock", state=State.BAD, found="set back, or reset", advice=advice)
    return Check(name="clock", state=State.GOOD, found=f"believed ({trust.value})")


def _link(settings: Settings) -> Check:
    try:
        papers = open_papers(settings)
    except ConfigError as error:
        return Check(name="link", state=State.POOR, found="not enrolled", advice=error.hint)
    clock = system_clock()
    began = clock.mono()
    try:
        with closing(open_link(settings, papers, clock)) as link:
            link.key_set(None)
    except (ConfigError, LinkError) as error:
        advice = "the door goes on without central; see network and address"
        return Check(name="link", state=State.POOR, found=str(error), advice=advice)
    took = round((clock.mono() - began) / 1_000)
    return Check(
        name="link",
        state=State.GOOD,
        found=f"{papers.central_url} answered in {took} ms",
        figures={"ms": took},
    )


def _camera(settings: Settings) -> Check:
    if settings.source == "wedge":
        return Check(name="camera", state=State.GOOD, found="none: a keyboard scanner is used")
    seen = look_through(settings)
    if seen is None:
        return Check(name="camera", state=State.BAD, found=f"{settings.source} shows nothing")
    return judged(seen, live=settings.source.startswith("camera:"))


def judged(seen: Eyesight, *, live: bool) -> Check:
    """The check of what a source shows; how many frames a second tells something of a camera only."""
    advice = [*_pace(seen, live=live), *_code_advice(seen.code)]
    rate = "" if seen.fps is None or not live else f" at {seen.fps} a second"
    found = f"{seen.frames} frames of {seen.width} × {seen.height}{rate}"
    figures: dict[str, object] = {
        "frames": seen.frames,
        "width": seen.width,
        "height": seen.height,
        "fps": seen.fps if live else None,
        "edge_px": seen.edge if seen.code is None else seen.code.edge,
        "module_px": None if seen.code is None else seen.code.module,
        "contrast": None if seen.code is None else seen.code.contrast,
        "washed_out": None if seen.code is None else seen.code.washed,
        "found_by": seen.found_by,
    }
    if seen.code is not None:
        module = "?" if seen.code.module is None else seen.code.module
        found += (
            f"; a code: {module} pixels a module, an edge takes {seen.code.edge}, contrast"
            f" {seen.code.contrast:.0f}, {seen.code.washed:.0%} washed out"
        )
    state = State.POOR if advice else State.GOOD
    return Check(name="camera", state=state, found=found, advice="; ".join(advice), figures=figures)


def _pace(seen: Eyesight, *, live: bool) -> list[str]:
    if live and seen.fps is not None and seen.fps < LEAST_FPS:
        return ["too few frames: give it more light, or a USB port of its own"]
    return []


def _code_advice(code: CodeLook | None) -> list[str]:
    """What to change, from what matters most."""
    if code is None:
        return ["no code was read: hold a card before the camera, and run this again"]
    wrong = (
        (code.module is not None and code.module < LEAST_MODULE, "come closer: modules are small"),
        (code.washed > MOST_WASHED, "move the light: it is mirrored in the code"),
        (code.contrast < LEAST_CONTRAST, "more light on the code, or a brighter screen"),
        (
            code.edge > max(2.5, MOST_EDGE * (code.module or 0)),
            "clean the lens, see to its focus, hold still",
        ),
    )
    return [words for is_so, words in wrong if is_so]
