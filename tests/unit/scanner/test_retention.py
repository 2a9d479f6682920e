"""Old entries go once central has signed that it holds them, and nothing else goes, whoever says what."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from cardcore.audit import START, ChainHead, ClockTrust
from cardcore.errors import BrokenAuditChainError
from cardcore.ids import DeviceId, Epoch, Seq, UnixSeconds
from cardcore.wire import MarkAnswer
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.door.moment import MICROS
from scanner.errors import ForeignLogError, LedgerError, LinkDownError, LinkRefusedError
from scanner.sync.fork import Aid
from scanner.sync.retention import DAY, EVERY, Retention
from scanner.sync.upload import UploadReport, upload_all
from tests.fakes.card_material import NOW, VENUE, fixed_bytes
from tests.fakes.scanner_central import OTHER_SECRET, ROOT, FakeCentral
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_door import a_refusal
from tests.fakes.scanner_ledger import EPOCH
from tests.fakes.vault import VAULT

KEPT: Final = 30 * DAY
OLD: Final = -31 * DAY


class Room:
    """A ledger, its central, and what becomes of old entries."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.central = FakeCentral()
        self.trust = ClockTrust.TRUSTED
        began = UnixSeconds(NOW - 90 * DAY)
        self.ledger = SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=began)
        self.log = SqliteLog(path, VAULT)
        self.retention = Retention(
            link=self.central,
            log=self.log,
            clock=self.clock,
            trust=lambda _at: self.trust,
            root=ROOT,
            audience=VENUE,
            device=DeviceId("dev-1"),
            keep_for=KEPT,
        )
        self.told: list[int] = []

    def close(self) -> None:
        self.log.close()
        self.ledger.close()

    def write(self, *ages: int, clock: ClockTrust = ClockTrust.TRUSTED) -> None:
        """Entries written at so many seconds from now."""
        for age in ages:
            attempt = a_refusal()
            wall = (NOW + age) * MICROS
            self.ledger.commit(
                replace(attempt, entry=replace(attempt.entry, wall=wall, clock=clock))
            )

    def sync(self) -> UploadReport:
        aid = Aid(
            tell=lambda _epoch, believed: self.told.append(believed),
            resume=self.retention.resume,
            new_epoch=lambda: Epoch(fixed_bytes("next", 8)),
            now=lambda: UnixSeconds(NOW),
        )
        return upload_all(self.central, self.log, aid=aid)

    def kept(self) -> list[int]:
        return [entry.seq for entry in self.log.after(EPOCH, Seq(0), 9_999)]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with closing(Room(tmp_path / "ledger.sqlite3")) as made:
        yield made


def test_what_is_old_and_held_goes_and_the_chain_is_walked_on(room: Room) -> None:
    room.write(OLD, OLD, OLD, -29 * DAY, 0)
    room.sync()
    assert room.retention.tend() == 3
    assert (room.kept(), room.log.removed_in_all()) == ([4, 5], 3)
    assert room.log.verify(EPOCH).seq == 5
    room.write(1)
    assert (room.sync().uploaded, room.log.backlog(), room.log.head(EPOCH)) == (1, 0, 6)
    assert room.central.heads[EPOCH] == room.log.verify(EPOCH)


def test_nothing_goes_that_central_does_not_hold(room: Room) -> None:
    room.write(OLD, OLD, OLD)
    assert room.retention.tend() == 0
    room.central.keeps_at_most = 2
    with pytest.raises(LinkDownError):
        room.sync()
    room.clock.advance(EVERY // MICROS)
    assert room.retention.tend() == 1
    assert room.kept() == [2, 3]


def test_the_newest_entry_that_central_holds_stays_however_old(room: Room) -> None:
    room.write(OLD, OLD)
    room.sync()
    assert room.retention.tend() == 1
    room.clock.advance(365 * DAY)
    assert room.retention.tend() == 0
    assert room.kept() == [2]


def test_what_a_doubted_clock_wrote_is_as_old_as_what_came_next(room: Room) -> None:
    room.write(-9_000 * DAY, clock=ClockTrust.UNTRUSTED)
    room.write(-20 * DAY)
    room.write(-9_000 * DAY, -9_000 * DAY, clock=ClockTrust.UNTRUSTED)
    room.sync()
    assert room.retention.tend() == 0
    room.clock.advance(11 * DAY)
    assert room.retention.tend() == 2
    assert room.kept() == [3, 4]


@pytest.mark.parametrize("trust", [ClockTrust.HOLDOVER, ClockTrust.UNTRUSTED])
def test_while_the_clock_is_in_doubt_nothing_goes(room: Room, trust: ClockTrust) -> None:
    room.write(OLD, OLD)
    room.sync()
    room.trust = trust
    assert room.retention.tend() == 0
    room.trust = ClockTrust.TRUSTED
    assert room.retention.tend() == 1


def test_it_looks_once_an_hour(room: Room) -> None:
    room.write(OLD, OLD, OLD)
    room.sync()
    assert room.retention.tend() == 2
    room.write(OLD, OLD)
    room.sync()
    assert room.retention.tend() == 0
    room.clock.advance(EVERY // MICROS)
    assert room.retention.tend() == 2


def test_much_goes_in_several_transactions(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.sync.retention.AT_ONCE", 3)
    room.write(*[OLD] * 8)
    room.sync()
    assert room.retention.tend() == 7
    assert room.central.asked.count("receipt") == 3


class TestLies:
    """Somebody answers in central's place, or central is not what it was."""

    def _another_root(self, room: Room) -> None:
        room.central.root_secret = OTHER_SECRET

    def _another_device(self, room: Room) -> None:
        room.central.device = DeviceId("dev-2")

    def _another_history(self, room: Room) -> None:
        room.central.held[EPOCH][0] = b"another"

    def _older(self, room: Room) -> None:
        room.central.put_back(EPOCH, 0)

    @pytest.mark.parametrize("lie", [_another_root, _another_device, _another_history, _older])
    def test_without_centrals_word_for_this_entry_nothing_goes(
        self, room: Room, lie: Callable[["TestLies", Room], None]
    ) -> None:
        room.write(OLD, OLD)
        room.sync()
        lie(self, room)
        assert room.retention.tend() == 0
        assert (room.kept(), room.log.removed(EPOCH)) == ([1, 2], (START, b""))

    def test_what_is_no_document_at_all_empties_nothing(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room.write(OLD, OLD)
        room.sync()
        monkeypatch.setattr(room.central, "receipt", lambda _epoch, _seq: b"<html>")
        assert (room.retention.tend(), room.kept()) == (0, [1, 2])

    def test_central_away_is_a_link_error_and_is_asked_again(self, room: Room) -> None:
        room.write(OLD, OLD)
        room.sync()
        room.central.down = True
        with pytest.raises(LinkDownError):
            room.retention.tend()
        room.central.down = False
        assert room.retention.tend() == 1


class TestResuming:
    def test_a_central_put_back_to_before_what_was_removed_goes_on_by_its_own_receipt(
        self, room: Room
    ) -> None:
        room.write(OLD, OLD, OLD, 0)
        room.sync()
        room.retention.tend()
        room.write(1)
        room.central.put_back(EPOCH, 1)
        assert (room.sync().uploaded, room.log.backlog()) == (2, 0)
        assert room.told[-1] == 4
        assert room.central.heads[EPOCH] == room.log.verify(EPOCH)
        asked = len(room.central.asked)
        assert room.sync().uploaded == 0
        assert "resume" not in room.central.asked[asked:]

    def test_a_central_put_back_to_what_is_left_is_sent_it_again(self, room: Room) -> None:
        room.write(OLD, OLD, OLD, 0)
        room.sync()
        room.retention.tend()
        room.central.put_back(EPOCH, 3)
        assert room.sync().uploaded == 1
        assert "resume" not in room.central.asked

    def test_a_central_that_does_not_take_its_receipt_marks_nothing(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room.write(OLD, OLD, OLD, 0)
        room.sync()
        room.retention.tend()
        room.central.put_back(EPOCH, 0)

        def refuse(_receipt: bytes) -> MarkAnswer:
            raise LinkRefusedError(400, "urn:x", "not a receipt of this central")

        monkeypatch.setattr(room.central, "resume", refuse)
        with pytest.raises(LinkRefusedError, match="not a receipt"):
            room.sync()
        assert (room.log.mark(EPOCH), room.kept()) == (4, [4])

    def test_a_lie_about_where_it_goes_on_marks_nothing(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room.write(OLD, OLD, OLD, 0)
        room.sync()
        room.retention.tend()
        room.central.put_back(EPOCH, 0)
        lie = MarkAnswer(epoch=EPOCH.hex(), mark=4, hash="ab" * 32)
        monkeypatch.setattr(room.central, "resume", lambda _receipt: lie)
        with pytest.raises(LinkRefusedError, match="sent from 4"):
            room.sync()
        assert room.log.mark(EPOCH) == 4

    def test_another_history_behind_what_was_removed_is_not_gone_through(self, room: Room) -> None:
        room.write(OLD, OLD, OLD, 0)
        room.sync()
        room.retention.tend()
        room.log.set_mark(EPOCH, Seq(3))  # as far as a central that was put back had come
        room.central.heads[EPOCH] = ChainHead(seq=Seq(3), hash=bytes(32))
        with pytest.raises(ForeignLogError, match=r"entry 3 .* is removed"):
            room.sync()


class TestLedger:
    @pytest.mark.parametrize(
        ("seq", "digest"), [(2, None), (3, None), (0, bytes(32)), (1, bytes(32))]
    )
    def test_only_an_entry_that_is_there_and_not_the_newest_can_go(
        self, room: Room, seq: int, digest: bytes | None
    ) -> None:
        room.write(OLD, OLD)
        known = digest or room.log.hash_at(EPOCH, Seq(seq)) or bytes(32)
        with pytest.raises(LedgerError, match="is not there to be removed"):
            room.log.remove(EPOCH, ChainHead(seq=Seq(seq), hash=known), b"", UnixSeconds(NOW))
        assert room.kept() == [1, 2]

    def test_a_chain_that_does_not_follow_what_was_removed_is_broken(self, room: Room) -> None:
        room.write(OLD, OLD, OLD)
        room.sync()
        room.retention.tend()
        room.log._db.execute("UPDATE removed SET hash = zeroblob(32)")
        with pytest.raises(BrokenAuditChainError):
            room.log.verify(EPOCH)
