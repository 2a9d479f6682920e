"""What a door with a screen relies on in its ledger: what was shown, opened and taken back; and ledgers of old."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from cardcore.audit import Direction
from cardcore.card import Mode
from cardcore.ids import Seq, UnixSeconds
from cardcore.policy import DoorPolicy, Handling
from cardcore.reasons import Reason
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.adapters.ledger_sqlite.admissions import FORGET_AFTER
from scanner.adapters.ledger_sqlite.schema import first_tables
from scanner.door.decision import Admit, Record, Refuse, Review
from scanner.door.replay import Fresh
from scanner.errors import LedgerError
from scanner.sqlite import connect
from tests.fakes.card_material import NOW, some_claims
from tests.fakes.scanner_door import LONG_AGO, a_refusal, an_attempt
from tests.fakes.scanner_ledger import EPOCH
from tests.fakes.vault import VAULT

WINDOW = 12 * 3_600
CARD = some_claims().card_id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=LONG_AGO)) as ledger:
        yield ledger


def test_only_an_admission_that_awaits_a_screen_is_unshown_until_it_is_shown(
    ledger: SqliteLedger,
) -> None:
    ledger.commit(an_attempt(some_claims(nonce=b"11111111", mode=Mode.ONLINE)))
    ledger.commit(replace(a_refusal(), awaits_screen=True))
    admitted = ledger.commit(
        replace(an_attempt(some_claims(nonce=b"22222222", mode=Mode.ONLINE)), awaits_screen=True)
    )
    assert [entry.seq for entry in ledger.unshown(NOW)] == [admitted.seq]
    ledger.shown(Seq(2), NOW)
    assert ledger.unshown(UnixSeconds(NOW + 30))
    assert ledger.unshown(UnixSeconds(NOW + 31)) == ()
    ledger.shown(admitted.seq, NOW)
    assert ledger.unshown(NOW) == ()


def test_an_admission_taken_back_is_neither_shown_nor_opened_for(ledger: SqliteLedger) -> None:
    admitted = ledger.commit(replace(an_attempt(some_claims()), awaits_screen=True))
    undo = an_attempt(decision=Record(reason=Reason.UNDO))
    ledger.commit(replace(undo, undoes=admitted.seq))
    assert ledger.unshown(NOW) == ()
    assert not ledger.opened(admitted.seq, NOW)
    assert ledger.here(NOW, WINDOW) == 0
    last = ledger.last_admission()
    assert last is not None
    assert last.is_undone


def test_an_undo_of_nothing_writes_nothing(ledger: SqliteLedger, path: Path) -> None:
    undo = replace(an_attempt(decision=Record(reason=Reason.UNDO)), undoes=Seq(7))
    with pytest.raises(LedgerError, match="admission 7"):
        ledger.commit(undo)
    with closing(SqliteLog(path, VAULT)) as log:
        assert log.head(EPOCH) == 0


def test_opening_is_claimed_once_and_only_for_an_admission(ledger: SqliteLedger) -> None:
    refused = ledger.commit(a_refusal())
    admitted = ledger.commit(an_attempt(some_claims()))
    assert not ledger.opened(refused.seq, NOW)
    assert [ledger.opened(admitted.seq, NOW) for _ in range(2)] == [True, False]


def test_the_last_place_is_given_once_by_the_policy(ledger: SqliteLedger) -> None:
    for handling, last in (
        (Handling.REFUSE, Refuse(reason=Reason.CAPACITY_FULL)),
        (Handling.REVIEW, Review(reason=Reason.CAPACITY_FULL)),
        (Handling.ADMIT, Admit(reason=Reason.OK)),
    ):
        policy = DoorPolicy(capacity=1, when_full=handling)
        decisions = [
            ledger.commit(
                an_attempt(
                    some_claims(
                        mode=Mode.ONLINE, nonce=bytes([n]) + handling.value[:7].encode().ljust(7)
                    ),
                    policy=policy,
                )
            ).decision
            for n in range(2)
        ]
        assert decisions[-1] == last


def test_a_second_person_under_one_card_stays_inside_when_its_holder_leaves(
    ledger: SqliteLedger,
) -> None:
    override = an_attempt(decision=Admit(reason=Reason.OVERRIDE))
    for _ in range(2):
        ledger.commit(replace(override, entry=replace(override.entry, card_id=CARD)))
    leaving = an_attempt(some_claims(), decision=Record(reason=Reason.EXIT))
    leaving = replace(leaving, entry=replace(leaving.entry, direction=Direction.EXIT))
    for _ in range(2):
        ledger.commit(leaving)
        assert ledger.here(NOW, WINDOW) == 1
        assert ledger.recall(some_claims()).inside_since is None


def test_an_exit_burns_nothing(ledger: SqliteLedger) -> None:
    ledger.commit(an_attempt(some_claims(), decision=Record(reason=Reason.EXIT)))
    assert ledger.recall(some_claims()).replay == Fresh()
    assert ledger.last_admission() is None


def test_admissions_of_long_ago_are_forgotten_by_the_purge(ledger: SqliteLedger) -> None:
    ledger.commit(an_attempt(some_claims()))
    ledger.purge(UnixSeconds(NOW + FORGET_AFTER - 1))
    assert ledger.last_admission() is not None
    ledger.purge(UnixSeconds(NOW + FORGET_AFTER))
    assert ledger.last_admission() is None


def test_a_probe_writes_no_entry_and_fails_where_nothing_can_be_written(
    ledger: SqliteLedger, path: Path
) -> None:
    ledger.probe()
    wal = path.with_name(f"{path.name}-wal")
    before = wal.stat().st_mtime_ns
    floor = ledger.clock_floor
    ledger.probe()
    assert wal.stat().st_mtime_ns > before  # it is a write that reaches the file
    assert ledger.clock_floor == floor
    with closing(SqliteLog(path, VAULT)) as log:
        assert log.head(EPOCH) == 0
    ledger.database.conn.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerError, match="readonly"):
        ledger.probe()


def test_who_is_inside_of_an_older_ledger_stays_inside(path: Path) -> None:
    _older_ledger(path)
    with closing(SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=NOW)) as ledger:
        assert ledger.recall(some_claims()).inside_since == NOW - 60
        assert ledger.here(NOW, WINDOW) == 1
        assert ledger.unshown(NOW) == ()
        assert not ledger.opened(Seq(1), NOW)
        assert ledger.commit(an_attempt(some_claims())).decision == Refuse(reason=Reason.PASSBACK)


def _older_ledger(path: Path) -> None:
    """A ledger as the first version made it, with one card inside."""
    first = Migrations("ledger")
    first()(first_tables)
    db: Database = connect(path)
    with closing(db):
        first.apply(db)
        db.conn.execute("INSERT INTO epochs (no, epoch, began_at) VALUES (1, ?, ?)", (EPOCH, 1))
        db.conn.execute("INSERT INTO state VALUES (1, 1, 0, zeroblob(32), ?, 0, 0, 0)", (LONG_AGO,))
        db.conn.execute("INSERT INTO inside VALUES (?, ?, 1)", (CARD, NOW - 60))
