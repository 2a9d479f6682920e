"""A log and a central that do not agree: what is found out, what is carried on, what is refused."""

import copy
from dataclasses import dataclass, field, replace
from typing import Final

import pytest

from cardcore.audit import ChainHead, verify_chain
from cardcore.ids import Epoch, Seq, UnixSeconds
from cardcore.wire import MAX_BATCH_ENTRIES, AuditBatch, BatchAnswer
from scanner.door.moment import MICROS
from scanner.errors import ForeignLogError, LinkDownError, LinkRefusedError
from scanner.ports import Attempt
from scanner.sync.fork import Aid
from scanner.sync.upload import upload_all
from tests.fakes.card_material import NOW, fixed_bytes
from tests.fakes.scanner_central import FakeCentral
from tests.fakes.scanner_door import a_refusal
from tests.fakes.scanner_ledger import EPOCH, FakeLedger

LATER: Final = UnixSeconds(NOW + 60)


def _refused(later: int) -> Attempt:
    attempt = a_refusal()
    wall = attempt.entry.wall + later * MICROS
    return replace(attempt, entry=replace(attempt.entry, wall=wall))


@dataclass
class _Aiding:
    """An Aid that remembers what it did."""

    told: list[tuple[Epoch, int]] = field(default_factory=list)
    begun: list[Epoch] = field(default_factory=list)

    def tell(self, epoch: Epoch, believed: Seq) -> None:
        self.told.append((epoch, believed))

    def new_epoch(self) -> Epoch:
        self.begun.append(Epoch(fixed_bytes(f"epoch {len(self.begun)}", 8)))
        return self.begun[-1]

    @property
    def aid(self) -> Aid:
        return Aid(tell=self.tell, new_epoch=self.new_epoch, now=lambda: LATER)


class _Venue:
    def __init__(self) -> None:
        self.central = FakeCentral()
        self.ledger = FakeLedger()
        self.aiding = _Aiding()

    def write(self, entries: int, *, wall: int = 0) -> None:
        for _ in range(entries):
            self.ledger.commit(_refused(wall))

    def sync(self) -> int:
        return upload_all(self.central, self.ledger, aid=self.aiding.aid).uploaded

    def put_back(self, old: FakeLedger) -> None:
        self.ledger = copy.deepcopy(old)

    def all_held(self) -> bool:
        """Whether central holds every entry of this log, each epoch an unbroken chain."""
        for epoch in self.ledger.epochs():
            here = [entry.data for entry in self.ledger.after(epoch, Seq(0), 10_000)]
            held = self.central.held.get(epoch, [])
            verify_chain(held, epoch)
            if held[: len(here)] != here:
                return False
        return self.ledger.backlog() == 0


@pytest.mark.parametrize("common", [1, 2, MAX_BATCH_ENTRIES + 1])
@pytest.mark.parametrize("alike", [0, 1, 5])
def test_what_was_written_after_an_old_copy_was_put_back_goes_into_a_new_epoch(
    common: int, alike: int
) -> None:
    venue = _Venue()
    venue.write(common)
    venue.sync()
    marked = copy.deepcopy(venue.ledger)
    venue.write(alike)
    marked.log = list(venue.ledger.log)  # the copy was made when central had heard of less
    venue.write(3, wall=1)
    venue.sync()
    venue.put_back(marked)
    venue.write(4, wall=2)
    venue.sync()
    assert venue.ledger.epoch == venue.aiding.begun[0]
    assert len(venue.ledger.log) == 4
    assert venue.ledger.began_at == LATER  # what was burned since the copy is forgotten
    assert len(venue.ledger.past[EPOCH]) == common + alike
    assert venue.all_held()
    assert len(venue.central.held[EPOCH]) == common + alike + 3


def test_an_old_copy_with_nothing_new_begins_a_new_epoch_before_it_forks() -> None:
    venue = _Venue()
    venue.write(2)
    venue.sync()
    old = copy.deepcopy(venue.ledger)
    venue.write(2, wall=1)
    venue.sync()
    venue.put_back(old)
    for _ in range(3):
        venue.sync()
    assert len(venue.aiding.begun) >= 1
    assert venue.ledger.epoch == venue.aiding.begun[0]
    venue.write(1, wall=2)
    venue.sync()
    assert venue.all_held()


def test_a_mark_ahead_of_an_epoch_never_acknowledged_begins_no_epochs() -> None:
    venue = _Venue()
    venue.write(1)
    venue.central.heads[EPOCH] = ChainHead(seq=Seq(9), hash=bytes(31) + b"!")
    for _ in range(3):
        with pytest.raises(ForeignLogError, match="never acknowledged"):
            venue.sync()
    assert venue.aiding.begun == []
    assert venue.ledger.backlog() == 1


def _forked_before_any_reply(common: int) -> _Venue:
    """Central holds two entries behind ``common`` that this log lost; it has never heard of central's mark."""
    venue = _Venue()
    venue.write(common)
    old = copy.deepcopy(venue.ledger)
    venue.write(2, wall=1)
    venue.sync()
    venue.put_back(old)
    return venue


@pytest.mark.parametrize("common", [0, 1, 3])
def test_a_copy_from_before_the_first_reply_carries_on_once_it_has_something_to_tell(
    common: int,
) -> None:
    venue = _forked_before_any_reply(common)
    with pytest.raises(ForeignLogError, match="never acknowledged"):
        venue.sync()
    assert venue.aiding.begun == []
    venue.write(2, wall=2)
    for _ in range(3):
        venue.sync()
    assert venue.ledger.epochs() == (EPOCH, venue.aiding.begun[0])
    assert venue.all_held()
    assert len(venue.central.held[EPOCH]) == common + 2


def test_an_old_epoch_never_acknowledged_that_central_holds_is_no_trouble() -> None:
    venue = _forked_before_any_reply(1)
    venue.ledger.past[EPOCH] = venue.ledger.log
    venue.ledger.epoch, venue.ledger.log = Epoch(fixed_bytes("later", 8)), []
    venue.write(2, wall=2)
    before = venue.ledger.epochs()
    venue.sync()
    assert venue.ledger.epochs() == before
    assert venue.ledger.marks[EPOCH] == 1
    assert venue.all_held()


def test_logs_that_share_not_even_their_first_entry_part_once_and_no_more() -> None:
    venue = _forked_before_any_reply(0)
    venue.write(1, wall=2)
    venue.sync()
    begun = venue.ledger.epoch
    other = FakeLedger(epoch=begun)
    other.commit(_refused(9))
    venue.central = FakeCentral()
    upload_all(venue.central, other)
    venue.ledger.marks[begun] = Seq(0)
    with pytest.raises(ForeignLogError, match="never acknowledged"):
        venue.sync()
    assert len(venue.aiding.begun) == 1


def test_a_central_that_knows_none_of_it_any_more_is_refused() -> None:
    venue = _Venue()
    venue.write(2)
    venue.sync()
    other = FakeLedger()
    for _ in range(3):
        other.commit(_refused(9))
    venue.central = FakeCentral()
    upload_all(venue.central, other)
    with pytest.raises(ForeignLogError, match="but another"):
        venue.sync()
    assert venue.aiding.begun == []


def test_an_answer_that_contradicts_the_mark_begins_no_epoch() -> None:
    class _Forgetful(FakeCentral):
        def upload(self, batch: AuditBatch) -> BatchAnswer:
            return BatchAnswer(
                epoch=batch.epoch, mark=9, hash="00", accepted=0, duplicate=0, quarantined=[]
            )

    venue = _Venue()
    venue.write(2)
    venue.sync()
    venue.central = _Forgetful()
    venue.central.heads[EPOCH] = ChainHead(seq=Seq(9), hash=bytes(32))
    with pytest.raises(ForeignLogError, match="contradicts"):
        venue.sync()
    assert venue.aiding.begun == []


def test_another_no_while_looking_for_the_fork_is_told_as_it_is() -> None:
    class _Closed(FakeCentral):
        def upload(self, batch: AuditBatch) -> BatchAnswer:
            raise LinkRefusedError(403, "urn:x", batch.epoch)

    venue = _Venue()
    venue.write(2)
    venue.sync()
    venue.central = _Closed()
    venue.central.heads[EPOCH] = ChainHead(seq=Seq(9), hash=bytes(32))
    with pytest.raises(LinkRefusedError):
        venue.sync()


def test_what_central_lost_is_told_to_it_before_it_is_sent_again() -> None:
    venue = _Venue()
    venue.write(3)
    venue.sync()
    assert venue.aiding.told == [(EPOCH, 0)]
    venue.central = FakeCentral()  # restored from before
    assert venue.sync() == 3
    assert venue.aiding.told[-1] == (EPOCH, 3)
    assert venue.all_held()


class _Strict(FakeCentral):
    """Refuses everything of one epoch."""

    def __init__(self, refused: Epoch) -> None:
        super().__init__()
        self.refused = refused

    def upload(self, batch: AuditBatch) -> BatchAnswer:
        if batch.epoch == self.refused.hex():
            raise LinkRefusedError(422, "urn:x", "not this one")
        return super().upload(batch)


def test_a_refusal_in_an_old_epoch_does_not_stop_later_ones() -> None:
    venue = _Venue()
    venue.write(2)
    later = Epoch(fixed_bytes("later", 8))
    venue.ledger.past[EPOCH] = venue.ledger.log
    venue.ledger.epoch, venue.ledger.log = later, []
    venue.write(3)
    venue.central = _Strict(EPOCH)
    with pytest.raises(LinkRefusedError, match="not this one"):
        venue.sync()
    assert venue.ledger.marks == {EPOCH: 0, later: 3}


def test_an_old_epoch_that_is_of_another_log_does_not_stop_later_ones() -> None:
    venue = _Venue()
    later = Epoch(fixed_bytes("later", 8))
    venue.write(1)
    venue.ledger.past[EPOCH] = venue.ledger.log
    venue.ledger.epoch, venue.ledger.log = later, []
    venue.write(3)
    venue.central.heads[EPOCH] = ChainHead(seq=Seq(1), hash=bytes(32))
    with pytest.raises(LinkDownError, match="contradicts"):
        venue.sync()
    assert venue.ledger.marks == {later: 3}


def test_an_old_epoch_of_which_central_holds_more_is_left_alone() -> None:
    venue = _Venue()
    venue.write(2)
    venue.sync()
    old = copy.deepcopy(venue.ledger)
    venue.write(1)
    venue.sync()
    venue.put_back(old)
    venue.sync()
    begun = venue.ledger.epochs()
    venue.sync()
    assert venue.ledger.epochs() == begun
