"""The path as a whole, on fakes: what is asked, in which order, and what stands in the log after it."""

from dataclasses import replace
from typing import Final

import pytest

from cardcore.audit import ClockTrust, Direction, Outcome, parse_entry
from cardcore.card import Claims
from cardcore.ids import CardId, Micros, UnixSeconds
from cardcore.keyset import Alg
from cardcore.membership import KnownStatus, MemberStatus, NotAsked, Origin
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from cardcore.verify import SKEW
from scanner.door.debounce import Debounce
from scanner.door.decision import Admit, Record, Refuse
from scanner.door.frame import Presentation
from scanner.door.moment import Moment
from scanner.door.replay import Recollection
from scanner.timekeeping import always_trusted
from tests.fakes.card_material import KIDS, NOW, some_claims
from tests.fakes.scanner_clock import BOOT, FakeClock, moment_at
from tests.fakes.scanner_door import a_card, a_pipeline, a_presentation, an_identity
from tests.fakes.scanner_ledger import EPOCH, FakeLedger
from tests.fakes.scanner_parts import FakeDecoder, FakeStatus, a_frame
from tests.fakes.scanner_standings import a_standing

GOOD: Final = KnownStatus(
    standing=a_standing(name="Ada Lovelace", as_of=NOW - 4), origin=Origin.LIVE
)


def test_a_good_card_is_admitted_logged_and_greeted_by_name() -> None:
    ledger = FakeLedger()
    answer = a_pipeline(ledger=ledger, status=FakeStatus(GOOD)).answer(a_presentation(a_card()))
    assert answer.decision == Admit(reason=Reason.OK)
    assert (answer.seq, answer.trouble, answer.display_name) == (1, "", "Ada Lovelace")
    assert set(answer.stages) == {"decode", "verify", "replay", "status", "decide", "commit"}


def test_the_entry_has_every_fact_the_decision_rested_on() -> None:
    ledger = FakeLedger()
    clock = FakeClock()
    shown = Presentation(
        text=a_card(),
        at=clock.now(),
        source="camera:0",
        decode_us=Micros(5),
    )
    a_pipeline(ledger=ledger, status=FakeStatus(GOOD), clock=clock).answer(shown)
    entry = parse_entry(ledger.log[0].data)
    claims = some_claims()
    assert (entry.door, entry.device, entry.epoch, entry.seq) == ("Front door", "dev-1", EPOCH, 1)
    assert (entry.wall, entry.mono, entry.boot_id) == (shown.at.wall, shown.at.mono, BOOT)
    assert (entry.clock, entry.source, entry.direction) == (
        ClockTrust.TRUSTED,
        "camera:0",
        Direction.ENTRY,
    )
    assert (entry.decision, entry.reason, entry.kid) == (
        Outcome.ADMIT,
        "ok",
        KIDS[Alg.HMAC_256_256],
    )
    assert (entry.mode, entry.card_id, entry.generation, entry.nonce) == (
        1,
        claims.card_id,
        1,
        claims.nonce,
    )
    assert (entry.status, entry.status_origin, entry.status_age_s) == ("active", "live", 4)
    assert (entry.keyset_version, entry.policy_version, entry.circuit) == (0, 7, "closed")
    assert (entry.program, entry.stages["decode"]) == ("gatepost test", 5)


def test_no_entry_has_a_name_or_the_text_of_the_card() -> None:
    ledger = FakeLedger()
    text = a_card(some_claims(member="M-4711"))
    a_pipeline(ledger=ledger, status=FakeStatus(GOOD)).answer(a_presentation(text))
    data = ledger.log[0].data
    for secret in (b"Lovelace", b"4711", b"MC1:", text[4:24].encode()):
        assert secret not in data


def test_a_forged_card_names_nobody_in_the_log() -> None:
    ledger, status = FakeLedger(), FakeStatus()
    text = a_card()
    forged = text[:-1] + ("0" if text[-1] != "0" else "1")
    answer = a_pipeline(ledger=ledger, status=status).answer(a_presentation(forged))
    entry = parse_entry(ledger.log[0].data)
    assert isinstance(answer.decision, Refuse)
    assert (entry.card_id, entry.nonce, entry.generation) == (None, None, None)
    assert status.asked == []
    assert answer.display_name is None


def test_a_rejected_card_is_neither_looked_up_nor_asked_about() -> None:
    status = FakeStatus(GOOD)
    answer = a_pipeline(status=status).answer(a_presentation("https://example.org"))
    assert answer.decision == Refuse(reason=Reason.NOT_A_CARD)
    assert (answer.status, status.asked) == (NotAsked(), [])


def test_the_second_showing_is_a_replay() -> None:
    pipeline = a_pipeline(status=FakeStatus(GOOD))
    pipeline.answer(a_presentation(a_card()))
    again = pipeline.answer(a_presentation(a_card()))
    assert (again.decision, again.seq) == (Refuse(reason=Reason.REPLAYED), 2)


def test_one_members_nonce_under_another_members_card_burns_nothing_of_the_first() -> None:
    pipeline = a_pipeline(status=FakeStatus(GOOD))
    copied = some_claims(card_id=CardId(b"the copier's id!"))
    assert pipeline.answer(a_presentation(a_card(copied))).decision == Admit(reason=Reason.OK)
    assert pipeline.answer(a_presentation(a_card())).decision == Admit(reason=Reason.OK)


def test_a_member_refused_may_come_back_with_the_same_code_once_put_right() -> None:
    status = FakeStatus(
        KnownStatus(standing=a_standing(member=MemberStatus.SUSPENDED), origin=Origin.LIVE)
    )
    pipeline = a_pipeline(status=status)
    assert isinstance(pipeline.answer(a_presentation(a_card())).decision, Refuse)
    status.status = GOOD
    assert pipeline.answer(a_presentation(a_card())).decision == Admit(reason=Reason.OK)


@pytest.mark.parametrize("when", ["at once", "while deciding"])
def test_a_ledger_that_fails_refuses_and_says_why(when: str) -> None:
    ledger = FakeLedger()
    status = FakeStatus(GOOD)
    if when == "at once":
        ledger.trouble = "disk full"
    else:
        ledger = _FailsAtCommit()
    answer = a_pipeline(ledger=ledger, status=status).answer(a_presentation(a_card()))
    assert answer.decision == Refuse(reason=Reason.LEDGER_UNWRITABLE)
    assert (answer.seq, answer.trouble, answer.display_name) == (None, "disk full", None)


class _FailsAtCommit(FakeLedger):
    def recall(self, claims: Claims) -> Recollection:
        known = super().recall(claims)
        self.trouble = "disk full"
        return known


def test_a_door_whose_ledger_works_again_admits_again() -> None:
    ledger = FakeLedger()
    pipeline = a_pipeline(ledger=ledger, status=FakeStatus(GOOD))
    ledger.trouble = "disk full"
    pipeline.answer(a_presentation(a_card()))
    ledger.trouble = ""
    assert pipeline.answer(a_presentation(a_card())).decision == Admit(reason=Reason.OK)


def test_a_clock_behind_what_has_passed_refuses_good_cards_and_states_no_time() -> None:
    ledger = FakeLedger()
    ledger.raise_clock_floor(UnixSeconds(NOW + SKEW + 1))
    pipeline = a_pipeline(ledger=ledger, status=FakeStatus(GOOD))
    good = pipeline.answer(a_presentation(a_card()))
    old = pipeline.answer(
        a_presentation(a_card(some_claims(issued_at=NOW - 999, expires_at=NOW - 900)))
    )
    other = pipeline.answer(a_presentation("no card"))
    assert [answer.decision.reason for answer in (good, old, other)] == [
        Reason.CLOCK_UNTRUSTED,
        Reason.CLOCK_UNTRUSTED,
        Reason.NOT_A_CARD,
    ]
    assert {answer.clock for answer in (good, old, other)} == {ClockTrust.UNTRUSTED}
    assert ledger.clock_floor == NOW + SKEW + 1


def test_a_rehearsal_believes_the_instant_it_is_told() -> None:
    ledger = FakeLedger()
    ledger.raise_clock_floor(UnixSeconds(NOW + 86_400))
    pipeline = a_pipeline(ledger=ledger, status=FakeStatus(GOOD), trust=always_trusted)
    assert pipeline.answer(a_presentation(a_card())).decision == Admit(reason=Reason.OK)


def test_a_card_is_judged_at_the_instant_its_frame_was_taken() -> None:
    late = moment_at(NOW + 25 + SKEW)
    at_the_end = moment_at(NOW + 25 + SKEW - 1)
    pipeline = a_pipeline(status=FakeStatus(GOOD))
    assert _reason(late) is Reason.EXPIRED
    assert pipeline.answer(a_presentation(a_card(), at_the_end)).decision == Admit(reason=Reason.OK)


def _reason(at: Moment) -> Reason:
    return a_pipeline(status=FakeStatus(GOOD)).answer(a_presentation(a_card(), at)).decision.reason


def test_every_code_in_view_is_a_presentation_with_the_frames_instant() -> None:
    pipeline = a_pipeline(decoder=FakeDecoder(b"one", b"two", b"one"))
    at = moment_at(NOW)
    shown = pipeline.presentations(a_frame(at=at), "folder:x", None)
    assert [(each.text, each.at, each.source) for each in shown] == [
        ("one", at, "folder:x"),
        ("two", at, "folder:x"),
    ]
    assert all(each.decode_us > 0 for each in shown)


def test_a_code_held_in_view_is_presented_once_and_without_debounce_each_time() -> None:
    pipeline = a_pipeline(decoder=FakeDecoder(b"one"))
    debounce = Debounce()
    assert len(pipeline.presentations(a_frame(), "c", debounce)) == 1
    assert pipeline.presentations(a_frame(), "c", debounce) == ()
    assert len(pipeline.presentations(a_frame(), "c", None)) == 1


def test_bytes_that_are_no_text_are_some_text() -> None:
    (shown,) = a_pipeline(decoder=FakeDecoder(b"\xff\x00")).presentations(a_frame(), "c", None)
    assert shown.text == "\xff\x00"


def test_a_frame_knows_its_size() -> None:
    frame = a_frame(shape=(3, 5))
    assert (frame.width, frame.height) == (5, 3)


def test_whoever_holds_a_genuine_card_may_leave_and_come_in_again() -> None:
    ledger = FakeLedger()
    pipeline = a_pipeline(ledger=ledger, status=FakeStatus(GOOD))
    pipeline.answer(a_presentation(a_card()))
    leaving = replace(a_presentation(a_card()), direction=Direction.EXIT)
    answer = pipeline.answer(leaving)
    entry = parse_entry(ledger.log[1].data)
    assert (answer.decision, answer.seq) == (Record(reason=Reason.EXIT), 2)
    assert (entry.decision, entry.direction) == (Outcome.RECORD, Direction.EXIT)
    another = a_card(some_claims(nonce=b"another!"))
    assert pipeline.answer(a_presentation(another)).decision == Admit(reason=Reason.OK)


def test_a_full_house_lets_nobody_in_until_somebody_leaves() -> None:
    policy = DoorPolicy(capacity=1)
    pipeline = a_pipeline(status=FakeStatus(GOOD), identity=an_identity(policy=policy))
    first, second = a_card(), a_card(some_claims(card_id=b"another card 16b"))
    assert pipeline.answer(a_presentation(first)).decision == Admit(reason=Reason.OK)
    assert pipeline.answer(a_presentation(second)).decision == Refuse(reason=Reason.CAPACITY_FULL)
    pipeline.answer(replace(a_presentation(first), direction=Direction.EXIT))
    assert pipeline.answer(a_presentation(second)).decision == Admit(reason=Reason.OK)
