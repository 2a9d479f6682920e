"""A desk for the screens: answers as told, remembers what was asked, has no threads and no clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cardcore.audit import ClockTrust, Direction
from cardcore.ids import CardId, Seq, UnixSeconds
from cardcore.reasons import Reason
from scanner.desk import (
    Answered,
    Attendant,
    DeskEvent,
    DoorFacts,
    Fault,
    FaultsChanged,
    LinkState,
    MemberHit,
    Occupancy,
    OverrideReason,
    PinResult,
    RecentLine,
    Role,
    UndoResult,
    View,
)
from scanner.door.decision import Admit
from scanner.pipeline import Answer
from tests.fakes.answers import (
    CROWD,
    MEMBERS,
    NOW,
    ONLINE,
    RECENT,
    STEWARD,
    STEWARD_PIN,
    SUPERVISOR,
    SUPERVISOR_PIN,
    answer,
)


@dataclass
class FakeDesk:
    """Every field may be set by a test; ``calls`` is what the screens asked for, in order."""

    door: str = "East"
    kiosk: bool = False
    direction: Direction = Direction.ENTRY
    link: LinkState = ONLINE
    occupancy: Occupancy = CROWD
    clock: ClockTrust = ClockTrust.TRUSTED
    now: UnixSeconds = NOW
    faults: tuple[Fault, ...] = ()
    attendant: Attendant | None = None
    vouching: Attendant | None = None
    newest: View | None = None
    undo_result: UndoResult = UndoResult.DONE
    override_answer: Answer | None = field(
        default_factory=lambda: answer(Admit(reason=Reason.OVERRIDE), seq=99)
    )
    members: Sequence[MemberHit] = MEMBERS
    lines: Sequence[RecentLine] = RECENT
    calls: list[tuple[object, ...]] = field(default_factory=list)
    _tell: Callable[[DeskEvent], None] | None = None

    def start(self, tell: Callable[[DeskEvent], None]) -> None:
        self.calls.append(("start",))
        self._tell = tell

    def stop(self) -> None:
        self.calls.append(("stop",))

    def tell(self, event: DeskEvent) -> None:
        """What a thread of the door would say."""
        assert self._tell is not None, "the screens have not started the desk"
        self._tell(event)

    def answer(self, given: Answer) -> None:
        self.tell(Answered(answer=given))

    def break_with(self, *faults: Fault) -> None:
        self.faults = faults
        self.tell(FaultsChanged(faults=faults))

    def facts(self) -> DoorFacts:
        return DoorFacts(
            door=self.door,
            direction=self.direction,
            link=self.link,
            occupancy=self.occupancy,
            clock=self.clock,
            now=self.now,
            camera_fps=30.0,
            faults=self.faults,
            attendant=self.attendant,
            kiosk=self.kiosk,
        )

    def view(self) -> View | None:
        return self.newest

    def present(self, text: str, source: str) -> None:
        self.calls.append(("present", text, source))

    def face(self, direction: Direction) -> None:
        self.calls.append(("face", direction))
        self.direction = direction

    def search(self, text: str) -> tuple[MemberHit, ...]:
        self.calls.append(("search", text))
        return tuple(hit for hit in self.members if text.lower() in hit.display_name.lower())

    def override(self, reason: OverrideReason, note: str, card_id: CardId | None) -> Answer | None:
        self.calls.append(("override", reason, note, card_id))
        return self.override_answer if self._supervised() else None

    def undo(self) -> UndoResult:
        self.calls.append(("undo",))
        return self.undo_result if self._supervised() else UndoResult.NOT_ALLOWED

    def recent(self, limit: int) -> tuple[RecentLine, ...]:
        return tuple(self.lines[:limit])

    def come_on_duty(self, pin: str) -> PinResult:
        self.calls.append(("come_on_duty", pin))
        found = {STEWARD_PIN: STEWARD, SUPERVISOR_PIN: SUPERVISOR}.get(pin)
        if found is None:
            return PinResult.WRONG
        self.attendant = found
        return PinResult.GOOD

    def vouch(self, pin: str) -> PinResult:
        self.calls.append(("vouch", pin))
        found = {STEWARD_PIN: STEWARD, SUPERVISOR_PIN: SUPERVISOR}.get(pin)
        if found is None:
            return PinResult.WRONG
        self.vouching = found
        return PinResult.GOOD

    def spend_vouch(self) -> Attendant | None:
        found, self.vouching = self.vouching, None
        return found

    def _supervised(self) -> bool:
        allowed = self.spend_vouch() or self.attendant
        return allowed is not None and allowed.role is Role.SUPERVISOR

    def go_off_duty(self) -> None:
        self.calls.append(("go_off_duty",))
        self.attendant = self.vouching = None

    def shown(self, seq: Seq) -> None:
        self.calls.append(("shown", seq))

    def diagnostics(self) -> dict[str, object]:
        return {"program": "gatepost 0.1.0", "door": self.door, "keys": 4, "list": 17}
