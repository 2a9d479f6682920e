"""Every handling of every age of a status, at a door and at a kiosk: the whole table, and the one that is shipped."""

from itertools import product
from typing import Final

import pytest

from cardcore.ids import UnixSeconds
from cardcore.keyset import Alg
from cardcore.lifecycle import CardState
from cardcore.membership import (
    AbsentStatus,
    KnownStatus,
    MemberStatus,
    NotAsked,
    Origin,
    Status,
    UnknownStatus,
)
from cardcore.policy import DoorPolicy, Handling, StatusRules
from cardcore.reasons import Reason
from cardcore.verify import VerifiedCard
from scanner.door.decision import Admit, Decision, Refuse, Review, decide
from scanner.door.replay import Recollection
from tests.fakes.card_material import KIDS, NOW, some_claims
from tests.fakes.scanner_standings import a_standing

POLICY: Final = DoorPolicy()
FRESH: Final = POLICY.fresh_s
LAST: Final = POLICY.last_known_s
CARD: Final = VerifiedCard(claims=some_claims(), kid=KIDS[Alg.HMAC_256_256], alg=Alg.HMAC_256_256)
ADMITTED: Final = {
    Origin.LIVE: Reason.OK,
    Origin.CACHE: Reason.OK_CACHED,
    Origin.SNAPSHOT: Reason.OK_SNAPSHOT,
}


def _known(age: int, origin: Origin = Origin.CACHE, **wrong: object) -> KnownStatus:
    return KnownStatus(standing=a_standing(as_of=NOW - age, **wrong), origin=origin)  # type: ignore[arg-type]


def _absent(age: int) -> AbsentStatus:
    return AbsentStatus(as_of=UnixSeconds(NOW - age), origin=Origin.SNAPSHOT)


def _decide(status: Status, rules: StatusRules) -> Decision:
    memory, now = Recollection(), UnixSeconds(NOW)
    return decide(CARD, memory, status, policy=POLICY, rules=rules, now=now)


def _by(handling: Handling, admitted: Reason, otherwise: Reason) -> Decision:
    if handling is Handling.ADMIT:
        return Admit(reason=admitted)
    return (Review if handling is Handling.REVIEW else Refuse)(reason=otherwise)


def _rules(name: str, handling: Handling) -> StatusRules:
    """This handling for one row of the table; for every other one another, so that no row can stand in for it."""
    others = Handling.REFUSE if handling is not Handling.REFUSE else Handling.ADMIT
    names = dict.fromkeys(("fresh", "stale", "unknown", "absent"), others)
    return StatusRules(**{**names, name: handling})


AGES: Final = {
    "fresh": (0, 1, FRESH),
    "stale": (FRESH + 1, LAST),
    "unknown": (LAST + 1, 10 * LAST),
}


@pytest.mark.parametrize(
    ("name", "origin", "handling"),
    list(product(AGES, (Origin.CACHE, Origin.SNAPSHOT), Handling)),
)
def test_a_known_status_is_handled_by_its_age_and_admitted_by_its_origin(
    name: str, origin: Origin, handling: Handling
) -> None:
    for age in AGES[name]:
        decision = _decide(_known(age, origin), _rules(name, handling))
        if name == "unknown":
            assert decision == _by(handling, Reason.OK_FALLBACK, Reason.STATUS_UNKNOWN), age
        else:
            assert decision == _by(handling, ADMITTED[origin], Reason.STATUS_STALE), age


@pytest.mark.parametrize(
    ("status", "handling"),
    list(product((UnknownStatus(), NotAsked(), _absent(FRESH + 1)), Handling)),
)
def test_where_nothing_counts_the_rule_for_unknown_decides(
    status: Status, handling: Handling
) -> None:
    decision = _decide(status, _rules("unknown", handling))
    assert decision == _by(handling, Reason.OK_FALLBACK, Reason.STATUS_UNKNOWN)


@pytest.mark.parametrize(("age", "handling"), list(product((0, FRESH), Handling)))
def test_a_card_that_a_fresh_snapshot_lacks_has_a_rule_of_its_own(
    age: int, handling: Handling
) -> None:
    decision = _decide(_absent(age), _rules("absent", handling))
    assert decision == _by(handling, Reason.OK_FALLBACK, Reason.CARD_UNKNOWN)


SHIPPED: Final[dict[str, tuple[Status, Decision, Decision]]] = {
    "live": (_known(0, Origin.LIVE), Admit(reason=Reason.OK), Admit(reason=Reason.OK)),
    "cache, 5 minutes": (
        _known(FRESH),
        Admit(reason=Reason.OK_CACHED),
        Admit(reason=Reason.OK_CACHED),
    ),
    "snapshot, 4 hours": (
        _known(LAST, Origin.SNAPSHOT),
        Admit(reason=Reason.OK_SNAPSHOT),
        Admit(reason=Reason.OK_SNAPSHOT),
    ),
    "older than 4 hours": (
        _known(LAST + 1),
        Admit(reason=Reason.OK_FALLBACK),
        Refuse(reason=Reason.STATUS_UNKNOWN),
    ),
    "never heard of": (
        UnknownStatus(),
        Admit(reason=Reason.OK_FALLBACK),
        Refuse(reason=Reason.STATUS_UNKNOWN),
    ),
    "absent from a fresh snapshot": (
        _absent(FRESH),
        Review(reason=Reason.CARD_UNKNOWN),
        Refuse(reason=Reason.CARD_UNKNOWN),
    ),
}


@pytest.mark.parametrize("case", SHIPPED)
def test_what_is_shipped_for_a_door_and_for_a_kiosk(case: str) -> None:
    status, at_door, at_kiosk = SHIPPED[case]
    assert (FRESH, LAST) == (5 * 60, 4 * 3_600)
    assert _decide(status, POLICY.door) == at_door
    assert _decide(status, POLICY.kiosk) == at_kiosk


@pytest.mark.parametrize("age", [0, FRESH + 1, LAST + 1, 100 * LAST])
def test_what_speaks_against_a_card_refuses_whatever_its_age_and_whatever_the_venue_says(
    age: int,
) -> None:
    lenient = StatusRules(
        fresh=Handling.ADMIT, stale=Handling.ADMIT, unknown=Handling.ADMIT, absent=Handling.ADMIT
    )
    revoked = _decide(_known(age, state=CardState.REVOKED), lenient)
    assert revoked == Refuse(reason=Reason.CARD_REVOKED)
    suspended = _decide(_known(age, member=MemberStatus.SUSPENDED), lenient)
    assert suspended == Refuse(reason=Reason.MEMBER_SUSPENDED)
