"""POST /membership-events."""

from cardcore import wire
from central.auth import chosen_audience
from central.members.membership_system import (
    MembershipEvent,
    MembershipOutcome,
    arrival_in,
    change_in,
)
from central.members.service import MemberService
from central.ports.call import Answer, Call, answer_of
from central.ports.events import Outcome
from central.ports.records import Caller
from central.ports.storage import Transaction
from central.ports.world import Clock, FirstAnswers, Processor


class MembershipRoutes:
    """What the membership system tells us."""

    def __init__(
        self,
        *,
        members: MemberService,
        processor: Processor,
        clock: Clock,
        answers: FirstAnswers,
    ) -> None:
        self._members = members
        self._processor = processor
        self._clock = clock
        self._answers = answers

    def receive(self, call: Call, caller: Caller) -> Answer:
        """Take an event; once, whatever is sent twice or late."""
        event = wire.parse(call.body, MembershipEvent)
        audience = chosen_audience(caller, event.venue)
        arrival = arrival_in(event, audience, source=caller.name, now=self._clock.micros())
        change = change_in(event, audience)

        def effect(tx: Transaction) -> None:
            self._members.apply(tx, change)

        def work(tx: Transaction) -> Answer:
            return _told(self._processor.process_in(tx, arrival, effect))

        if self._answers.has_key(call):
            return self._answers.once(
                call, caller=caller.name, operation="membership event", work=work
            )
        return _told(self._processor.process(arrival, effect))


def _told(outcome: Outcome) -> Answer:
    return answer_of(MembershipOutcome(outcome=outcome.value))
