"""What the path gives back: a decision with all it rests on."""

from dataclasses import dataclass, field

from cardcore.audit import ClockTrust
from cardcore.ids import Micros, Seq
from cardcore.membership import KnownStatus, Status
from cardcore.verify import RejectedCard, VerifiedCard
from scanner.door.decision import Decision
from scanner.door.frame import Presentation
from scanner.door.replay import Recollection


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the door decided on one presentation. ``seq`` is None only where the log could not be written.

    ``trouble`` says why it could not. ``stages`` has the µs of each step, ``commit`` among them.
    """

    presentation: Presentation
    verification: VerifiedCard | RejectedCard
    memory: Recollection
    status: Status
    decision: Decision
    clock: ClockTrust
    seq: Seq | None
    stages: dict[str, Micros] = field(default_factory=dict)
    trouble: str = ""

    @property
    def display_name(self) -> str | None:
        """Whose card it is, where the door knows a name. Shown, never logged."""
        if isinstance(self.status, KnownStatus):
            return self.status.standing.display_name
        return None
