"""All that a floor is made of; bootstrap puts it together."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from cardcore.ids import DoorId, UnixSeconds
from cardcore.policy import DoorPolicy
from scanner.floor.camera import Camera
from scanner.floor.duty import Duty
from scanner.floor.gate import Gate
from scanner.floor.ports import CodeReader, Directory, DoorLog
from scanner.floor.rounds import Disk, Purging
from scanner.floor.staff import Staff
from scanner.pipeline import Answer, ScanPipeline
from scanner.ports import Clock, KeySource, VenueSource
from scanner.sync.worker import Heard


class Wakeable(Protocol):
    """A sync that runs beside."""

    def wake(self) -> None:
        """There is something new to hand over."""
        ...


SyncBeside = Callable[[Heard], AbstractContextManager[Wakeable]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The parts. ``list_at`` is when the lists in force were made; ``close`` closes all that was opened.

    ``shut_out`` says why central has revoked this device; nothing while it has not. ``heard`` is told of each answer.
    """

    door: DoorId
    kiosk: bool
    policy: Callable[[], DoorPolicy]
    clock: Clock
    pipeline: ScanPipeline
    keys: KeySource
    ledger: Purging
    log: DoorLog
    directory: Directory
    staff: Staff
    duty: Duty
    gate: Gate
    disk: Disk
    circuit: Callable[[], str]
    list_at: Callable[[], UnixSeconds | None]
    sync: SyncBeside
    close: Callable[[], None]
    camera: Camera | None = None
    open_reader: Callable[[], CodeReader] | None = None
    venue: VenueSource | None = None
    extra: Callable[[], dict[str, object]] = dict
    shut_out: Callable[[], str] = str
    heard: Callable[[Answer], None] = lambda _answer: None
