"""The rules of the door, in token.md's order: the first that applies decides."""

from typing import Final

import pytest

from cardcore.audit import ClockTrust, Outcome
from cardcore.card import Claims, Mode
from cardcore.ids import Kid, UnixSeconds
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
from cardcore.policy import DOOR_RULES, KIOSK_RULES, DoorPolicy, Handling, StatusRules
from cardcore.reasons import Reason
from cardcore.verify import SKEW, RejectedCard, VerifiedCard
from scanner.door.clock_trust import ClockMemory, Ntp, judge_clock, without_time
from scanner.door.decision import Admit, Decision, Refuse, Review, decide, outcome_of
from scanner.door.record import status_used
from scanner.door.replay import Recollection, Replayed, judge_recollection
from scanner.door.verdict import verdict_of
from tests.fakes.card_material import KIDS, NOW, some_claims
from tests.fakes.scanner_clock import moment_at
from tests.fakes.scanner_standings import a_standing

POLICY: Final = DoorPolicy(fresh_s=300, last_known_s=3_600, passback_s=600)
USED: Final = Replayed(first_used_at=UnixSeconds(NOW - 3), where="Front door")
INSIDE: Final = UnixSeconds(NOW - 60)


def _verified(claims: Claims | None = None) -> VerifiedCard:
    return VerifiedCard(
        claims=claims or some_claims(), kid=KIDS[Alg.HMAC_256_256], alg=Alg.HMAC_256_256
    )


def _known(
    *,
    state: CardState = CardState.ACTIVE,
    member: MemberStatus = MemberStatus.ACTIVE,
    generation: int = 1,
    age: int = 0,
    origin: Origin = Origin.LIVE,
) -> KnownStatus:
    standing = a_standing(state=state, member=member, generation=generation, as_of=NOW - age)
    return KnownStatus(standing=standing, origin=origin)


def _absent(age: int = 0, origin: Origin = Origin.SNAPSHOT) -> AbsentStatus:
    return AbsentStatus(as_of=UnixSeconds(NOW - age), origin=origin)


def _decide(
    status: Status,
    memory: Recollection | None = None,
    *,
    rules: StatusRules = DOOR_RULES,
    claims: Claims | None = None,
) -> Decision:
    return decide(
        _verified(claims),
        memory or Recollection(),
        status,
        policy=POLICY,
        rules=rules,
        now=UnixSeconds(NOW),
    )


# Everything that can be wrong with one card, in the order in which it must be named.
IN_ORDER: Final = (
    Reason.SUPERSEDED,
    Reason.CARD_REVOKED,
    Reason.PURGED,
    Reason.REPLAYED,
    Reason.PASSBACK,
    Reason.MEMBER_SUSPENDED,
    Reason.CARD_SUSPENDED,
)


@pytest.mark.parametrize("first", range(len(IN_ORDER)))
def test_of_several_things_wrong_the_first_in_order_is_named(first: int) -> None:
    wrong = set(IN_ORDER[first:])
    state = CardState.SUSPENDED if Reason.CARD_SUSPENDED in wrong else CardState.ACTIVE
    if Reason.CARD_REVOKED in wrong:
        state = CardState.REVOKED
    member = MemberStatus.SUSPENDED if Reason.MEMBER_SUSPENDED in wrong else MemberStatus.ACTIVE
    status = _known(state=state, member=member, generation=2 if Reason.SUPERSEDED in wrong else 1)
    memory = Recollection(
        replay=USED if Reason.REPLAYED in wrong else Recollection().replay,
        inside_since=INSIDE if Reason.PASSBACK in wrong else None,
        purge_floor=UnixSeconds(NOW + 100 if Reason.PURGED in wrong else 0),
    )
    assert _decide(status, memory) == Refuse(reason=IN_ORDER[first])


def test_a_rejected_token_is_refused_with_its_own_reason_whatever_is_known() -> None:
    rejected = RejectedCard(reason=Reason.EXPIRED)
    decision = decide(
        rejected, Recollection(replay=USED), _known(), policy=POLICY, rules=DOOR_RULES, now=UnixSeconds(NOW)
    )  # fmt: skip
    assert decision == Refuse(reason=Reason.EXPIRED)


def test_a_card_central_does_not_have_is_unknown_before_anything_else() -> None:
    memory = Recollection(replay=USED, purge_floor=UnixSeconds(NOW + 100))
    assert _decide(_absent(origin=Origin.LIVE), memory) == Refuse(reason=Reason.CARD_UNKNOWN)


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (MemberStatus.SUSPENDED, Reason.MEMBER_SUSPENDED),
        (MemberStatus.CANCELLED, Reason.MEMBER_CANCELLED),
        (MemberStatus.EXPIRED, Reason.MEMBER_EXPIRED),
    ],
)
def test_each_bad_standing_of_a_member_has_its_reason(member: MemberStatus, reason: Reason) -> None:
    assert _decide(_known(member=member)) == Refuse(reason=reason)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (CardState.ISSUED, Reason.CARD_NOT_ACTIVE),
        (CardState.SUSPENDED, Reason.CARD_SUSPENDED),
        (CardState.EXPIRED, Reason.CARD_EXPIRED),
        (CardState.REVOKED, Reason.CARD_REVOKED),
    ],
)
def test_each_bad_state_of_a_card_has_its_reason_at_any_age(
    state: CardState, reason: Reason
) -> None:
    assert _decide(_known(state=state)) == Refuse(reason=reason)
    assert _decide(_known(state=state, age=10**6, origin=Origin.CACHE)) == Refuse(reason=reason)


@pytest.mark.parametrize(
    ("origin", "reason"),
    [(Origin.CACHE, Reason.OK_CACHED), (Origin.SNAPSHOT, Reason.OK_SNAPSHOT)],
)
def test_a_pass_says_where_it_came_from_and_weakens_with_age(
    origin: Origin, reason: Reason
) -> None:
    rules = StatusRules(fresh=Handling.ADMIT, stale=Handling.REVIEW, unknown=Handling.REFUSE)
    assert _decide(_known(origin=origin, age=300), rules=rules) == Admit(reason=reason)
    assert _decide(_known(origin=origin, age=301), rules=rules) == Review(
        reason=Reason.STATUS_STALE
    )
    assert _decide(_known(origin=origin, age=3_600), rules=rules) == Review(
        reason=Reason.STATUS_STALE
    )
    assert _decide(_known(origin=origin, age=3_601), rules=rules) == Refuse(
        reason=Reason.STATUS_UNKNOWN
    )


def test_a_live_pass_is_plainly_ok() -> None:
    assert _decide(_known(age=10**6)) == Admit(reason=Reason.OK)


def test_a_card_the_fresh_snapshot_lacks_is_looked_at_by_a_person_or_refused_at_a_kiosk() -> None:
    assert _decide(_absent(age=300)) == Review(reason=Reason.CARD_UNKNOWN)
    assert _decide(_absent(age=300), rules=KIOSK_RULES) == Refuse(reason=Reason.CARD_UNKNOWN)
    admits = StatusRules(absent=Handling.ADMIT)
    assert _decide(_absent(age=300), rules=admits) == Admit(reason=Reason.OK_FALLBACK)


def test_an_old_snapshot_says_nothing_about_a_card_it_lacks() -> None:
    assert _decide(_absent(age=301)) == Admit(reason=Reason.OK_FALLBACK)
    assert _decide(_absent(age=301), rules=KIOSK_RULES) == Refuse(reason=Reason.STATUS_UNKNOWN)


@pytest.mark.parametrize("status", [UnknownStatus(), NotAsked()])
def test_where_nothing_is_known_the_venues_rule_decides(status: Status) -> None:
    assert _decide(status) == Admit(reason=Reason.OK_FALLBACK)
    assert _decide(status, rules=KIOSK_RULES) == Refuse(reason=Reason.STATUS_UNKNOWN)


def test_each_decision_has_its_word_in_the_log() -> None:
    assert outcome_of(Admit(reason=Reason.OK)) is Outcome.ADMIT
    assert outcome_of(Refuse(reason=Reason.EXPIRED)) is Outcome.REFUSE
    assert outcome_of(Review(reason=Reason.CARD_UNKNOWN)) is Outcome.REVIEW


@pytest.mark.parametrize(
    ("mode", "memory", "reason"),
    [
        (Mode.ROTATING, Recollection(purge_floor=UnixSeconds(NOW + 25)), Reason.PURGED),
        (Mode.ROTATING, Recollection(purge_floor=UnixSeconds(NOW + 24)), None),
        (Mode.ROTATING, Recollection(began_at=UnixSeconds(NOW - 5 - SKEW)), None),
        (Mode.ROTATING, Recollection(began_at=UnixSeconds(NOW - 4 - SKEW)), Reason.PURGED),
        (Mode.PRINT, Recollection(began_at=UnixSeconds(NOW), purge_floor=UnixSeconds(NOW + 99)), None),
        (Mode.PRINT, Recollection(replay=USED), None),
        (Mode.ONLINE, Recollection(inside_since=INSIDE), None),
        (Mode.ONLINE, Recollection(replay=USED, inside_since=INSIDE), Reason.REPLAYED),
        (Mode.PRINT, Recollection(inside_since=INSIDE), Reason.PASSBACK),
        (Mode.PRINT, Recollection(inside_since=UnixSeconds(NOW - 600)), None),
    ],
)  # fmt: skip
def test_each_mode_is_judged_by_the_memory_that_is_its_own(
    mode: Mode, memory: Recollection, reason: Reason | None
) -> None:
    assert judge_recollection(some_claims(mode=mode), memory, POLICY, UnixSeconds(NOW)) is reason


def test_a_clock_is_believed_up_to_the_skew_before_what_has_passed() -> None:
    memory = ClockMemory(floor=UnixSeconds(NOW))
    for at, trust in ((NOW - SKEW, ClockTrust.TRUSTED), (NOW - SKEW - 1, ClockTrust.UNTRUSTED)):
        assert judge_clock(moment_at(at), memory, Ntp.SYNCHRONISED) is trust


@pytest.mark.parametrize("reason", [Reason.KEY_NOT_VALID_NOW, Reason.NOT_YET_VALID, Reason.EXPIRED])
def test_without_a_clock_a_reason_of_time_is_not_stated(reason: Reason) -> None:
    judged = without_time(RejectedCard(reason=reason, kid=Kid(b"kid1"), claims=some_claims()))
    assert judged == RejectedCard(
        reason=Reason.CLOCK_UNTRUSTED, kid=Kid(b"kid1"), claims=some_claims()
    )


def test_without_a_clock_nothing_passes_and_other_reasons_stay() -> None:
    assert without_time(_verified()).reason is Reason.CLOCK_UNTRUSTED
    forged = RejectedCard(reason=Reason.BAD_SIGNATURE)
    assert without_time(forged) == forged


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_plain_phrase_of_at_most_five_words_and_no_code(reason: Reason) -> None:
    verdict = verdict_of(Refuse(reason=reason))
    assert verdict.word == "REFUSE"
    assert 1 <= len(verdict.rule.split()) <= 5
    assert "_" not in verdict.rule + verdict.advice


def test_a_status_is_logged_in_one_word_with_origin_and_age() -> None:
    used = status_used(
        _known(state=CardState.REVOKED, age=7, origin=Origin.CACHE), UnixSeconds(NOW)
    )
    assert (used.value, used.origin, used.age_s) == ("card_revoked", "cache", 7)
    used = status_used(_absent(age=9), UnixSeconds(NOW))
    assert (used.value, used.origin, used.age_s) == ("absent", "snapshot", 9)
    for none in (UnknownStatus(), NotAsked()):
        used = status_used(none, UnixSeconds(NOW))
        assert (used.value, used.origin, used.age_s) == (None, None, None)


def test_an_age_is_never_negative() -> None:
    assert status_used(_known(age=-5), UnixSeconds(NOW)).age_s == 0
    assert status_used(_absent(age=-5), UnixSeconds(NOW)).age_s == 0


@pytest.mark.parametrize(
    ("when_full", "decision"),
    [
        (Handling.ADMIT, Admit(reason=Reason.OK)),
        (Handling.REVIEW, Review(reason=Reason.CAPACITY_FULL)),
        (Handling.REFUSE, Refuse(reason=Reason.CAPACITY_FULL)),
    ],
)
def test_a_full_house_is_handled_as_the_venue_wants_after_all_that_speaks_against_the_card(
    when_full: Handling, decision: Decision
) -> None:
    policy = DoorPolicy(capacity=5, when_full=when_full)

    def judged(status: Status, crowd: int) -> Decision:
        return decide(
            _verified(),
            Recollection(),
            status,
            policy=policy,
            rules=DOOR_RULES,
            now=UnixSeconds(NOW),
            crowd=crowd,
        )

    assert judged(_known(), 4) == Admit(reason=Reason.OK)
    assert judged(_known(), 5) == decision
    suspended = _known(member=MemberStatus.SUSPENDED)
    assert judged(suspended, 5) == Refuse(reason=Reason.MEMBER_SUSPENDED)


@pytest.mark.parametrize(
    ("handling", "decision"),
    [
        (Handling.ADMIT, Admit(reason=Reason.OK)),
        (Handling.REVIEW, Review(reason=Reason.CLOCK_UNTRUSTED)),
        (Handling.REFUSE, Refuse(reason=Reason.CLOCK_UNTRUSTED)),
    ],
)
def test_the_venue_says_what_a_clock_in_holdover_permits(
    handling: Handling, decision: Decision
) -> None:
    decided = decide(
        VerifiedCard(claims=some_claims(), kid=Kid(b"kid1"), alg=Alg.HMAC_256_64),
        Recollection(),
        KnownStatus(standing=a_standing(), origin=Origin.LIVE),
        policy=DoorPolicy(when_holdover=handling),
        rules=DOOR_RULES,
        now=UnixSeconds(NOW),
        clock=ClockTrust.HOLDOVER,
    )
    assert decided == decision
    assert DoorPolicy().when_holdover is Handling.ADMIT
