"""Answers, faults, members and facts for the screens, all at one instant of one evening."""

from dataclasses import replace

import numpy as np

from cardcore.audit import ClockTrust
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
    Attendant,
    Fault,
    FaultKind,
    LinkState,
    MemberHit,
    Occupancy,
    RecentLine,
    Role,
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


def passback(seq: int = 1, *, elsewhere: bool = False) -> Answer:
    memory = Recollection(inside_since=UnixSeconds(NOW - 15_240), is_elsewhere=elsewhere)
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
