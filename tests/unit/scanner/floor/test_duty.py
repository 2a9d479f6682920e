"""PINs: right, wrong, locked, cut short, and no longer on duty after a while."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scanner.adapters.ledger_sqlite import SqliteAttendants, SqliteLedger
from scanner.desk import Attendant, PinResult, Role
from scanner.errors import LedgerError
from scanner.floor.duty import Duty
from tests.fakes.floor_parts import digest
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_door import LONG_AGO
from tests.fakes.scanner_ledger import EPOCH
from tests.fakes.vault import VAULT

SAM = Attendant(name="Sam", role=Role.SUPERVISOR)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[SqliteAttendants]:
    path = tmp_path / "ledger.sqlite3"
    SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=LONG_AGO).close()
    with closing(SqliteAttendants(path, VAULT)) as book:
        yield book


class Desk:
    def __init__(self, book: SqliteAttendants) -> None:
        self.clock = FakeClock()
        self.digested: list[str] = []
        self.duty = Duty(book=book, digest=self._digest, clock=self.clock, idle_s=600)

    def _digest(self, pin: str) -> bytes:
        self.digested.append(pin)
        return digest(pin)


def who(duty: Duty) -> Attendant | None:
    return duty.attendant


def test_without_attendants_no_pin_is_right(book: SqliteAttendants) -> None:
    assert Desk(book).duty.begin("2580") is PinResult.NONE_SET


def test_a_right_pin_brings_its_holder_on_duty(book: SqliteAttendants) -> None:
    book.add("Kim", Role.STEWARD, digest("1379"))
    book.add("Sam", Role.SUPERVISOR, digest("2580"))
    duty = Desk(book).duty
    assert who(duty) is None
    assert duty.begin("2580") is PinResult.GOOD
    assert who(duty) == SAM
    assert duty.begin("0000") is PinResult.WRONG
    assert who(duty) == SAM
    duty.end()
    assert who(duty) is None


def test_five_wrong_pins_lock_for_five_minutes_whoever_asks(book: SqliteAttendants) -> None:
    book.add("Sam", Role.SUPERVISOR, digest("2580"))
    desk = Desk(book)
    for _ in range(5):
        assert desk.duty.begin("0001") is PinResult.WRONG
    assert desk.duty.begin("2580") is PinResult.LOCKED
    assert len(desk.digested) == 5  # a locked door does not even look
    desk.clock.advance(299)
    assert Desk(book).duty.begin("2580") is PinResult.LOCKED  # another start of the program
    desk.clock.advance(2)
    assert desk.duty.begin("2580") is PinResult.GOOD


def test_counting_begins_anew_after_a_lock_and_after_a_right_pin(book: SqliteAttendants) -> None:
    book.add("Sam", Role.SUPERVISOR, digest("2580"))
    desk = Desk(book)
    for _ in range(4):
        desk.duty.begin("0001")
    assert desk.duty.begin("2580") is PinResult.GOOD
    for _ in range(5):
        assert desk.duty.begin("0001") is PinResult.WRONG
    desk.clock.advance(301)
    for _ in range(5):
        assert desk.duty.begin("0001") is PinResult.WRONG
    assert desk.duty.begin("2580") is PinResult.LOCKED


def test_a_pin_too_long_is_wrong(book: SqliteAttendants) -> None:
    book.add("Sam", Role.SUPERVISOR, digest("2580"))
    assert Desk(book).duty.begin("2" * 5_000) is PinResult.WRONG


def test_all_holders_are_compared_whoever_it_is(book: SqliteAttendants) -> None:
    for number in range(5):
        book.add(f"Kim {number}", Role.STEWARD, digest(f"137{number}"))
    desk = Desk(book)
    for pin in ("1370", "1374", "9999"):
        desk.duty.begin(pin)
    assert desk.digested == ["1370", "1374", "9999"]  # one digest each, no more for a later holder


def test_idle_ends_duty_and_each_act_puts_that_off(book: SqliteAttendants) -> None:
    book.add("Sam", Role.SUPERVISOR, digest("2580"))
    desk = Desk(book)
    desk.duty.touch()
    desk.duty.begin("2580")
    desk.clock.advance(599)
    desk.duty.touch()
    desk.clock.advance(599)
    assert who(desk.duty) == SAM
    desk.clock.advance(2)
    assert who(desk.duty) is None
    desk.duty.touch()
    assert who(desk.duty) is None


def test_an_attempt_that_cannot_be_written_down_is_none(book: SqliteAttendants) -> None:
    book.add("Sam", Role.SUPERVISOR, digest("2580"))
    desk = Desk(book)
    book.close()
    assert desk.duty.begin("2580") is PinResult.LOCKED
    assert desk.digested == []


def test_no_two_attendants_have_one_pin(book: SqliteAttendants) -> None:
    book.add("Sam", Role.SUPERVISOR, digest("2580"))
    book.add("Sam", Role.STEWARD, digest("2580"))
    with pytest.raises(LedgerError, match="taken"):
        book.add("Kim", Role.STEWARD, digest("2580"))
    assert [holder.attendant.role for holder in book.holders()] == [Role.STEWARD]
    assert book.remove("Sam")
    assert not book.remove("Sam")


def test_attendants_need_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger"):
        SqliteAttendants(tmp_path / "none.sqlite3", VAULT)


def test_who_vouches_does_so_for_one_act_and_comes_not_on_duty(book: SqliteAttendants) -> None:
    book.add("Kim", Role.STEWARD, digest("1379"))
    book.add("Sam", Role.SUPERVISOR, digest("2580"))
    desk = Desk(book)
    desk.duty.begin("1379")
    assert desk.duty.vouch("0000") is PinResult.WRONG
    assert desk.duty.spend() is None
    assert desk.duty.vouch("2580") is PinResult.GOOD
    assert desk.duty.spend() == SAM
    assert desk.duty.spend() is None
    on_duty = who(desk.duty)
    assert on_duty is not None
    assert on_duty.name == "Kim"


def test_a_vouch_ends_soon_and_with_the_duty(book: SqliteAttendants) -> None:
    book.add("Sam", Role.SUPERVISOR, digest("2580"))
    desk = Desk(book)
    desk.duty.vouch("2580")
    desk.clock.advance(30)
    assert desk.duty.spend() is None
    desk.duty.vouch("2580")
    desk.duty.end()
    desk.duty.end()
    assert desk.duty.spend() is None
