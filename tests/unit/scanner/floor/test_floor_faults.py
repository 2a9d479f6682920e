"""What breaks at a wired door is told, and told again when it is over; nobody is let in meanwhile who must not be."""

import threading
from typing import cast

import pytest

from cardcore.audit import ClockTrust, Direction
from cardcore.ids import UnixSeconds
from cardcore.keyset import key_set_of
from cardcore.reasons import Reason
from scanner.desk import (
    FaultKind,
    FaultsChanged,
    OverrideReason,
)
from scanner.door.decision import Admit, Record, Refuse
from tests.fakes.card_material import NOW
from tests.fakes.floor_parts import PIN, Stage, a_text

pytestmark = pytest.mark.usefixtures("no_thread_is_left")


def test_a_ledger_that_cannot_be_written_is_a_fault_and_recovers_by_itself(stage: Stage) -> None:
    with stage.running() as floor:
        stage.ledger.database.conn.execute("PRAGMA query_only = ON")
        floor.present(a_text(), "wedge")
        assert stage.answer().decision == Refuse(reason=Reason.LEDGER_UNWRITABLE)
        assert stage.faults() == {"ledger_unwritable"}
        floor.come_on_duty(PIN)
        answer = floor.override(OverrideReason.OTHER, "", None)
        assert answer is not None
        assert answer.decision == Refuse(reason=Reason.LEDGER_UNWRITABLE)
        assert answer.trouble
        stage.ledger.database.conn.execute("PRAGMA query_only = OFF")
        assert stage.faults() == set()
        floor.present(a_text(), "wedge")
        assert isinstance(stage.answer().decision, Admit)
    assert stage.strike.openings == 1


def test_other_faults_of_the_door_come_and_go(stage: Stage) -> None:
    with stage.running() as floor:
        good = stage.keys.keys
        stage.keys.keys = key_set_of(())
        assert stage.faults() == {"no_keys"}
        stage.keys.keys = good
        assert stage.faults() == set()
        stage.free = 5_000_000
        fault = stage.next(FaultsChanged).faults[0]
        assert (fault.kind, fault.detail) == (FaultKind.DISK_FULL, "5 MB free, 100 MB needed")
        stage.free = 1_000_000_000
        assert stage.faults() == set()
        stage.clock.step(-3_600)
        stage.log.raise_clock_floor(UnixSeconds(NOW))
        assert "clock_untrusted" in stage.faults()
        assert floor.facts().clock is ClockTrust.UNTRUSTED
        stage.clock.step(3_600)
        while floor.facts().faults:
            stage.faults()
        assert floor.facts().clock is ClockTrust.TRUSTED


def test_what_a_screen_fails_at_keeps_nobody_outside(stage: Stage) -> None:
    told = threading.Event()

    def broken(_event: object) -> None:
        told.set()
        msg = "the screen is gone"
        raise RuntimeError(msg)

    floor = stage.floor()
    try:
        floor.start(broken)
        floor.present(a_text(), "wedge")
        assert told.wait(10)
    finally:
        floor.stop()
        floor.stop()
    assert stage.strike.openings == 1


def test_a_round_that_fails_in_a_way_nobody_foresaw_is_logged_and_the_next_is_made(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with stage.running():
        stage.free = cast("int", "plenty")
        while "nobody foresaw" not in caplog.text:
            threading.Event().wait(0.05)
        stage.free = 1
        assert stage.faults() == {"disk_full"}


def test_a_device_that_central_shut_out_turns_everybody_away_and_keeps_its_log(
    stage: Stage,
) -> None:
    with stage.running() as floor:
        floor.present(a_text(), "wedge")
        assert isinstance(stage.answer().decision, Admit)
        stage.shut_out = "revoked by the office"
        fault = stage.next(FaultsChanged).faults[0]
        assert (fault.kind, fault.detail) == (FaultKind.DEVICE_REVOKED, "revoked by the office")
        floor.present(a_text(nonce=b"23456789"), "wedge")
        turned_away = stage.answer()
        assert turned_away.decision == Refuse(reason=Reason.DEVICE_REVOKED)
        assert turned_away.seq is not None
        floor.come_on_duty(PIN)
        answer = floor.override(OverrideReason.OTHER, "", None)
        assert answer is not None
        assert answer.decision == Refuse(reason=Reason.DEVICE_REVOKED)
        assert stage.strike.openings == 1
        assert [entry.reason for entry in stage.log.newest_entries(2)] == ["device_revoked"] * 2
        floor.face(Direction.EXIT)  # who is inside can leave
        floor.present(a_text(nonce=b"34567890"), "wedge")
        assert stage.answer().decision == Record(reason=Reason.EXIT)
        floor.face(Direction.ENTRY)
        stage.shut_out = ""
        assert stage.faults() == set()
        floor.present(a_text(nonce=b"45678901"), "wedge")
        assert isinstance(stage.answer().decision, Admit)
