"""A door with screens: the engine behind them, and the devices beside."""

import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.adapters.ledger_sqlite import SqliteAttendants, SqliteLog
from scanner.adapters.pin_scrypt import ScryptPins, check_pin
from scanner.adapters.quarantine_file import QuarantineFile
from scanner.adapters.sound_aplay import AplaySounder
from scanner.adapters.watchdog_systemd import SystemdWatchdog
from scanner.bootstrap.door import LEDGER_FILE, Door, open_door, open_ledger, program
from scanner.bootstrap.eyes import make_source
from scanner.bootstrap.step import sync_beside
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings, notify_socket
from scanner.door.answer import Answer
from scanner.errors import ConfigError
from scanner.floor.camera import Camera, Leftover
from scanner.floor.desk import Floor
from scanner.floor.duty import Duty
from scanner.floor.gate import Gate
from scanner.floor.ports import AttendantBook, CodeReader, Strike
from scanner.floor.rounds import Disk
from scanner.floor.staff import Staff
from scanner.floor.wiring import Wiring
from scanner.ports import Clock

if TYPE_CHECKING:
    from telemetry.tracing import Tracing


WEDGE: Final = "wedge"  # a source without a camera: a keyboard scanner types into the screen
__all__ = [
    "check_pin",
    "make_sounder",
    "make_strike",
    "make_watchdog",
    "open_attendants",
    "open_floor",
]
_STRIKE_HINT: Final = "use gpio:PIN (a BCM number) or command:PROGRAM ARGUMENTS"
_MB: Final = 1_000_000


def open_floor(
    settings: Settings,
    heard: Callable[[Answer], None] = lambda _answer: None,
    tracing: "Tracing | None" = None,
) -> Floor:
    """The desk of these settings, wired; whoever asked for it stops it, started or not. ``heard`` is told of each answer.

    Raises:
        ConfigError: not enrolled, or a setting that cannot be used.
        DeviceError: the strike is not there.
        LedgerError: the ledger cannot be opened or written.
    """
    with ExitStack() as stack:
        door = stack.enter_context(
            open_door(settings, has_screen=True, is_running=True, tracing=tracing)
        )
        strike = make_strike(settings)
        if strike is not None:
            stack.callback(strike.close)
        log = stack.enter_context(
            closing(SqliteLog(settings.folder / LEDGER_FILE, open_vault(settings)))
        )
        book, pins = stack.enter_context(open_attendants(settings))
        camera = _camera(settings, door.clock)
        gate = Gate(ledger=door.ledger, clock=door.clock, strike=strike)
        duty = Duty(book=book, digest=pins.digest, clock=door.clock, idle_s=settings.duty_idle_s)
        opened = stack.pop_all()
        return Floor(
            Wiring(
                door=door.papers.door,
                kiosk=settings.kiosk,
                policy=door.trust.policy.current,
                clock=door.clock,
                pipeline=door.pipeline,
                keys=door.keys,
                ledger=door.ledger,
                log=log,
                directory=door.standings,
                staff=_staff(door),
                duty=duty,
                gate=gate,
                disk=Disk(free=_free(settings.folder), least=settings.disk_least_mb * _MB),
                circuit=lambda: door.status.circuit,
                list_at=lambda: door.standings.snapshot_issued_at,
                sync=lambda heard: sync_beside(settings, door.pace, heard, tracing),
                close=opened.close,
                camera=camera,
                open_reader=_reader_opener(settings),
                venue=door.elsewhere,
                extra=lambda: _papers(door) | _refused(door, settings),
                shut_out=door.shut_out,
                heard=heard,
            )
        )


@contextmanager
def open_attendants(settings: Settings) -> Iterator[tuple[AttendantBook, ScryptPins]]:
    """The attendants of this door and the digests of PINs; makes the device's secret where there is none.

    Raises:
        ConfigError: the secret cannot be made or read.
        LedgerError: the ledger cannot be opened.
    """
    vault = open_vault(settings)
    pins = ScryptPins(vault.pin_salt)
    open_ledger(settings, rehearsal=None).close()
    with closing(SqliteAttendants(settings.folder / LEDGER_FILE, vault)) as book:
        yield book, pins


def make_strike(settings: Settings) -> Strike | None:
    """What opens the door; None where nothing is set.

    Raises:
        ConfigError: the setting names none.
        DeviceError: it is not there.
    """
    kind, _, rest = settings.strike.partition(":")
    if not settings.strike:
        return None
    if kind == "gpio" and rest.isascii() and rest.isdecimal():
        from scanner.adapters.strike_gpio import GpioStrike, relay_on

        return GpioStrike(relay_on(int(rest)), seconds=settings.strike_s)
    if kind == "command" and (command := _words(rest)):
        from scanner.adapters.strike_command import CommandStrike

        return CommandStrike(command)
    raise ConfigError(field="strike", value=settings.strike, hint=_STRIKE_HINT)


def make_sounder(settings: Settings) -> AplaySounder | None:
    """What plays sounds; None where nothing can, or nothing shall."""
    return AplaySounder.find() if settings.sounds else None


def make_watchdog() -> SystemdWatchdog | None:
    """Who is told that we live; None where systemd did not start us."""
    address = notify_socket()
    return None if address is None else SystemdWatchdog(address)


def _staff(door: Door) -> Staff:
    return Staff(
        pipeline=door.pipeline,
        ledger=door.ledger,
        directory=door.standings,
        clock=door.clock,
        policy=door.trust.policy.current,
        shut_out=door.shut_out,
    )


def _camera(settings: Settings, clock: Clock) -> Camera | None:
    if settings.source == WEDGE:
        return None
    # Whether the setting names a source is found out now, not when its thread runs.
    make_source(settings.source, clock).close()
    leftover = Leftover()
    return Camera(
        open_source=lambda: make_source(
            settings.source, clock, follow=settings.kiosk, passed_over=leftover.put
        ),
        live=settings.source.startswith("camera:"),
        leftover=leftover,
    )


def _reader_opener(settings: Settings) -> Callable[[], CodeReader] | None:
    if not settings.wedge:
        return None
    from scanner.adapters.wedge_evdev import open_wedge

    return lambda: open_wedge(settings.wedge)


def _free(folder: Path) -> Callable[[], int]:
    return lambda: shutil.disk_usage(folder).free


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is not closed
        return []


def _refused(door: Door, settings: Settings) -> dict[str, object]:
    """What of central's was refused here, and what of this door's central could not read."""
    refused = {kind: refusal.why for kind, refusal in door.trust.refusals.read().items()}
    apart = QuarantineFile(settings.folder).read()
    return {"refused": refused, "quarantined": 0 if apart is None else apart.entries}


def _papers(door: Door) -> dict[str, object]:
    return {
        "device": door.papers.device_id,
        "audience": door.papers.audience,
        "central": door.papers.central_url,
        "policy_version": door.trust.policy.current().version,
        "snapshot_version": door.standings.snapshot_version,
        "snapshot_cards": door.standings.snapshot_cards,
        "program": program(),
        "found_by": dict(door.decoder.found_by),
    }
