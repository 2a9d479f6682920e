"""The Desk of a wired door: threads begun and ended, and each question of the screens handed to who knows."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace

from cardcore.audit import Direction
from cardcore.ids import CardId, Seq, UnixSeconds
from scanner.desk import (
    Attendant,
    DeskEvent,
    DoorFacts,
    Fault,
    FaultKind,
    FaultsChanged,
    LinkState,
    MemberHit,
    OverrideReason,
    PinResult,
    RecentLine,
    Role,
    UndoResult,
    View,
)
from scanner.door.frame import Presentation
from scanner.errors import LedgerError
from scanner.floor.camera import CameraWatch
from scanner.floor.codes import CodeWatch
from scanner.floor.counter import Counter
from scanner.floor.decider import Decider
from scanner.floor.faults import FaultBoard
from scanner.floor.inbox import Inbox, Shown
from scanner.floor.links import LinkWatch
from scanner.floor.rounds import Rounds
from scanner.floor.wiring import Wakeable, Wiring
from scanner.pipeline import Answer


class Floor:
    """One door with its screens. ``start`` and ``stop`` are called once each, by the same thread."""

    def __init__(self, wiring: Wiring) -> None:
        self._parts = wiring
        self._clock = wiring.clock
        self._tell: Callable[[DeskEvent], None] = lambda _event: None
        self._direction = Direction.ENTRY
        self._stack = ExitStack()
        self._sync: Wakeable | None = None
        self._has_stopped = False
        self._inbox = Inbox()
        self._board = FaultBoard(now=lambda: self._clock.now().seconds, changed=self._faults_are)
        self._link = LinkWatch(wiring.clock)
        self._counter = Counter(
            log=wiring.log, directory=wiring.directory, policy=wiring.policy, venue=wiring.venue
        )
        self._rounds = Rounds(
            clock=wiring.clock,
            trust=wiring.pipeline.clock_trust,
            keys=wiring.keys,
            ledger=wiring.ledger,
            disk=wiring.disk,
            board=self._board,
            shut_out=wiring.shut_out,
        )
        self._decider = Decider(
            inbox=self._inbox,
            pipeline=wiring.pipeline,
            ledger=wiring.ledger,
            staff=wiring.staff,
            gate=wiring.gate,
            board=self._board,
            clock=wiring.clock,
            addressed=self._addressed,
            tell=self._told,
            wake=self._wake,
            heard=wiring.heard,
        )
        self._camera = self._watch_camera()
        self._codes = (
            None if wiring.open_reader is None else CodeWatch(wiring.open_reader, self.present)
        )

    def start(self, tell: Callable[[DeskEvent], None]) -> None:
        """Begin to read and to keep in step; ``tell`` is called from other threads."""
        self._tell = tell
        self._rounds.start()
        self._decider.start()
        self._sync = self._stack.enter_context(self._parts.sync(self._link.heard))
        if self._camera is not None:
            self._camera.start()
        if self._codes is not None:
            self._codes.start()

    def stop(self) -> None:
        """End all threads; the ledger is closed when this returns. A second time, nothing."""
        if self._has_stopped:
            return
        self._has_stopped = True
        self._inbox.close()
        with ExitStack() as ending:  # each is ended whatever becomes of the others
            ending.callback(self._parts.close)
            ending.push(self._stack)
            ending.callback(self._decider.join)
            ending.callback(self._rounds.stop)
            if self._codes is not None:
                ending.callback(self._codes.stop)
            if self._camera is not None:
                ending.callback(self._camera.stop)

    def facts(self) -> DoorFacts:
        """How the door is now."""
        now, camera = self._clock.now().seconds, self._parts.camera
        return DoorFacts(
            door=self._parts.door,
            direction=self._direction,
            link=self._link_state(),
            occupancy=self._counter.occupancy(now),
            clock=self._rounds.clock_trust,
            now=now,
            camera_fps=None if self._camera is None else self._camera.fps,
            faults=self._board.faults,
            attendant=self._parts.duty.attendant,
            kiosk=self._parts.kiosk,
            passed_over=None if camera is None else camera.leftover.newest,
        )

    def view(self) -> View | None:
        """The newest frame, and the codes last read; None where there is no frame."""
        frame = None if self._camera is None else self._camera.newest
        if frame is None or self._board.has(FaultKind.CAMERA_LOST):
            return None
        return View(luma=frame.luma, codes=self._decider.codes)

    def present(self, text: str, source: str) -> None:
        """A keyboard scanner read ``text``; it is judged at this instant."""
        self._inbox.add(Presentation(text=text, at=self._clock.now(), source=source))

    def face(self, direction: Direction) -> None:
        """From now on this door counts people in, or out."""
        self._direction = direction
        self._parts.duty.touch()

    def search(self, text: str) -> tuple[MemberHit, ...]:
        """Members by name or the beginning of their card's id; at most 50, best first."""
        self._parts.duty.touch()
        return self._counter.search(text, self._clock.now().seconds)

    def override(self, reason: OverrideReason, note: str, card_id: CardId | None) -> Answer | None:
        """Let somebody through by the supervisor who vouches, or is on duty; None where there is none."""
        supervisor = self._supervisor()
        if supervisor is None:
            return None
        answer = self._parts.staff.override(
            reason, note, card_id, attendant=supervisor.name, direction=self._direction
        )
        self._decider.act(answer)
        return answer

    def undo(self) -> UndoResult:
        """Take back the last admission here, within 15 s. Where that cannot be written, nothing is taken back."""
        supervisor = self._supervisor()
        if supervisor is None:
            return UndoResult.NOT_ALLOWED
        try:
            done = self._parts.staff.undo(supervisor.name)
        except LedgerError as error:
            self._board.put(FaultKind.LEDGER_UNWRITABLE, str(error))
            return UndoResult.NOTHING
        self._wake()
        return done

    def recent(self, limit: int) -> tuple[RecentLine, ...]:
        """The newest lines of the log, newest first."""
        return self._counter.recent(limit)

    def come_on_duty(self, pin: str) -> PinResult:
        """The attendant whose PIN this is comes on duty."""
        return self._parts.duty.begin(pin)

    def vouch(self, pin: str) -> PinResult:
        """The attendant whose PIN this is vouches for the next act alone."""
        return self._parts.duty.vouch(pin)

    def spend_vouch(self) -> Attendant | None:
        """Who vouches for this act; from now on nobody does."""
        return self._parts.duty.spend()

    def go_off_duty(self) -> None:
        """Nobody is on duty. A second time, nothing."""
        self._parts.duty.end()

    def shown(self, seq: Seq) -> None:
        """The verdict of this entry is on the screen; written down by the thread that decides."""
        self._inbox.add(Shown(seq=seq))

    def diagnostics(self) -> dict[str, object]:
        """Everything a support call asks for; no secret, no name."""
        facts = self.facts()
        return self._parts.extra() | {
            "door": facts.door,
            "direction": facts.direction.value,
            "kiosk": facts.kiosk,
            "online": facts.link.online,
            "circuit": facts.link.circuit,
            "outbox": facts.link.outbox,
            "link_trouble": facts.link.trouble,
            "clock": facts.clock.value,
            "keyset_version": self._parts.keys.current().version,
            "camera_fps": facts.camera_fps,
            "here": facts.occupancy.here,
            "capacity": facts.occupancy.capacity,
            "disk_free_mb": self._disk_free_mb(),
            "strike": self._parts.gate.has_strike,
            "strike_trouble": self._parts.gate.trouble,
            "scanner_trouble": "" if self._codes is None else self._codes.trouble,
            "faults": [fault.kind.value for fault in facts.faults],
        }

    def _watch_camera(self) -> CameraWatch | None:
        if self._parts.camera is None:
            return None
        return CameraWatch(
            self._parts.camera, mono=self._clock.mono, inbox=self._inbox, board=self._board
        )

    def _link_state(self) -> LinkState:
        list_at: UnixSeconds | None = None
        with suppress(LedgerError):
            list_at = self._parts.list_at()
        return self._link.state(
            circuit=self._parts.circuit(), list_at=list_at, outbox=self._counter.backlog()
        )

    def _supervisor(self) -> Attendant | None:
        attendant = self._parts.duty.spend() or self._parts.duty.attendant
        if attendant is None or attendant.role is not Role.SUPERVISOR:
            return None
        self._parts.duty.touch()
        return attendant

    def _addressed(self, presentation: Presentation) -> Presentation:
        on_duty = self._parts.duty.attendant
        return replace(
            presentation,
            direction=self._direction,
            attendant=None if on_duty is None else on_duty.name,
        )

    def _told(self, event: DeskEvent) -> None:
        self._tell(event)

    def _faults_are(self, faults: tuple[Fault, ...]) -> None:
        self._tell(FaultsChanged(faults=faults))

    def _wake(self) -> None:
        if self._sync is not None:
            self._sync.wake()

    def _disk_free_mb(self) -> int | None:
        with suppress(OSError):
            return self._parts.disk.free() // 1_000_000
        return None
