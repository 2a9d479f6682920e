"""What staff decide at a wired door: overrides, undo, who is on duty."""

import pytest

from cardcore.audit import Direction, Outcome
from cardcore.ids import CardId
from cardcore.reasons import Reason
from scanner.desk import (
    OverrideReason,
    PinResult,
    UndoResult,
)
from scanner.door.decision import Admit, Refuse
from tests.fakes.card_material import fixed_bytes, some_claims
from tests.fakes.floor_parts import PIN, STEWARD_PIN, Stage, a_text
from tests.fakes.scanner_standings import a_standing

OTHER = CardId(fixed_bytes("another", 16))
pytestmark = pytest.mark.usefixtures("no_thread_is_left")


def test_only_a_supervisor_overrides_and_the_log_says_who_and_why(stage: Stage) -> None:
    stage.directory.members[OTHER] = a_standing(name="Ada Lovelace")
    with stage.running() as floor:
        assert floor.override(OverrideReason.OTHER, "", None) is None
        assert floor.come_on_duty(STEWARD_PIN) is PinResult.GOOD
        assert floor.override(OverrideReason.OTHER, "", None) is None
        assert floor.come_on_duty(PIN) is PinResult.GOOD
        answer = floor.override(OverrideReason.PHONE_EMPTY, " known\x1b to us ", OTHER)
        assert answer is not None
        assert answer.decision == Admit(reason=Reason.OVERRIDE)
        assert answer.display_name == "Ada Lovelace"
        assert floor.facts().occupancy.here == 1
        (entry,) = stage.log.newest_entries(1)
        (line,) = floor.recent(5)
    assert (entry.attendant, entry.card_id, entry.decision) == ("Sam", OTHER, Outcome.ADMIT)
    assert entry.extensions == {1: "phone_empty", 2: "known to us"}
    assert (line.name, line.attendant, line.reason) == ("Ada Lovelace", "Sam", "override")
    assert stage.strike.openings == 1


def test_a_supervisor_vouches_for_one_act_of_a_steward(stage: Stage) -> None:
    with stage.running() as floor:
        assert floor.come_on_duty(STEWARD_PIN) is PinResult.GOOD
        assert floor.vouch(PIN) is PinResult.GOOD
        assert floor.override(OverrideReason.OTHER, "", None) is not None
        assert floor.override(OverrideReason.OTHER, "", None) is None
        assert floor.undo() is UndoResult.NOT_ALLOWED
        floor.vouch(PIN)
        assert floor.undo() is UndoResult.DONE
        on_duty = floor.facts().attendant
        assert on_duty is not None
        assert on_duty.name == "Kim"
        floor.vouch(PIN)
        supervisor = floor.spend_vouch()
        assert supervisor is not None
        assert supervisor.name == "Sam"
        assert floor.spend_vouch() is None


def test_who_is_on_duty_is_in_every_entry(stage: Stage) -> None:
    with stage.running() as floor:
        assert floor.come_on_duty(STEWARD_PIN) is PinResult.GOOD
        floor.present(a_text(), "wedge")
        stage.answer()
        floor.go_off_duty()
        floor.present("nonsense", "wedge")
        stage.answer()
        assert [entry.attendant for entry in stage.log.newest_entries(2)] == [None, "Kim"]
        assert floor.facts().attendant is None


def test_an_undo_clears_count_and_passback_and_frees_no_nonce(stage: Stage) -> None:
    with stage.running() as floor:
        floor.come_on_duty(PIN)
        assert floor.undo() is UndoResult.NOTHING
        floor.present(a_text(nonce=b"12345678"), "wedge")
        admitted = stage.answer()
        stage.clock.advance(14)
        assert floor.undo() is UndoResult.DONE
        assert floor.undo() is UndoResult.NOTHING
        assert floor.facts().occupancy.here == 0
        (entry,) = stage.log.newest_entries(1)
        assert (entry.reason, entry.decision, entry.extensions) == (
            "undo",
            Outcome.RECORD,
            {3: admitted.seq},
        )
        assert entry.card_id == some_claims().card_id
        floor.present(a_text(nonce=b"12345678"), "wedge")
        assert stage.answer().decision == Refuse(reason=Reason.REPLAYED)
        floor.present(a_text(nonce=b"23456789"), "wedge")
        assert isinstance(stage.answer().decision, Admit)


def test_an_undo_comes_too_late_after_15_s_and_not_from_a_steward(stage: Stage) -> None:
    with stage.running() as floor:
        floor.present(a_text(), "wedge")
        stage.answer()
        floor.come_on_duty(STEWARD_PIN)
        assert floor.undo() is UndoResult.NOT_ALLOWED
        stage.clock.advance(15.1)
        floor.come_on_duty(PIN)
        assert floor.undo() is UndoResult.TOO_LATE


def test_an_override_on_the_way_out_lets_out_one_without_a_card(stage: Stage) -> None:
    with stage.running() as floor:
        floor.come_on_duty(PIN)
        for _ in range(2):
            floor.override(OverrideReason.GUEST_OF_MEMBER, "", None)
        assert floor.facts().occupancy.here == 2
        floor.face(Direction.EXIT)
        for _ in range(3):
            floor.override(OverrideReason.GUEST_OF_MEMBER, "", None)
        assert floor.facts().occupancy.here == 0
    assert stage.strike.openings == 5


def test_an_undo_that_cannot_be_written_takes_nothing_back(stage: Stage) -> None:
    with stage.running() as floor:
        floor.present(a_text(), "wedge")
        stage.answer()
        floor.come_on_duty(PIN)
        stage.ledger.database.conn.execute("PRAGMA query_only = ON")
        assert floor.undo() is UndoResult.NOTHING
        assert floor.facts().occupancy.here == 1
        stage.ledger.database.conn.execute("PRAGMA query_only = OFF")
