"""The path of a card, top to bottom: frame → readings → presentation → answer.

    capture   an adapter takes a frame, and the instant
    decode    every code in view, as bytes
    debounce  a card held in view is one presentation
    verify    text, keys, instant → verified or rejected
    replay    has this nonce been admitted, here or at another door? is the card inside? (a look, not a claim)
    status    what is known of the member, from where, how old
    decide    all of that and the policy → admit, refuse or review; on the way out, an exit to be recorded
    commit    nonce claimed and entry written in one transaction: the decision that now stands
    show      is done by whoever asked, and only after this returned

A door that cannot write refuses: no verdict without its entry, no admission without its claim.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from cardcore.audit import ClockTrust, Direction
from cardcore.ids import Audience, DeviceId, DoorId, Micros, Seq, UnixSeconds
from cardcore.membership import KnownStatus, NotAsked, Status
from cardcore.policy import DoorPolicy, StatusRules
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard, VerifiedCard, verify_token
from scanner.door.clock_trust import without_time
from scanner.door.debounce import Debounce
from scanner.door.decision import Decision, Record, Refuse, decide
from scanner.door.elsewhere import together
from scanner.door.frame import Frame, Presentation, Reading
from scanner.door.moment import Moment
from scanner.door.occupancy import crowd_of
from scanner.door.passback import decide_exit
from scanner.door.record import Circumstances, entry_for
from scanner.door.replay import Recollection
from scanner.errors import LedgerError
from scanner.ports import (
    Attempt,
    Clock,
    Elsewhere,
    KeySource,
    Ledger,
    QrDecoder,
    StatusSource,
    VenueSource,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorIdentity:
    """Who this door is, whom it admits and by which rules."""

    door: DoorId
    device: DeviceId
    audiences: frozenset[Audience]
    policy: DoorPolicy
    rules: StatusRules
    program: str
    has_screen: bool = False  # an admission is shown only when the screen says so


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


class ScanPipeline:
    """One lane of one door."""

    def __init__(
        self,
        *,
        identity: DoorIdentity,
        clock: Clock,
        decoder: QrDecoder,
        keys: KeySource,
        status: StatusSource,
        ledger: Ledger,
        trust: Callable[[Moment], ClockTrust],
        venue: VenueSource | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._identity = identity
        self._clock = clock
        self._decoder = decoder
        self._keys = keys
        self._status = status
        self._ledger = ledger
        self._trust = trust
        self._venue = venue
        self._elsewhere = elsewhere

    def readings(self, frame: Frame) -> tuple[tuple[Reading, ...], Micros]:
        """Every code in ``frame``, and how long that took in µs."""
        began = self._clock.mono()
        found = self._decoder.decode(frame)
        return found, Micros(self._clock.mono() - began)

    def presentations(
        self, frame: Frame, source: str, debounce: Debounce | None
    ) -> tuple[Presentation, ...]:
        """The cards newly held before the door in ``frame``; without ``debounce``, every code in it.

        The same code twice in one frame is one card.
        """
        found, took = self.readings(frame)
        return self.held(found, took, frame, source, debounce)

    def held(
        self,
        found: tuple[Reading, ...],
        took: Micros,
        frame: Frame,
        source: str,
        debounce: Debounce | None,
    ) -> tuple[Presentation, ...]:
        """As :meth:`presentations`, where the codes of ``frame`` have been read already."""
        at = frame.taken_at
        new = found if debounce is None else debounce.fresh(found, at)
        return tuple(
            Presentation(text=each.text, at=each.seen_at or at, source=source, decode_us=took)
            for each in {each.payload: each for each in new}.values()
        )

    def answer(self, presentation: Presentation) -> Answer:
        """Decide on ``presentation`` and write it down; when this returns, it may be shown."""
        laps = _Laps(self._clock, presentation.decode_us)
        try:
            clock, verification = self._verify(presentation)
            laps.lap("verify")
            memory = self._recall(verification)
            laps.lap("replay")
            status = self._status_of(verification, presentation)
            laps.lap("status")
            decision = self._decide(verification, memory, status, presentation, clock)
            laps.lap("decide")
            attempt = self._attempt(
                presentation, verification, status, decision, clock=clock, laps=laps
            )
            committed = self._ledger.commit(attempt)
            self._tell_of_exit(attempt, presentation)
            laps.lap("commit")
        except LedgerError as error:
            return self._cannot_record(presentation, error)
        return Answer(
            presentation=presentation,
            verification=verification,
            memory=memory,
            status=status,
            decision=committed.decision,
            clock=clock,
            seq=committed.seq,
            stages=laps.took,
        )

    def clock_trust(self, at: Moment) -> ClockTrust:
        """How far a clock that reads ``at`` is believed."""
        return self._trust(at)

    def circumstances(self, clock: ClockTrust) -> Circumstances:
        """What is so at this door, for an entry."""
        return Circumstances(
            door=self._identity.door,
            device=self._identity.device,
            clock=clock,
            circuit=self._status.circuit,
            keyset_version=self._keys.current().version,
            policy_version=self._identity.policy.version,
            program=self._identity.program,
        )

    def _verify(self, presentation: Presentation) -> tuple[ClockTrust, VerifiedCard | RejectedCard]:
        now = presentation.at.seconds
        verification = verify_token(
            presentation.text, self._keys.current(), self._identity.audiences, now
        )
        clock = self._trust(presentation.at)
        if clock is ClockTrust.UNTRUSTED:
            return clock, without_time(verification)
        return clock, verification

    def _recall(self, verification: VerifiedCard | RejectedCard) -> Recollection:
        if isinstance(verification, RejectedCard):
            return Recollection()
        memory = self._ledger.recall(verification.claims)
        if self._elsewhere is None:
            return memory
        return together(memory, self._elsewhere.sighting(verification.claims))

    def _status_of(
        self, verification: VerifiedCard | RejectedCard, presentation: Presentation
    ) -> Status:
        if isinstance(verification, RejectedCard):
            return NotAsked()
        return self._status.status_of(verification.claims.card_id, presentation.at)

    def _decide(
        self,
        verification: VerifiedCard | RejectedCard,
        memory: Recollection,
        status: Status,
        presentation: Presentation,
        clock: ClockTrust,
    ) -> Decision:
        if presentation.direction is Direction.EXIT:
            return decide_exit(verification)
        return decide(
            verification,
            memory,
            status,
            policy=self._identity.policy,
            rules=self._identity.rules,
            now=presentation.at.seconds,
            crowd=self._crowd(presentation.at.seconds),
            clock=clock,
        )

    def _crowd(self, now: UnixSeconds) -> int:
        policy = self._identity.policy
        if policy.capacity is None:
            return 0
        here = self._ledger.here(now, policy.passback_s)
        return crowd_of(here, None if self._venue is None else self._venue.figure(), now)

    def _attempt(
        self,
        presentation: Presentation,
        verification: VerifiedCard | RejectedCard,
        status: Status,
        decision: Decision,
        *,
        clock: ClockTrust,
        laps: "_Laps",
    ) -> Attempt:
        entry = entry_for(
            presentation,
            verification,
            status,
            decision,
            circumstances=self.circumstances(clock),
            stages=laps.took,
        )
        return Attempt(
            entry=entry,
            decision=decision,
            claims=verification.claims,
            policy=self._identity.policy,
            awaits_screen=self._identity.has_screen,
        )

    def _tell_of_exit(self, attempt: Attempt, presentation: Presentation) -> None:
        """Who left here is not inside any more, by whichever door they came in."""
        if self._elsewhere is not None and isinstance(attempt.decision, Record) and attempt.claims:
            self._elsewhere.left(attempt.claims.card_id, presentation.at.seconds)

    def _cannot_record(self, presentation: Presentation, error: LedgerError) -> Answer:
        return Answer(
            presentation=presentation,
            verification=RejectedCard(reason=Reason.LEDGER_UNWRITABLE),
            memory=Recollection(),
            status=NotAsked(),
            decision=Refuse(reason=Reason.LEDGER_UNWRITABLE),
            clock=ClockTrust.UNTRUSTED,
            seq=None,
            trouble=str(error),
        )


class _Laps:
    """How long each step took, in µs."""

    def __init__(self, clock: Clock, decode_us: Micros) -> None:
        self._clock = clock
        self._last = clock.mono()
        self.took: dict[str, Micros] = {"decode": decode_us}

    def lap(self, stage: str) -> None:
        now = self._clock.mono()
        self.took[stage] = Micros(now - self._last)
        self._last = now
