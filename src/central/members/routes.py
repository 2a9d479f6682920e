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
from central.ports.records import Caller
from central.ports.world import Clock, Processor


class MembershipRoutes:
    """What the membership system tells us."""

    def __init__(self, *, members: MemberService, processor: Processor, clock: Clock) -> None:
        self._members = members
        self._processor = processor
        self._clock = clock

    def receive(self, call: Call, caller: Caller) -> Answer:
        """Take an event; once, whatever is sent twice or late."""
        event = wire.parse(call.body, MembershipEvent)
        audience = chosen_audience(caller, event.venue)
        arrival = arrival_in(event, audience, source=caller.name, now=self._clock.micros())
        change = change_in(event, audience)
        outcome = self._processor.process(arrival, lambda tx: self._members.apply(tx, change))
        return answer_of(MembershipOutcome(outcome=outcome.value))
