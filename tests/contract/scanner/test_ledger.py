"""What the path and the sync rely on, kept by the ledger in SQLite and by the one in memory alike."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from cardcore.audit import GENESIS, ClockTrust, Direction, Outcome, parse_entry, verify_chain
from cardcore.card import Mode
from cardcore.ids import Epoch, Seq, UnixSeconds
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.door.clock_trust import ClockMemory
from scanner.door.decision import Admit, Record, Refuse, Review
from scanner.door.replay import Fresh, Replayed
from scanner.errors import LedgerError
from scanner.ports import Ledger, Outbox
from tests.fakes.card_material import DAY, NOW, some_claims
from tests.fakes.scanner_clock import moment_at
from tests.fakes.scanner_door import DOOR, LONG_AGO, a_refusal, an_attempt
from tests.fakes.scanner_ledger import EPOCH, FakeLedger
from tests.fakes.vault import VAULT

OTHER_EPOCH: Final = Epoch(b"anotherE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """The two sides of one log."""

    ledger: Ledger
    outbox: Outbox


@pytest.fixture(params=["memory", "sqlite"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Both]:
    with ExitStack() as stack:
        yield begun(request.param, tmp_path, stack, LONG_AGO)


@pytest.fixture(params=["memory", "sqlite"])
def ahead(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Both]:
    """A log that was begun while the clock was a day ahead."""
    with ExitStack() as stack:
        yield begun(request.param, tmp_path, stack, UnixSeconds(NOW + DAY))


def begun(kind: str, folder: Path, stack: ExitStack, at: UnixSeconds) -> Both:
    if kind == "memory":
        fake = FakeLedger(began_at=at)
        return Both(ledger=fake, outbox=fake)
    path = folder / "ledger.sqlite3"
    ledger = stack.enter_context(closing(SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=at)))
    outbox = stack.enter_context(closing(SqliteLog(path, VAULT)))
    return Both(ledger=ledger, outbox=outbox)


def test_a_card_never_shown_is_fresh_and_outside(both: Both) -> None:
    memory = both.ledger.recall(some_claims())
    assert memory.replay == Fresh()
    assert memory.inside_since is None
    assert memory.purge_floor == 0


def test_an_admission_burns_its_nonce_and_says_when_and_where(both: Both) -> None:
    committed = both.ledger.commit(an_attempt(some_claims()))
    assert committed.decision == Admit(reason=Reason.OK)
    memory = both.ledger.recall(some_claims())
    assert memory.replay == Replayed(first_used_at=NOW, where=DOOR)


def test_another_cards_same_nonce_is_not_burned(both: Both) -> None:
    both.ledger.commit(an_attempt(some_claims()))
    other = some_claims(card_id=b"another card 16b")
    assert both.ledger.recall(other).replay == Fresh()
    assert both.ledger.commit(an_attempt(other)).decision == Admit(reason=Reason.OK)


@pytest.mark.parametrize(
    "decision", [Refuse(reason=Reason.MEMBER_SUSPENDED), Review(reason=Reason.CARD_UNKNOWN)]
)
def test_only_an_admission_burns_or_lets_in(both: Both, decision: Refuse | Review) -> None:
    both.ledger.commit(an_attempt(some_claims(), decision=decision))
    memory = both.ledger.recall(some_claims())
    assert (memory.replay, memory.inside_since) == (Fresh(), None)


@pytest.mark.parametrize(
    ("mode", "burned"), [(Mode.ONLINE, True), (Mode.ROTATING, True), (Mode.PRINT, False)]
)
def test_an_admission_burns_the_nonce_of_every_mode_but_print(
    both: Both, mode: Mode, *, burned: bool
) -> None:
    claims = some_claims(mode=mode)
    both.ledger.commit(an_attempt(claims))
    memory = both.ledger.recall(claims)
    assert isinstance(memory.replay, Replayed) is burned
    assert memory.inside_since == NOW


@pytest.mark.parametrize(
    ("mode", "second"),
    [
        (Mode.ONLINE, Admit(reason=Reason.OK)),
        (Mode.ROTATING, Refuse(reason=Reason.PASSBACK)),
        (Mode.PRINT, Refuse(reason=Reason.PASSBACK)),
    ],
)
def test_another_token_of_a_card_that_is_inside_is_judged_by_its_mode(
    both: Both, mode: Mode, second: Admit | Refuse
) -> None:
    both.ledger.commit(an_attempt(some_claims(mode=mode)))
    another = some_claims(mode=mode, nonce=b"another!")
    assert both.ledger.commit(an_attempt(another)).decision == second


def test_the_second_of_two_lanes_that_saw_the_same_fresh_card_is_refused(both: Both) -> None:
    first, second = an_attempt(some_claims()), an_attempt(some_claims())
    assert both.ledger.commit(first).decision == Admit(reason=Reason.OK)
    assert both.ledger.commit(second).decision == Refuse(reason=Reason.REPLAYED)


def test_the_second_of_two_lanes_that_saw_the_same_printed_card_is_refused(both: Both) -> None:
    claims = some_claims(mode=Mode.PRINT)
    assert both.ledger.commit(an_attempt(claims)).decision == Admit(reason=Reason.OK)
    assert both.ledger.commit(an_attempt(claims)).decision == Refuse(reason=Reason.PASSBACK)


def test_the_log_says_the_decision_that_stands_not_the_one_attempted(both: Both) -> None:
    both.ledger.commit(an_attempt(some_claims()))
    both.ledger.commit(an_attempt(some_claims()))
    last = parse_entry(both.outbox.after(EPOCH, Seq(0), 10)[-1].data)
    assert (last.decision, last.reason) == (Outcome.REFUSE, "replayed")


def test_a_card_is_out_again_once_the_venues_time_is_over(both: Both) -> None:
    policy = DoorPolicy(passback_s=100)
    claims = some_claims(mode=Mode.PRINT, expires_at=NOW + 10_000)
    both.ledger.commit(an_attempt(claims, policy=policy))
    again = both.ledger.commit(an_attempt(claims, policy=policy, at=NOW + 99)).decision
    assert again == Refuse(reason=Reason.PASSBACK)
    again = both.ledger.commit(an_attempt(claims, policy=policy, at=NOW + 100)).decision
    assert again == Admit(reason=Reason.OK)
    assert both.ledger.recall(claims).inside_since == NOW + 100


def test_numbers_run_without_a_gap_and_the_chain_holds(both: Both) -> None:
    numbers = [both.ledger.commit(a_refusal()).seq for _ in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    entries = both.outbox.after(EPOCH, Seq(0), 100)
    head = verify_chain((entry.data for entry in entries), EPOCH)
    assert (head.seq, head.hash) == (5, entries[-1].hash)


def test_an_entry_that_has_no_form_is_a_fault_and_leaves_no_trace(both: Both) -> None:
    with pytest.raises(LedgerError):
        both.ledger.commit(an_attempt(some_claims(), program="a\nb"))
    assert both.outbox.head(EPOCH) == 0
    assert both.ledger.recall(some_claims()).replay == Fresh()
    assert both.ledger.commit(a_refusal()).seq == 1


def test_the_clock_floor_rises_with_trusted_entries_only_and_never_falls(both: Both) -> None:
    assert both.ledger.clock_floor == 0
    both.ledger.commit(an_attempt(clock=ClockTrust.UNTRUSTED, at=NOW + 50))
    assert both.ledger.clock_floor == 0
    both.ledger.commit(an_attempt(at=NOW))
    both.ledger.commit(an_attempt(at=NOW - 500))
    assert both.ledger.clock_floor == NOW


def test_a_floor_raised_by_a_document_counts_at_the_next_question(both: Both) -> None:
    both.outbox.raise_clock_floor(UnixSeconds(NOW + 7))
    assert both.ledger.clock_floor == NOW + 7
    both.outbox.raise_clock_floor(UnixSeconds(NOW))
    assert both.ledger.clock_floor == NOW + 7


def test_the_outbox_gives_what_lies_behind_a_position_in_order_and_no_more_than_asked(
    both: Both,
) -> None:
    for _ in range(5):
        both.ledger.commit(a_refusal())
    assert [entry.seq for entry in both.outbox.after(EPOCH, Seq(2), 2)] == [3, 4]
    assert both.outbox.after(EPOCH, Seq(5), 2) == ()
    assert both.outbox.after(OTHER_EPOCH, Seq(0), 2) == ()


def test_the_outbox_knows_each_entrys_hash_and_no_other(both: Both) -> None:
    both.ledger.commit(a_refusal())
    (entry,) = both.outbox.after(EPOCH, Seq(0), 10)
    assert both.outbox.hash_at(EPOCH, Seq(0)) == GENESIS
    assert both.outbox.hash_at(EPOCH, Seq(1)) == entry.hash
    assert both.outbox.hash_at(EPOCH, Seq(2)) is None
    assert both.outbox.hash_at(OTHER_EPOCH, Seq(1)) is None
    assert both.outbox.epochs() == (EPOCH,)
    assert (both.outbox.head(EPOCH), both.outbox.head(OTHER_EPOCH)) == (1, 0)


def test_a_mark_changes_nothing_but_the_backlog(both: Both) -> None:
    assert isinstance(both.outbox, FakeLedger | SqliteLog)
    for _ in range(3):
        both.ledger.commit(a_refusal())
    assert both.outbox.backlog() == 3
    both.outbox.set_mark(EPOCH, Seq(2))
    assert both.outbox.backlog() == 1
    assert len(both.outbox.after(EPOCH, Seq(0), 10)) == 3


def test_who_went_out_may_come_in_again_and_counts_no_more(both: Both) -> None:
    claims = some_claims(mode=Mode.PRINT)
    both.ledger.commit(an_attempt(claims))
    assert both.ledger.here(NOW, 600) == 1
    leaving = an_attempt(claims, decision=Record(reason=Reason.EXIT))
    both.ledger.commit(replace(leaving, entry=replace(leaving.entry, direction=Direction.EXIT)))
    assert both.ledger.here(NOW, 600) == 0
    assert both.ledger.recall(claims).inside_since is None
    assert both.ledger.commit(an_attempt(claims)).decision == Admit(reason=Reason.OK)


def test_who_came_in_too_long_ago_is_held_to_have_left(both: Both) -> None:
    both.ledger.commit(an_attempt(some_claims()))
    assert both.ledger.here(UnixSeconds(NOW + 599), 600) == 1
    assert both.ledger.here(UnixSeconds(NOW + 600), 600) == 0


def test_two_lanes_before_the_last_place_fill_it_once(both: Both) -> None:
    policy = DoorPolicy(capacity=1)
    attempts = [
        an_attempt(some_claims(card_id=card), policy=policy)
        for card in (b"the first card16", b"the second card1")
    ]
    decisions = [both.ledger.commit(attempt).decision for attempt in attempts]
    assert decisions == [Admit(reason=Reason.OK), Refuse(reason=Reason.CAPACITY_FULL)]


def test_the_anchor_of_the_clock_is_kept_and_central_sets_floor_and_anchor(both: Both) -> None:
    assert isinstance(both.ledger, FakeLedger | SqliteLedger)
    assert isinstance(both.outbox, FakeLedger | SqliteLog)
    assert both.ledger.clock_memory == ClockMemory()
    both.ledger.anchor_clock(moment_at(NOW, mono=7))
    assert both.ledger.clock_memory == ClockMemory(anchor=moment_at(NOW, mono=7))
    both.outbox.raise_clock_floor(UnixSeconds(NOW + 500))
    both.outbox.set_clock(moment_at(NOW + 3, mono=9))
    told = ClockMemory(floor=UnixSeconds(NOW + 3), anchor=moment_at(NOW + 3, mono=9))
    assert both.ledger.clock_memory == both.outbox.clock_memory == told


def test_a_log_begun_by_a_clock_that_was_ahead_lets_in_again_once_the_clock_is_believed(
    ahead: Both,
) -> None:
    later = some_claims(issued_at=NOW + 40, expires_at=NOW + 100)
    doubted = an_attempt(later, at=NOW + 1, clock=ClockTrust.HOLDOVER)
    assert ahead.ledger.commit(doubted).decision == Refuse(reason=Reason.PURGED)
    believed = an_attempt(later, at=NOW + 2)
    assert ahead.ledger.commit(believed).decision == Refuse(reason=Reason.PURGED)
    assert ahead.ledger.recall(later).began_at == NOW + 2
    assert ahead.ledger.commit(an_attempt(later, at=NOW + 41)).decision == Admit(reason=Reason.OK)


def test_a_log_did_not_begin_later_than_central_says_it_is(ahead: Both) -> None:
    assert isinstance(ahead.outbox, SqliteLog | FakeLedger)
    ahead.outbox.set_clock(moment_at(NOW))
    assert ahead.ledger.recall(some_claims()).began_at == NOW


def test_a_purge_knows_as_much(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(
        SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=UnixSeconds(NOW + DAY))
    ) as ledger:
        assert ledger.purge(NOW) == 0
        assert ledger.recall(some_claims()).began_at == NOW
        assert ledger.purge(UnixSeconds(NOW + 1)) == 0
        assert ledger.recall(some_claims()).began_at == NOW
