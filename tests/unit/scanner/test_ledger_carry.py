"""The tail of an epoch, carried into a new one: what was decided, who is inside and what awaits the screen go with it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from cardcore.audit import parse_entry
from cardcore.ids import Epoch, Seq, UnixSeconds
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from tests.fakes.card_material import NOW, fixed_bytes
from tests.fakes.scanner_door import LONG_AGO, a_refusal, an_attempt
from tests.fakes.scanner_ledger import EPOCH
from tests.fakes.vault import VAULT

NEXT: Final = Epoch(fixed_bytes("next", 8))
LATER: Final = UnixSeconds(NOW + 60)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def ledger(file: Path) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger.open(file, VAULT, new_epoch=EPOCH, now=LONG_AGO)) as ledger:
        yield ledger


@pytest.fixture
def log(ledger: SqliteLedger, file: Path) -> Iterator[SqliteLog]:
    del ledger  # it makes the file
    with closing(SqliteLog(file, VAULT)) as log:
        yield log


def test_the_tail_goes_into_the_new_epoch_with_all_that_hangs_on_it(
    ledger: SqliteLedger, log: SqliteLog
) -> None:
    ledger.commit(a_refusal())
    admitted = ledger.commit(replace(an_attempt(), awaits_screen=True))
    assert admitted.seq == 2
    before = [parse_entry(entry.data) for entry in log.after(EPOCH, Seq(1), 9)]

    assert log.carry(EPOCH, Seq(2), NEXT, LATER) == 1

    assert log.epochs() == (EPOCH, NEXT)
    assert [log.verify(epoch).seq for epoch in log.epochs()] == [1, 1]
    (moved,) = [parse_entry(entry.data) for entry in log.after(NEXT, Seq(0), 9)]
    assert replace(moved, epoch=EPOCH, seq=Seq(2), previous=before[0].previous) == before[0]
    assert [entry.seq for entry in ledger.unshown(UnixSeconds(NOW))] == [1]
    last = ledger.last_admission()
    assert last is not None
    assert last.seq == 1
    assert (log.mark(EPOCH), log.mark(NEXT), log.backlog()) == (1, 0, 1)
    assert ledger.commit(a_refusal()).seq == 2
    assert log.verify(NEXT).seq == 2
    recovery = log.last_recovery()
    assert recovery is not None
    assert "1 entries carried" in recovery.why


def test_an_epoch_that_ended_long_ago_is_left_where_nothing_of_it_is_missing(
    ledger: SqliteLedger, log: SqliteLog
) -> None:
    ledger.commit(a_refusal())
    assert log.carry(EPOCH, Seq(2), NEXT, LATER) == 0
    assert log.epochs() == (EPOCH, NEXT)
    assert log.carry(EPOCH, Seq(2), Epoch(fixed_bytes("more", 8)), LATER) == 0
    assert log.epochs() == (EPOCH, NEXT)


def test_an_epoch_that_is_not_known_was_never_acknowledged(log: SqliteLog) -> None:
    assert log.mark(NEXT) == 0
