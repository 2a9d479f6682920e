"""The path of a card, top to bottom: frame → readings → presentation → answer.

    capture   an adapter takes a frame, and the instant
    decode    every code in view, as bytes
    debounce  a card held in view is one presentation
    verify    text, keys, instant → verified or rejected
    replay    has this nonce been admitted, here or at another door? is the card inside? (a look, not a claim)
    status    what is known of the member, from where, how old; what the card lists say
    decide    all of that and the policy → admit, refuse or review; on the way out, an exit to be recorded
    commit    nonce claimed and entry written in one transaction: the decision that now stands
    show      is done by whoever asked, and only after this returned

A door that cannot write refuses: no verdict without its entry.
"""

from collections.abc import Callable
from dataclasses import replace

from cardcore.audit import ClockTrust, Direction
from cardcore.ids import Micros, UnixSeconds
from cardcore.membership import NotAsked, Status
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard, VerifiedCard, verify_token
from scanner.door.answer import Answer
from scanner.door.clock_trust import without_time
from scanner.door.debounce import Debounce
from scanner.door.decision import Decision, Record, Refuse, decide
from scanner.door.elsewhere import together
from scanner.door.frame import Frame, Presentation, Reading
from scanner.door.identity import DoorIdentity, Rulebook, circumstances_of, rulebook_of
from scanner.door.laps import Laps
from scanner.door.lists import CardLists
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

__all__ = ["Answer", "ScanPipeline"]


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
        lists: CardLists | None = None,
        policy: Callable[[], DoorPolicy] | None = None,
        missed_key: Callable[[], None] = lambda: None,
    ) -> None:
        self._missed_key = missed_key
        self._lists = lists
        self._policy = policy
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
        laps = Laps(self._clock.mono, presentation.decode_us)
        try:
            clock, verification = self._verify(presentation)
            laps.lap("verify")
            memory = self._recall(verification)
            laps.lap("replay")
            status = self._status_of(verification, presentation)
            rulebook = self._rules_for(verification)
            laps.lap("status")
            decision = self._decide(
                verification, memory, status, presentation, clock, rulebook=rulebook
            )
            laps.lap("decide")
            attempt = self._attempt(
                presentation,
                verification,
                status,
                decision,
                clock=clock,
                laps=laps,
                rulebook=rulebook,
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

    def circumstances(
        self, clock: ClockTrust, rulebook: Rulebook | None = None, now: UnixSeconds | None = None
    ) -> Circumstances:
        """What is so at this door, for an entry that rests on ``rulebook``, or on no card at all."""
        return circumstances_of(
            self._identity,
            rulebook or self._rulebook(),
            clock=clock,
            circuit=self._status.circuit,
            keyset_version=self._keys.current().version,
            now=self._clock.now().seconds if now is None else now,
        )

    def _rulebook(self) -> Rulebook:
        return rulebook_of(self._identity, None if self._policy is None else self._policy())

    def _rules_for(self, verification: VerifiedCard | RejectedCard) -> Rulebook:
        rulebook = self._rulebook()
        if self._lists is None or isinstance(verification, RejectedCard):
            return rulebook
        return replace(rulebook, lists=self._lists.word_on(verification.claims.card_id))

    def _verify(self, presentation: Presentation) -> tuple[ClockTrust, VerifiedCard | RejectedCard]:
        now = presentation.at.seconds
        keys = self._keys.current()
        # a chain's cards, by the keys that the venue's own key set brought
        audiences = self._identity.audiences | keys.audiences
        verification = verify_token(presentation.text, keys, audiences, now)
        if isinstance(verification, RejectedCard) and verification.reason is Reason.UNKNOWN_KEY:
            self._missed_key()
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
        *,
        rulebook: Rulebook,
    ) -> Decision:
        if presentation.direction is Direction.EXIT:
            return decide_exit(verification)
        return decide(
            verification,
            memory,
            status,
            policy=rulebook.policy,
            rules=rulebook.rules,
            now=presentation.at.seconds,
            crowd=self._crowd(rulebook.policy, presentation.at.seconds),
            clock=clock,
            lists=rulebook.lists,
        )

    def _crowd(self, policy: DoorPolicy, now: UnixSeconds) -> int:
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
        laps: Laps,
        rulebook: Rulebook,
    ) -> Attempt:
        entry = entry_for(
            presentation,
            verification,
            status,
            decision,
            circumstances=self.circumstances(clock, rulebook, presentation.at.seconds),
            stages=laps.took,
        )
        return Attempt(
            entry=entry,
            decision=decision,
            claims=verification.claims,
            policy=rulebook.policy,
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
