"""The lines of the route table that are for operators and for the membership system."""

from dataclasses import dataclass
from typing import Final

from cardcore import office, wire
from cardcore.lifecycle import CardStep
from central.cards.office_routes import CardOfficeRoutes
from central.cards.service import CardService
from central.cards.tokens import TokenService
from central.cards.trail import TrailService
from central.errors import Kind
from central.events.publisher import DeadLetterService
from central.events.replies import ReplyService
from central.events.routes import EventRoutes
from central.members.membership_system import MembershipEvent, MembershipOutcome
from central.members.routes import MembershipRoutes
from central.members.service import MemberService
from central.ops.endpoints import Endpoint, ForOperators
from central.ports.records import Role
from central.ports.world import Clock, Processor

API: Final = wire.API_ROOT
KEYED: Final = (Kind.IN_PROGRESS, Kind.KEY_REUSED, Kind.MALFORMED)
STEPS: Final = {
    CardStep.ACTIVATE: "Make a card good for entry.",
    CardStep.SUSPEND: "Refuse a card until it is activated again.",
    CardStep.REVOKE: "Refuse a card for good.",
    CardStep.REISSUE: "Raise a card's generation, so that every older token of it dies.",
    CardStep.EXPIRE: "End a card, until it is reissued.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRoutes:
    """The routes that are for operators, wired."""

    cards: CardOfficeRoutes
    memberships: MembershipRoutes
    events: EventRoutes


def wire_office(
    *,
    cards: CardService,
    tokens: TokenService,
    trail: TrailService,
    answers: ReplyService,
    members: MemberService,
    processor: Processor,
    clock: Clock,
    letters: DeadLetterService,
) -> OfficeRoutes:
    """The routes for operators over the use cases."""
    return OfficeRoutes(
        cards=CardOfficeRoutes(cards=cards, tokens=tokens, trail=trail, answers=answers),
        memberships=MembershipRoutes(
            members=members, processor=processor, clock=clock, answers=answers
        ),
        events=EventRoutes(letters=letters, answers=answers),
    )


def office_endpoints(routes: OfficeRoutes) -> list[Endpoint]:
    """Every operation of operators on cards, members and events."""
    return [
        *_card_endpoints(routes.cards),
        *(_step_endpoint(routes.cards, step) for step in STEPS),
        Endpoint(
            method="POST",
            path=f"{API}/membership-events",
            summary="Take what happened to a member, once, whatever is sent twice or late.",
            takes=MembershipEvent,
            gives=MembershipOutcome,
            handler=ForOperators(role=Role.EVENTS, handler=routes.memberships.receive),
            problems=KEYED,
            keyed=True,
        ),
        Endpoint(
            method="GET",
            path=f"{API}/events/dead",
            summary="The events that no subscriber could take.",
            gives=office.DeadLetters,
            handler=ForOperators(role=Role.READ, handler=routes.events.dead),
        ),
        Endpoint(
            method="POST",
            path=f"{API}/events/{{event_id}}/retry",
            summary="Send such an event on its way again.",
            takes=office.RetryRequest,
            gives=office.RetryAnswer,
            handler=ForOperators(role=Role.MANAGE, handler=routes.events.retry),
            problems=(Kind.UNKNOWN_EVENT, *KEYED),
            keyed=True,
        ),
    ]


def _card_endpoints(cards: CardOfficeRoutes) -> list[Endpoint]:
    return [
        Endpoint(
            method="POST",
            path=f"{API}/cards",
            summary="Issue a card for a member.",
            takes=office.IssueRequest,
            gives=office.CardAnswer,
            handler=ForOperators(role=Role.MANAGE, handler=cards.issue),
            problems=(Kind.UNKNOWN_MEMBER, *KEYED),
            keyed=True,
        ),
        Endpoint(
            method="GET",
            path=f"{API}/cards/{{card_id}}",
            summary="A card and its trail: who did what with it, when and why.",
            gives=office.CardHistory,
            handler=ForOperators(role=Role.READ, handler=cards.show),
            problems=(Kind.UNKNOWN_CARD,),
        ),
        Endpoint(
            method="POST",
            path=f"{API}/cards/{{card_id}}/token",
            summary="A token that is good once, within two minutes (mode 0).",
            takes=office.TokenRequest,
            gives=office.TokenAnswer,
            handler=ForOperators(role=Role.MANAGE, handler=cards.token),
            problems=(Kind.UNKNOWN_CARD, Kind.ILLEGAL_STEP, *KEYED),
            keyed=True,
        ),
    ]


def _step_endpoint(cards: CardOfficeRoutes, step: CardStep) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"{API}/cards/{{card_id}}/{step.value}",
        summary=STEPS[step],
        takes=office.StepRequest,
        gives=office.CardAnswer,
        handler=ForOperators(role=Role.MANAGE, handler=cards.step(step)),
        problems=(Kind.UNKNOWN_CARD, Kind.ILLEGAL_STEP, *KEYED),
        keyed=True,
    )
