"""The path with a span for each presentation: a wrapper, so that the path itself knows nothing of it.

    presentation  from the frame to the verdict that stands
    ├─ decode verify replay status decide commit   one for each step, by the times that the path takes anyway
    └─ what is asked of central meanwhile hangs below ``status``

The context is made before the path runs: it goes into the entry, and with the requests. A presentation that is not sampled
costs the making of its ids.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cardcore.audit import ClockTrust
from cardcore.ids import CardId, Micros
from cardcore.membership import Status
from cardcore.policy import DoorPolicy
from cardcore.verify import VerifiedCard
from scanner.door.answer import Answer
from scanner.door.decision import outcome_of
from scanner.door.frame import Presentation
from scanner.door.identity import DoorIdentity
from scanner.door.lists import CardLists
from scanner.door.moment import Moment
from scanner.pipeline import ScanPipeline
from scanner.ports import (
    Clock,
    Elsewhere,
    KeySource,
    Ledger,
    QrDecoder,
    StatusSource,
    VenueSource,
)
from telemetry.trace_context import CURRENT
from telemetry.tracing import Running, Tracing

OPERATION: Final = "presentation"
STATUS: Final = "status"
STAGES: Final = ("decode", "verify", "replay", STATUS, "decide", "commit")
_NANOS: Final = 1_000


class TracedStatus:
    """A StatusSource whose questions have a span, so that what they ask of central hangs below it."""

    def __init__(self, inner: StatusSource, tracing: Tracing) -> None:
        self._inner = inner
        self._tracing = tracing

    @property
    def circuit(self) -> str:
        """As the one behind it."""
        return self._inner.circuit

    def status_of(self, card_id: CardId, at: Moment) -> Status:
        """As the one behind it."""
        current = CURRENT.get()
        if current is None or not current.sampled:
            return self._inner.status_of(card_id, at)
        with self._tracing.operation(STATUS, {"gatepost.circuit": self._inner.circuit}):
            return self._inner.status_of(card_id, at)


class TracedPipeline(ScanPipeline):
    """Answers as the pipeline does, and records how."""

    def __init__(
        self,
        *,
        tracing: Tracing,
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
        super().__init__(
            identity=identity,
            clock=clock,
            decoder=decoder,
            keys=keys,
            status=TracedStatus(status, tracing),
            ledger=ledger,
            trust=trust,
            venue=venue,
            elsewhere=elsewhere,
            lists=lists,
            policy=policy,
            missed_key=missed_key,
        )
        self._tracing = tracing

    def answer(self, presentation: Presentation) -> Answer:
        """As :meth:`ScanPipeline.answer`; what it raises is recorded and raised."""
        began = (presentation.at.wall - presentation.decode_us) * _NANOS
        facts = {"gatepost.operation": OPERATION, "gatepost.door": self._identity.door}
        root = self._tracing.begin(OPERATION, parent=None, at=began, facts=facts)
        before = CURRENT.set(root.context)
        try:
            answer = super().answer(replace(presentation, traceparent=root.context.traceparent))
        except BaseException as error:
            root.failed(error)
            root.end()
            raise
        finally:
            CURRENT.reset(before)
        if root.is_recorded:
            self._record(root, answer)
        return answer

    def _record(self, root: Running, answer: Answer) -> None:
        if answer.trouble:
            root.failed(answer.trouble)
        root.note(self._facts_of(answer))
        end = self._end_of(answer.presentation)
        was_asked = isinstance(answer.verification, VerifiedCard)
        at = end - sum(answer.stages.values()) * _NANOS
        for stage in STAGES:
            took = answer.stages.get(stage, Micros(0)) * _NANOS
            # where the status was asked for, it has its span already
            if stage in answer.stages and (stage != STATUS or not was_asked):
                self._tracing.record(stage, parent=root.context, at=at, until=at + took)
            at += took
        root.end(end)

    def _end_of(self, presentation: Presentation) -> int:
        """Now, by the clock of the presentation: a clock that is set meanwhile makes no span run backwards."""
        at = presentation.at
        return (at.wall + self._clock.mono() - at.mono) * _NANOS

    def _facts_of(self, answer: Answer) -> dict[str, str | int | float | bool]:
        claims, kid = answer.verification.claims, answer.verification.kid
        facts: dict[str, str | int | float | bool] = {
            "gatepost.decision": outcome_of(answer.decision).value,
            "gatepost.reason": answer.decision.reason.value,
            "gatepost.circuit": self._status.circuit,
        }
        if claims is not None:
            facts["gatepost.card_id"] = claims.card_id.hex()
        if kid is not None:
            facts["gatepost.key_id"] = kid.hex()
        if answer.seq is not None:
            facts["gatepost.seq"] = answer.seq
        return facts
