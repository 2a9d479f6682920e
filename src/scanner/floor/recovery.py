"""An admission that was committed, and not shown because the program died: its answer, from its entry."""

from cardcore.audit import AuditEntry
from cardcore.ids import CardId, Micros, Seq
from cardcore.membership import Status
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard
from scanner.door.decision import Admit
from scanner.door.frame import Presentation
from scanner.door.moment import Moment
from scanner.door.replay import Recollection
from scanner.pipeline import Answer


def card_of(entry: AuditEntry) -> CardId | None:
    """The card an entry names."""
    return None if entry.card_id is None else CardId(entry.card_id)


def recovered(entry: AuditEntry, status: Status) -> Answer:
    """The answer as it was, as far as an entry tells: the token itself is in no entry."""
    return Answer(
        presentation=Presentation(
            text="",
            at=Moment(wall=Micros(entry.wall), mono=Micros(entry.mono), boot_id=entry.boot_id),
            source=entry.source,
            direction=entry.direction,
            attendant=entry.attendant,
        ),
        verification=RejectedCard(reason=Reason(entry.reason)),
        memory=Recollection(),
        status=status,
        decision=Admit(reason=Reason(entry.reason)),
        clock=entry.clock,
        seq=Seq(entry.seq),
    )
