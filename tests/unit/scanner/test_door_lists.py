"""What the card lists say of a card, and what a door or kiosk does when they are old."""

from dataclasses import replace
from typing import Final

import pytest

from cardcore.audit import parse_entry
from cardcore.ids import CardId, UnixSeconds
from cardcore.keyset import key_set_of
from cardcore.lifecycle import CardState
from cardcore.membership import KnownStatus, Origin, Status, UnknownStatus
from cardcore.policy import DOOR_RULES, KIOSK_RULES, DoorPolicy, Handling, StatusRules
from cardcore.reasons import Reason
from cardcore.verify import VerifiedCard
from scanner.door.decision import Admit, Decision, Refuse, Review, decide
from scanner.door.lists import NO_LISTS, Listed, ListWord, age_of, are_stale
from scanner.door.record import LISTS_AGE
from scanner.door.replay import Recollection, Replayed
from tests.fakes.card_material import KIDS, NOW, some_claims
from tests.fakes.scanner_door import a_card, a_pipeline, a_presentation, an_identity
from tests.fakes.scanner_ledger import FakeLedger
from tests.fakes.scanner_parts import FakeKeyRing, FakeStatus
from tests.fakes.scanner_standings import a_standing

POLICY: Final = DoorPolicy(version=1, active_list=True, lists_last_s=3_600)
HOUR: Final = 3_600


def listed(*, on_it: bool, age: int = 0, version: int = 4) -> Listed:
    return Listed(on_it=on_it, version=version, issued_at=UnixSeconds(NOW - age))


def word(
    *, revoked: bool = False, active: bool = True, age: int = 0, active_age: int | None = None
) -> ListWord:
    return ListWord(
        revoked=listed(on_it=revoked, age=age),
        active=listed(on_it=active, age=age if active_age is None else active_age, version=2),
    )


def known(*, age: int = 0, origin: Origin = Origin.SNAPSHOT) -> KnownStatus:
    return KnownStatus(standing=a_standing(as_of=NOW - age), origin=origin)


def decided(
    lists: ListWord,
    status: Status,
    *,
    policy: DoorPolicy = POLICY,
    rules: StatusRules = DOOR_RULES,
    memory: Recollection | None = None,
) -> Decision:
    return decide(
        VerifiedCard(claims=some_claims(), kid=next(iter(KIDS.values())), alg=next(iter(KIDS))),
        memory or Recollection(),
        status,
        policy=policy,
        rules=rules,
        now=UnixSeconds(NOW),
        lists=lists,
    )


def test_a_card_on_both_lists_as_it_should_be_is_admitted() -> None:
    assert decided(word(), known()) == Admit(reason=Reason.OK_SNAPSHOT)


@pytest.mark.parametrize("age", [0, 10 * HOUR])
@pytest.mark.parametrize("origin", Origin)
def test_a_revoked_card_is_refused_however_old_the_list_and_whatever_is_known(
    age: int, origin: Origin
) -> None:
    decision = decided(word(revoked=True, age=age), known(origin=origin))
    assert decision == Refuse(reason=Reason.CARD_REVOKED)


def test_being_revoked_comes_before_being_unknown_and_before_a_replay() -> None:
    used = Recollection(replay=Replayed(first_used_at=UnixSeconds(NOW), where="here"))
    for lists, reason in (
        (word(revoked=True, active=False), Reason.CARD_REVOKED),
        (word(active=False), Reason.CARD_UNKNOWN),
        (word(), Reason.REPLAYED),
    ):
        decision = decided(lists, UnknownStatus(), memory=used)
        assert decision == Refuse(reason=reason)


def test_a_card_that_is_superseded_is_so_before_it_is_revoked() -> None:
    status = KnownStatus(standing=a_standing(generation=2), origin=Origin.SNAPSHOT)
    assert decided(word(revoked=True), status) == Refuse(reason=Reason.SUPERSEDED)


def test_a_card_not_on_the_active_list_is_refused_where_the_venue_keeps_one() -> None:
    assert decided(word(active=False), UnknownStatus()) == Refuse(reason=Reason.CARD_UNKNOWN)
    without = replace(POLICY, active_list=False)
    assert isinstance(decided(word(active=False), known(), policy=without), Admit)


def test_a_card_made_after_the_list_is_admitted_once_central_has_told_of_it() -> None:
    lists = word(active=False, age=50)
    assert decided(lists, known(age=49)) == Admit(reason=Reason.OK_SNAPSHOT)
    assert decided(lists, known(age=50)) == Refuse(reason=Reason.CARD_UNKNOWN)


@pytest.mark.parametrize(
    ("rules", "comes_out"),
    [
        (DOOR_RULES, Admit(reason=Reason.OK_SNAPSHOT)),
        (KIOSK_RULES, Refuse(reason=Reason.STATUS_STALE)),
        (StatusRules(lists=Handling.REVIEW), Review(reason=Reason.STATUS_STALE)),
    ],
)
def test_old_lists_fail_open_or_closed_as_the_venue_says(
    rules: StatusRules, comes_out: Decision
) -> None:
    assert decided(word(age=HOUR + 1), known(), rules=rules) == comes_out
    assert isinstance(decided(word(age=HOUR), known(), rules=rules), Admit)


def test_the_older_of_the_lists_in_use_counts() -> None:
    lists = word(age=5, active_age=50)
    assert age_of(lists, POLICY, UnixSeconds(NOW)) == 50
    assert age_of(lists, replace(POLICY, active_list=False), UnixSeconds(NOW)) == 5
    assert age_of(NO_LISTS, POLICY, UnixSeconds(NOW)) is None


def test_a_list_from_the_future_has_no_negative_age() -> None:
    assert age_of(word(age=-10), POLICY, UnixSeconds(NOW)) == 0


def test_a_list_that_must_be_there_and_is_not_is_as_good_as_old() -> None:
    now = UnixSeconds(NOW)
    only_revoked = replace(word(), active=None)
    assert are_stale(NO_LISTS, known(), POLICY, now)
    assert are_stale(only_revoked, known(), POLICY, now)
    assert not are_stale(only_revoked, known(), replace(POLICY, active_list=False), now)
    assert not are_stale(NO_LISTS, known(), DoorPolicy(), now)


def test_what_central_says_just_now_needs_no_list() -> None:
    status = known(origin=Origin.LIVE)
    assert decided(NO_LISTS, status, rules=KIOSK_RULES) == Admit(reason=Reason.OK)


def test_a_refusal_for_another_reason_keeps_its_reason_while_lists_are_old() -> None:
    status = KnownStatus(standing=a_standing(state=CardState.SUSPENDED), origin=Origin.SNAPSHOT)
    decision = decided(word(age=2 * HOUR), status, rules=KIOSK_RULES)
    assert decision == Refuse(reason=Reason.CARD_SUSPENDED)


class _Lists:
    def __init__(self, said: ListWord) -> None:
        self.said = said
        self.asked: list[CardId] = []

    def word_on(self, card_id: CardId) -> ListWord:
        self.asked.append(card_id)
        return self.said


def test_the_version_and_the_age_that_were_used_stand_in_the_entry() -> None:
    ledger, lists = FakeLedger(), _Lists(word(age=100, active_age=200))
    pipeline = a_pipeline(
        ledger=ledger, status=FakeStatus(known()), lists=lists, policy=lambda: POLICY
    )
    pipeline.answer(a_presentation(a_card()))
    entry = parse_entry(ledger.log[-1].data)
    assert (entry.lists_version, entry.extensions) == (4, {LISTS_AGE: 200})
    assert entry.policy_version == POLICY.version
    assert lists.asked == [some_claims().card_id]


def test_a_card_that_is_no_card_is_looked_up_on_no_list() -> None:
    lists = _Lists(NO_LISTS)
    a_pipeline(lists=lists).answer(a_presentation("no card"))
    assert lists.asked == []


def test_the_signed_policy_takes_the_place_of_the_one_at_enrolment() -> None:
    closed = replace(POLICY, door=StatusRules(stale=Handling.REFUSE, fresh=Handling.REFUSE))
    for kiosk, expected in ((False, "refuse"), (True, "admit")):
        ledger = FakeLedger()
        pipeline = a_pipeline(
            ledger=ledger,
            status=FakeStatus(known()),
            lists=_Lists(word()),
            policy=lambda: closed,
            identity=replace(an_identity(), kiosk=kiosk),
        )
        pipeline.answer(a_presentation(a_card()))
        assert parse_entry(ledger.log[-1].data).decision.value == expected


def test_a_key_that_is_not_there_is_asked_for() -> None:
    missed: list[str] = []
    no_keys = FakeKeyRing(key_set_of(()))
    for keys, shown in ((no_keys, "no card"), (None, a_card()), (no_keys, a_card())):
        assert missed == []
        pipeline = a_pipeline(keys=keys, missed_key=lambda: missed.append("missed"))
        pipeline.answer(a_presentation(shown))
    assert missed == ["missed"]
