"""Who is inside, how many count, and how long staff can take something back."""

import pytest

from cardcore.audit import Direction
from cardcore.ids import CardId, Micros, Seq, UnixSeconds
from cardcore.keyset import Alg
from cardcore.membership import UnknownStatus
from cardcore.policy import DOOR_RULES, DoorPolicy, Handling
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard, VerifiedCard
from scanner.door.attendance import (
    LOCKED_FOR,
    PinLock,
    before_attempt,
    can_be_taken_back,
    elapsed,
    is_locked,
)
from scanner.door.decision import Admit, Decision, Record, Refuse, Review, decide, judge_crowd
from scanner.door.moment import Moment
from scanner.door.occupancy import VenueFigure, crowd_of, fresh
from scanner.door.passback import (
    ComesIn,
    GoesOut,
    Movement,
    TakenBack,
    decide_exit,
    movement_of,
)
from scanner.door.replay import Recollection
from scanner.door.verdict import verdict_of
from tests.fakes.card_material import KIDS, NOW, some_claims
from tests.fakes.scanner_clock import FakeClock, moment_at

CARD = CardId(bytes(16))
ADMIT, EXIT = Admit(reason=Reason.OK), Record(reason=Reason.EXIT)
GOOD = VerifiedCard(claims=some_claims(), kid=KIDS[Alg.HMAC_256_64], alg=Alg.HMAC_256_64)


@pytest.mark.parametrize(
    ("verification", "decision"),
    [
        (GOOD, EXIT),
        (RejectedCard(reason=Reason.CLOCK_UNTRUSTED, claims=GOOD.claims), EXIT),
        (RejectedCard(reason=Reason.CLOCK_UNTRUSTED), Refuse(reason=Reason.CLOCK_UNTRUSTED)),
        (
            RejectedCard(reason=Reason.EXPIRED, claims=GOOD.claims),
            Refuse(reason=Reason.EXPIRED),
        ),
        (RejectedCard(reason=Reason.NOT_A_CARD), Refuse(reason=Reason.NOT_A_CARD)),
    ],
)
def test_a_genuine_card_may_leave(
    verification: VerifiedCard | RejectedCard, decision: Decision
) -> None:
    assert decide_exit(verification) == decision


def test_an_exit_is_noted_and_no_verdict() -> None:
    assert verdict_of(EXIT).word == "NOTED"


@pytest.mark.parametrize(
    ("decision", "direction", "undoes", "movement"),
    [
        (ADMIT, Direction.ENTRY, None, ComesIn(card_id=CARD)),
        (ADMIT, Direction.EXIT, None, GoesOut(card_id=CARD)),
        (EXIT, Direction.EXIT, None, GoesOut(card_id=CARD)),
        (Record(reason=Reason.UNDO), Direction.ENTRY, Seq(4), TakenBack(seq=Seq(4))),
        (Record(reason=Reason.CLOCK_RESET), Direction.ENTRY, None, None),
        (Refuse(reason=Reason.REPLAYED), Direction.ENTRY, None, None),
        (Review(reason=Reason.STATUS_STALE), Direction.EXIT, None, None),
    ],
)
def test_who_moves(
    decision: Decision, direction: Direction, undoes: Seq | None, movement: Movement
) -> None:
    assert movement_of(decision, direction, CARD, undoes) == movement


@pytest.mark.parametrize(
    ("policy", "crowd", "decision"),
    [
        (DoorPolicy(), 10**9, None),
        (DoorPolicy(capacity=300), 299, None),
        (DoorPolicy(capacity=300), 300, Refuse(reason=Reason.CAPACITY_FULL)),
        (
            DoorPolicy(capacity=300, when_full=Handling.REVIEW),
            301,
            Review(reason=Reason.CAPACITY_FULL),
        ),
        (DoorPolicy(capacity=300, when_full=Handling.ADMIT), 301, None),
        (DoorPolicy(capacity=0), 0, Refuse(reason=Reason.CAPACITY_FULL)),
    ],
)
def test_a_full_house_is_what_the_venue_says(
    policy: DoorPolicy, crowd: int, decision: Decision | None
) -> None:
    assert judge_crowd(policy, crowd) == decision


def test_what_speaks_against_a_card_comes_before_a_full_house() -> None:
    inside = Recollection(inside_since=UnixSeconds(NOW - 5))
    for memory, reason in ((inside, Reason.PASSBACK), (Recollection(), Reason.CAPACITY_FULL)):
        decision = decide(
            GOOD,
            memory,
            UnknownStatus(),
            policy=DoorPolicy(capacity=1),
            rules=DOOR_RULES,
            now=NOW,
            crowd=1,
        )
        assert decision == Refuse(reason=reason)


def test_the_larger_count_counts_while_the_venues_is_fresh() -> None:
    figure = VenueFigure(inside=40, as_of=NOW)
    at = UnixSeconds
    assert crowd_of(10, figure, at(NOW + 60)) == 40
    assert crowd_of(50, figure, NOW) == 50
    assert crowd_of(10, figure, at(NOW + 61)) == 10
    assert crowd_of(10, None, NOW) == 10
    assert fresh(figure, at(NOW - 100)) == figure
    assert figure.age(at(NOW - 100)) == 0


def test_an_undo_has_15_s_by_the_monotonic_clock() -> None:
    clock = FakeClock()
    admitted = clock.now()
    clock.step(-3_600)
    clock.ticks += 14_000_000
    assert can_be_taken_back(admitted, clock.now())
    clock.ticks += 1_100_000
    assert not can_be_taken_back(admitted, clock.now())


def test_after_another_boot_time_is_told_by_the_wall_clock() -> None:
    then = Moment(wall=Micros(NOW * 1_000_000), mono=Micros(9_000_000), boot_id=b"before")
    assert elapsed(then, moment_at(NOW + 4, mono=1)) == 4_000_000
    assert can_be_taken_back(then, moment_at(NOW + 4, mono=1))
    assert not can_be_taken_back(then, moment_at(NOW - 4, mono=1))


def test_a_reboot_and_a_clock_without_a_boot_begin_the_lock_anew() -> None:
    full = PinLock(wrong=5, last=Moment(wall=Micros(0), mono=Micros(10**12), boot_id=b"before"))
    for boot_id in (b"after", b"before"):
        now = Moment(wall=Micros(0), mono=Micros(5), boot_id=boot_id)
        assert is_locked(full, now)
        anew = before_attempt(full, now)
        assert anew == PinLock(wrong=5, last=now)
        later = Moment(wall=Micros(0), mono=Micros(5 + LOCKED_FOR), boot_id=boot_id)
        assert before_attempt(anew, Moment(wall=Micros(0), mono=Micros(6), boot_id=boot_id)) == anew
        assert not is_locked(anew, later)
        assert before_attempt(anew, later) == PinLock(wrong=1, last=later)
