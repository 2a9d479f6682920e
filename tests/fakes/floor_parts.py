"""A floor of real ledger and pipeline, with a clock, eyes, a camera, a strike and a central that the test plays."""

import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from cardcore.card import Claims
from cardcore.ids import Audience, CardId, UnixSeconds
from cardcore.keyset import Alg
from cardcore.membership import CardStanding
from cardcore.policy import DoorPolicy
from scanner.adapters.ledger_sqlite import SqliteAttendants, SqliteLedger, SqliteLog
from scanner.desk import Answered, DeskEvent, FaultsChanged, Role
from scanner.door.frame import Frame, Reading
from scanner.door.identity import DoorIdentity
from scanner.door.occupancy import VenueFigure
from scanner.errors import DeviceError, LedgerError
from scanner.floor.camera import Camera
from scanner.floor.desk import Floor
from scanner.floor.duty import Duty
from scanner.floor.gate import Gate
from scanner.floor.ports import CodeReader
from scanner.floor.rounds import Disk
from scanner.floor.staff import Staff
from scanner.floor.wiring import Wiring
from scanner.pipeline import Answer, ScanPipeline
from scanner.sync.worker import Heard
from tests.fakes.card_material import some_claims
from tests.fakes.minting import mint
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_door import DEVICE, DOOR, LONG_AGO, POLICY, by_the_floor
from tests.fakes.scanner_ledger import EPOCH
from tests.fakes.scanner_parts import FakeKeyRing, FakeStatus, a_frame
from tests.fakes.vault import VAULT

Event = TypeVar("Event")
WITHIN: Final = 10.0  # seconds; a test that waits so long has failed
PIN, STEWARD_PIN = "2580", "1379"
CORNERS: Final = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def a_text(**claims: object) -> str:
    made: Claims = some_claims(**claims)  # type: ignore[arg-type] # the names of some_claims
    return mint(made, Alg.HMAC_256_64)


class MarkedDecoder:
    """Reads the code whose number the frame's first pixel has; 0 is none."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def frame(self, text: str, clock: FakeClock) -> Frame:
        if text not in self.texts:
            self.texts.append(text)
        return a_frame(self.texts.index(text) + 1, at=clock.now())

    def decode(self, frame: Frame) -> tuple[Reading, ...]:
        marker = int(frame.luma[0, 0])
        if not marker:
            return ()
        payload = self.texts[marker - 1].encode("latin-1")
        return (Reading(payload=payload, stage="marked", corners=CORNERS),)


class FakeDirectory:
    def __init__(self) -> None:
        self.members: dict[CardId, CardStanding] = {}
        self.trouble = ""

    def search(self, text: str, limit: int) -> tuple[tuple[CardId, CardStanding], ...]:
        self._check()
        found = [(c, s) for c, s in self.members.items() if text in (s.display_name or "")]
        return tuple(found[:limit])

    def standing_of(self, card_id: CardId) -> CardStanding | None:
        self._check()
        return self.members.get(card_id)

    def _check(self) -> None:
        if self.trouble:
            raise LedgerError(self.trouble)


class FakeStrike:
    def __init__(self) -> None:
        self.openings = 0
        self.trouble = ""
        self.is_closed = False

    def open(self) -> None:
        if self.trouble:
            raise DeviceError(self.trouble)
        self.openings += 1

    def close(self) -> None:
        self.is_closed = True


class FakeFeed:
    def __init__(self) -> None:
        self.told: VenueFigure | None = None

    def figure(self) -> VenueFigure | None:
        return self.told


class FakeSync:
    def __init__(self) -> None:
        self.heard: Heard | None = None
        self.woken = 0
        self.has_ended = False

    def wake(self) -> None:
        self.woken += 1

    @contextmanager
    def beside(self, heard: Heard) -> Iterator["FakeSync"]:
        self.heard = heard
        try:
            yield self
        finally:
            self.has_ended = True


@dataclass(kw_only=True)
class Stage:
    """All that stands around one floor. ``events`` is what it told."""

    path: Path
    policy: DoorPolicy = POLICY
    clock: FakeClock = field(default_factory=FakeClock)
    decoder: MarkedDecoder = field(default_factory=MarkedDecoder)
    keys: FakeKeyRing = field(default_factory=FakeKeyRing)
    status: FakeStatus = field(default_factory=FakeStatus)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    strike: FakeStrike = field(default_factory=FakeStrike)
    feed: FakeFeed = field(default_factory=FakeFeed)
    sync: FakeSync = field(default_factory=FakeSync)
    events: queue.Queue[DeskEvent] = field(default_factory=queue.Queue)
    camera: Camera | None = None
    open_reader: Callable[[], CodeReader] | None = None
    free: int = 1_000_000_000
    list_at: UnixSeconds | None = None
    list_trouble: str = ""
    shut_out: str = ""
    kiosk: bool = False
    has_closed: bool = False

    def open_ledger(self) -> SqliteLedger:
        return SqliteLedger.open(self.path, VAULT, new_epoch=EPOCH, now=LONG_AGO)

    def floor(self) -> Floor:
        with ExitStack() as stack:
            ledger = stack.enter_context(closing(self.open_ledger()))
            log = stack.enter_context(closing(SqliteLog(self.path, VAULT)))
            book = stack.enter_context(closing(SqliteAttendants(self.path, VAULT)))
            stack.callback(lambda: setattr(self, "has_closed", True))
            self.ledger, self.log, self.book = ledger, log, book
            pipeline = self._pipeline(ledger)
            staff = Staff(
                pipeline=pipeline,
                ledger=ledger,
                directory=self.directory,
                clock=self.clock,
                policy=lambda: self.policy,
                shut_out=lambda: self.shut_out,
            )
            opened = stack.pop_all()
        return Floor(
            Wiring(
                door=DOOR,
                kiosk=self.kiosk,
                policy=lambda: self.policy,
                clock=self.clock,
                pipeline=pipeline,
                keys=self.keys,
                ledger=ledger,
                log=log,
                directory=self.directory,
                staff=staff,
                duty=Duty(book=book, digest=digest, clock=self.clock, idle_s=600),
                gate=Gate(ledger=ledger, clock=self.clock, strike=self.strike),
                disk=Disk(free=lambda: self.free, least=100_000_000),
                circuit=lambda: self.status.circuit,
                list_at=self._list_at,
                sync=self.sync.beside,
                close=opened.close,
                camera=self.camera,
                open_reader=self.open_reader,
                venue=self.feed,
                shut_out=lambda: self.shut_out,
            )
        )

    @contextmanager
    def running(self) -> Iterator[Floor]:
        floor = self.floor()
        self.book.add("Sam", Role.SUPERVISOR, digest(PIN))
        self.book.add("Kim", Role.STEWARD, digest(STEWARD_PIN))
        try:
            floor.start(self.events.put)
            yield floor
        finally:
            floor.stop()

    def next(self, kind: type[Event]) -> Event:
        """The next event of this kind; others before it are dropped."""
        while True:
            event = self.events.get(timeout=WITHIN)
            if isinstance(event, kind):
                return event

    def answer(self) -> Answer:
        return self.next(Answered).answer

    def faults(self) -> set[str]:
        return {fault.kind.value for fault in self.next(FaultsChanged).faults}

    def _list_at(self) -> UnixSeconds | None:
        if self.list_trouble:
            raise LedgerError(self.list_trouble)
        return self.list_at

    def _pipeline(self, ledger: SqliteLedger) -> ScanPipeline:
        return ScanPipeline(
            identity=DoorIdentity(
                door=DOOR,
                device=DEVICE,
                audiences=frozenset((Audience("venue-12"),)),
                policy=self.policy,
                rules=self.policy.door,
                program="gatepost test",
                has_screen=True,
            ),
            clock=self.clock,
            decoder=self.decoder,
            keys=self.keys,
            status=self.status,
            ledger=ledger,
            trust=by_the_floor(ledger),
            venue=self.feed,
        )


def digest(pin: str) -> bytes:
    return pin.encode().ljust(32, b".")
