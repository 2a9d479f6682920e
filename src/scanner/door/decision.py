"""Decide: what is known of a card in, one decision out. Total and pure.

The rules in the order of token.md; the first that applies decides:

    the token's own reason (or clock_untrusted) → superseded → card_revoked → card_unknown
    → purged → replayed → passback → the member's status → the card's state → the house is full
    → the age of the card lists → the age of what is known

A refusal that central once spoke stays whatever its age; only a pass grows stale.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from cardcore.audit import ClockTrust, Outcome
from cardcore.card import Claims
from cardcore.ids import UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import (
    AbsentStatus,
    CardStanding,
    KnownStatus,
    MemberStatus,
    NotAsked,
    Origin,
    Status,
    UnknownStatus,
)
from cardcore.policy import DoorPolicy, Handling, StatusRules
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard, VerifiedCard
from scanner.door.lists import NO_LISTS, ListWord, are_stale, judge_lists
from scanner.door.replay import Recollection, judge_recollection


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit:
    """Open. The only decision that burns a nonce."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Stay shut."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Stay shut until a person has looked."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """No verdict on a way in: somebody left, or staff took an admission back."""

    reason: Reason


Decision: TypeAlias = Admit | Refuse | Review | Record

_MEMBER_REASONS: Final = {
    MemberStatus.SUSPENDED: Reason.MEMBER_SUSPENDED,
    MemberStatus.CANCELLED: Reason.MEMBER_CANCELLED,
    MemberStatus.EXPIRED: Reason.MEMBER_EXPIRED,
}
_STATE_REASONS: Final = {
    CardState.ISSUED: Reason.CARD_NOT_ACTIVE,
    CardState.SUSPENDED: Reason.CARD_SUSPENDED,
    CardState.EXPIRED: Reason.CARD_EXPIRED,
}
_ADMITTED_BY: Final = {
    Origin.LIVE: Reason.OK,
    Origin.CACHE: Reason.OK_CACHED,
    Origin.SNAPSHOT: Reason.OK_SNAPSHOT,
}


def outcome_of(decision: Decision) -> Outcome:
    """The decision as the log has it."""
    match decision:
        case Admit():
            return Outcome.ADMIT
        case Refuse():
            return Outcome.REFUSE
        case Review():
            return Outcome.REVIEW
        case Record():
            return Outcome.RECORD
        case _ as never:
            assert_never(never)


def decide(
    verification: VerifiedCard | RejectedCard,
    memory: Recollection,
    status: Status,
    *,
    policy: DoorPolicy,
    rules: StatusRules,
    now: UnixSeconds,
    crowd: int = 0,
    clock: ClockTrust = ClockTrust.TRUSTED,
    lists: ListWord = NO_LISTS,
) -> Decision:
    """Whether to open for this card at ``now``; ``rules`` are the policy's for a door or for a kiosk.

    ``crowd`` is how many are inside; it matters only where the policy has a capacity.
    ``clock`` is how far the clock that read ``now`` is believed; ``lists`` is what the card lists say.
    """
    if isinstance(verification, RejectedCard):
        return Refuse(reason=verification.reason)
    if clock is ClockTrust.HOLDOVER and policy.when_holdover is not Handling.ADMIT:
        return _handle(policy.when_holdover, Reason.OK, Reason.CLOCK_UNTRUSTED)
    claims = verification.claims
    against = (
        _judge_identity(claims, status)
        or judge_lists(lists, status, policy)
        or judge_recollection(claims, memory, policy, now)
        or _judge_standing(status)
    )
    if against is not None:
        return Refuse(reason=against)
    full = judge_crowd(policy, crowd)
    if full is not None:
        return full
    weighed = _weigh(status, policy, rules, now)
    if isinstance(weighed, Admit) and are_stale(lists, status, policy, now):
        return _handle(rules.lists, weighed.reason, Reason.STATUS_STALE)
    return weighed


def judge_crowd(policy: DoorPolicy, crowd: int) -> Decision | None:
    """What the venue wants of one more where ``crowd`` are inside; None where there is room."""
    if policy.capacity is None or crowd < policy.capacity:
        return None
    match policy.when_full:
        case Handling.ADMIT:
            return None
        case Handling.REVIEW:
            return Review(reason=Reason.CAPACITY_FULL)
        case Handling.REFUSE:
            return Refuse(reason=Reason.CAPACITY_FULL)
        case _ as never:
            assert_never(never)


def _judge_identity(claims: Claims, status: Status) -> Reason | None:
    """Whether central says that this card, as it is, must not be used by anybody."""
    match status:
        case KnownStatus(standing=standing):
            if claims.generation < standing.generation:
                return Reason.SUPERSEDED
            return Reason.CARD_REVOKED if standing.state is CardState.REVOKED else None
        case AbsentStatus(origin=Origin.LIVE):
            return Reason.CARD_UNKNOWN
        case AbsentStatus() | UnknownStatus() | NotAsked():
            return None
        case _ as never:
            assert_never(never)


def _judge_standing(status: Status) -> Reason | None:
    """What central has against the member, then against the card's state."""
    if not isinstance(status, KnownStatus):
        return None
    standing: CardStanding = status.standing
    return _MEMBER_REASONS.get(standing.member) or _STATE_REASONS.get(standing.state)


def _weigh(status: Status, policy: DoorPolicy, rules: StatusRules, now: UnixSeconds) -> Decision:
    """Nothing speaks against the card: does what speaks for it count, at its age?"""
    match status:
        case KnownStatus(origin=Origin.LIVE):
            return Admit(reason=Reason.OK)
        case KnownStatus(standing=standing, origin=origin):
            age = now - standing.as_of
            if age <= policy.fresh_s:
                return _handle(rules.fresh, _ADMITTED_BY[origin], Reason.STATUS_STALE)
            if age <= policy.last_known_s:
                return _handle(rules.stale, _ADMITTED_BY[origin], Reason.STATUS_STALE)
        case AbsentStatus(as_of=as_of):
            if now - as_of <= policy.fresh_s:
                return _handle(rules.absent, Reason.OK_FALLBACK, Reason.CARD_UNKNOWN)
        case UnknownStatus() | NotAsked():
            pass
        case _ as never:
            assert_never(never)
    return _handle(rules.unknown, Reason.OK_FALLBACK, Reason.STATUS_UNKNOWN)


def _handle(handling: Handling, admitted: Reason, otherwise: Reason) -> Decision:
    match handling:
        case Handling.ADMIT:
            return Admit(reason=admitted)
        case Handling.REVIEW:
            return Review(reason=otherwise)
        case Handling.REFUSE:
            return Refuse(reason=otherwise)
        case _ as never:
            assert_never(never)
