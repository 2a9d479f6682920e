"""The membership system's own language, and its translation into ours. Its words go no further than this file.

It speaks of a ``member`` at a ``venue`` who ``joined``, was ``suspended`` or ``reinstated``, ``cancelled`` or ``expired``, at
an ``occurred_at`` in RFC 3339. We speak of a member's status in an audience, at an instant in microseconds.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from cardcore.ids import Audience, MemberId, Micros
from cardcore.membership import MemberStatus
from cardcore.office import Venue
from cardcore.wire import Name, Natural
from central.errors import Kind, UnprocessableError
from central.members.service import MemberChange
from central.ports.events import Arrival, Place

AHEAD_US: Final = 300 * 1_000_000  # how far the sender's clock may be ahead of ours

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_RFC_3339: Final = r"\A\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)\Z"


class Happening(StrEnum):
    """What the membership system tells of."""

    JOINED = "joined"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipEvent:
    """POST /membership-events: one thing that happened to one member.

    ``id`` is the sender's own, the same whenever the event is sent again. ``sequence`` counts the events of one member;
    where there is none, ``occurred_at`` orders them. ``venue`` may be left out by a sender who serves one only.
    """

    event: Happening
    member: Name
    occurred_at: Annotated[str, msgspec.Meta(pattern=_RFC_3339)]
    id: Name | None = None
    sequence: Natural | None = None
    version: Natural = 1
    venue: Venue | None = None
    name: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipOutcome:
    """What became of the event: ``applied``, ``duplicate`` or ``stale``."""

    outcome: str


_STATUS: Final = {
    Happening.JOINED: MemberStatus.ACTIVE,
    Happening.SUSPENDED: MemberStatus.SUSPENDED,
    Happening.REINSTATED: MemberStatus.ACTIVE,
    Happening.CANCELLED: MemberStatus.CANCELLED,
    Happening.EXPIRED: MemberStatus.EXPIRED,
}


def change_in(event: MembershipEvent, audience: Audience) -> MemberChange:
    """What the event means for a member of ours."""
    return MemberChange(
        audience=audience,
        member_id=MemberId(event.member),
        status=_STATUS[event.event],
        display_name=event.name,
    )


def arrival_in(event: MembershipEvent, audience: Audience, *, source: str, now: Micros) -> Arrival:
    """What processing the event once needs to know of it; ``source`` is who sent it.

    Raises:
        UnprocessableError: an instant that is none, or lies ahead.
    """
    occurred_at = _micros_of(event.occurred_at)
    if occurred_at > now + AHEAD_US:
        raise UnprocessableError(
            Kind.MALFORMED, "occurred_at lies ahead: look at the sender's clock"
        )
    return Arrival(
        source=source,
        event_id=event.id,
        kind=event.event.value,
        aggregate=json.dumps([audience, event.member]),
        place=Place(sequence=event.sequence, occurred_at=occurred_at),
        version=event.version,
        context=json.dumps([event.sequence, event.name]),
    )


def _micros_of(text: str) -> Micros:
    try:
        since = datetime.fromisoformat(text.upper()) - _EPOCH
    except (ValueError, OverflowError) as error:
        raise UnprocessableError(Kind.MALFORMED, "occurred_at is no instant") from error
    if since < timedelta(0):
        raise UnprocessableError(Kind.MALFORMED, "occurred_at lies before 1970")
    return Micros(since // timedelta(microseconds=1))
