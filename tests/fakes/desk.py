"""A desk for the screens: answers as told, remembers what was asked, has no threads and no clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cardcore.audit import ClockTrust, Direction
from cardcore.card import Claims, Mode
from cardcore.ids import Audience, CardId, Kid, Micros, Nonce, Seq, UnixSeconds
from cardcore.keyset import Alg
from cardcore.lifecycle import CardState
from cardcore.membership import (
    CardStanding,
    KnownStatus,
    MemberStatus,
    Origin,
    Status,
    UnknownStatus,
)
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard, VerifiedCard
from scanner.desk import (
    Answered,
    Attendant,
    DeskEvent,
    DoorFacts,
    Fault,
    FaultKind,
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
from scanner.door.decision import Admit, Decision, Record, Refuse, Review
from scanner.door.frame import Presentation
from scanner.door.moment import Moment
from scanner.door.replay import Recollection, Replayed
from scanner.pipeline import Answer

NOW = UnixSeconds(1_777_832_160)  # 2026-05-03 18:16 UTC
CARD = CardId(bytes(range(16)))
STEWARD = Attendant(name="A. Miller", role=Role.STEWARD)
SUPERVISOR = Attendant(name="S. Berg", role=Role.SUPERVISOR)
CROWD = Occupancy(here=212, venue=248, venue_age_s=75, capacity=300)
STEWARD_PIN = "1111"
SUPERVISOR_PIN = "4711"
ONLINE = LinkState(
    online=True,
    circuit="closed",
    since=NOW,
    next_try_s=None,
    list_at=UnixSeconds(NOW - 840),
    outbox=0,
)
OFFLINE = LinkState(
    online=False,
    circuit="open",
    since=UnixSeconds(NOW - 840),
    next_try_s=40,
    list_at=UnixSeconds(NOW - 840),
    outbox=12,
)


def moment(seconds: int = NOW) -> Moment:
    return Moment(wall=Micros(seconds * 1_000_000), mono=Micros(0), boot_id=bytes(16))


def standing(
    name: str | None = "J. Doe", member: MemberStatus = MemberStatus.ACTIVE
) -> KnownStatus:
    known = CardStanding(
        state=CardState.ACTIVE,
        generation=1,
        member=member,
        display_name=name,
        as_of=UnixSeconds(NOW - 840),
    )
    return KnownStatus(standing=known, origin=Origin.SNAPSHOT)


def answer(
    decision: Decision,
    *,
    seq: int | None = 1,
    status: Status | None = None,
    memory: Recollection | None = None,
    member: str | None = "1042",
    trouble: str = "",
) -> Answer:
    claims = Claims(
        audience=Audience("east"),
        expires_at=UnixSeconds(NOW + 60),
        issued_at=NOW,
        nonce=Nonce(bytes(8)),
        mode=Mode.ROTATING,
        card_id=CARD,
        generation=1,
        member=member,
    )
    return Answer(
        presentation=Presentation(text="MC1:TEST", at=moment(), source="camera"),
        verification=VerifiedCard(claims=claims, kid=Kid(bytes(4)), alg=Alg.HMAC_256_64),
        memory=memory or Recollection(),
        status=standing() if status is None else status,
        decision=decision,
        clock=ClockTrust.TRUSTED,
        seq=None if seq is None else Seq(seq),
        trouble=trouble,
    )


def admitted(seq: int = 1) -> Answer:
    return answer(Admit(reason=Reason.OK_SNAPSHOT), seq=seq)


def unconfirmed(seq: int = 1) -> Answer:
    return answer(Admit(reason=Reason.OK_FALLBACK), seq=seq, status=UnknownStatus())


def expired(seq: int = 1) -> Answer:
    return answer(
        Refuse(reason=Reason.MEMBER_EXPIRED), seq=seq, status=standing(member=MemberStatus.EXPIRED)
    )


def replayed(seq: int = 1) -> Answer:
    memory = Recollection(
        replay=Replayed(first_used_at=UnixSeconds(NOW - 15_240), where="East"),
        inside_since=UnixSeconds(NOW - 15_240),
    )
    return answer(Refuse(reason=Reason.REPLAYED), seq=seq, memory=memory)


def passback(seq: int = 1) -> Answer:
    memory = Recollection(inside_since=UnixSeconds(NOW - 15_240))
    return answer(Refuse(reason=Reason.PASSBACK), seq=seq, memory=memory)


def reviewed(seq: int = 1) -> Answer:
    return answer(
        Review(reason=Reason.STATUS_UNKNOWN), seq=seq, status=UnknownStatus(), member=None
    )


def left(seq: int = 1) -> Answer:
    return answer(Record(reason=Reason.EXIT), seq=seq)


def rejected(seq: int = 1) -> Answer:
    return replace(
        answer(Refuse(reason=Reason.BAD_SIGNATURE), seq=seq, status=UnknownStatus()),
        verification=RejectedCard(reason=Reason.BAD_SIGNATURE),
    )


def fault(kind: FaultKind, ago: int = 240) -> Fault:
    return Fault(kind=kind, since=UnixSeconds(NOW - ago))


def picture(width: int = 320, height: int = 180) -> View:
    """A slope of greys with a bright square in it, outlined as a code."""
    luma = np.tile(np.linspace(20, 160, width), (height, 1)).astype(np.uint8)
    luma[50:130, 120:200] = 235
    luma[70:110, 140:180] = 10
    return View(luma=luma, codes=(((120, 50), (200, 50), (200, 130), (120, 130)),))


MEMBERS = (
    MemberHit(
        card_id=CARD,
        display_name="Jonathan Doe",
        state=CardState.ACTIVE,
        member=MemberStatus.ACTIVE,
        as_of=UnixSeconds(NOW - 840),
        inside_since=None,
    ),
    MemberHit(
        card_id=CardId(bytes(16)),
        display_name="Jane Doe",
        state=CardState.SUSPENDED,
        member=MemberStatus.EXPIRED,
        as_of=UnixSeconds(NOW - 840),
        inside_since=UnixSeconds(NOW - 3_600),
    ),
)
RECENT = (
    RecentLine(seq=Seq(3), at=NOW, decision="admit", reason="ok", name="J. Doe", attendant=None),
    RecentLine(
        seq=Seq(2),
        at=UnixSeconds(NOW - 61),
        decision="refuse",
        reason="member_expired",
        name="R. Roe",
        attendant="A. Miller",
    ),
    RecentLine(
        seq=Seq(1),
        at=UnixSeconds(NOW - 125),
        decision="refuse",
        reason="not_a_card",
        name=None,
        attendant=None,
    ),
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
