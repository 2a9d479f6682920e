"""Believe the machine's clock again, after somebody made sure that it is right."""

from dataclasses import dataclass, replace

from cardcore.audit import ClockTrust
from cardcore.ids import Seq, UnixSeconds
from cardcore.membership import NotAsked
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard
from scanner.adapters.ntp_adjtimex import ntp_state
from scanner.bootstrap.door import open_door, open_ledger, open_log
from scanner.bootstrap.vault import open_papers
from scanner.config import Settings
from scanner.door.clock_trust import judge_clock
from scanner.door.decision import Record
from scanner.door.frame import Presentation
from scanner.door.moment import Moment
from scanner.door.record import entry_for
from scanner.ports import Attempt

SOURCE = "operator"  # what the log calls whoever is at the command line


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """What the clock reads, the instant that has certainly passed by the ledger, and what follows."""

    now: UnixSeconds
    floor: UnixSeconds
    trust: ClockTrust


def clock_state(settings: Settings, now: Moment) -> ClockState:
    """How the clock is judged at ``now``.

    Raises:
        ConfigError: not enrolled.
        LedgerError: the ledger cannot be opened or read.
    """
    open_papers(settings)
    open_ledger(settings, rehearsal=None).close()
    with open_log(settings) as log:
        memory = log.clock_memory
    trust = judge_clock(now, memory, ntp_state())
    return ClockState(now=now.seconds, floor=memory.floor, trust=trust)


def reset_clock(settings: Settings) -> Seq:
    """Write down that the clock was reset, and take the present instant for the floor; the entry's number.

    Raises:
        ConfigError: not enrolled, or a rehearsal ledger, which judges at any instant.
        LedgerError: it cannot be written.
    """
    with open_door(replace(settings, live_status=False)) as door:
        at = door.clock.now()
        decision = Record(reason=Reason.CLOCK_RESET)
        entry = entry_for(
            Presentation(text="", at=at, source=SOURCE),
            RejectedCard(reason=Reason.CLOCK_RESET),
            NotAsked(),
            decision,
            circumstances=door.pipeline.circumstances(door.pipeline.clock_trust(at)),
            stages={},
        )
        attempt = Attempt(
            entry=entry, decision=decision, claims=None, policy=door.trust.policy.current()
        )
        return door.ledger.reset_clock(attempt, at).seq
