"""The ledger file when the disk, another program or time gets in its way."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import cast

import msgspec
import pytest

from cardcore.audit import ChainHead, parse_entry
from cardcore.audit_proof import ProofRow, Proven, prove
from cardcore.checkpoint import Checkpoint
from cardcore.errors import BrokenAuditChainError, WireError
from cardcore.ids import Epoch, Seq, UnixSeconds
from cardcore.reasons import Reason
from scanner import sqlite
from scanner.adapters.ledger_sqlite import (
    SqliteLedger,
    SqliteLog,
    refuse_affected_sqlite,
)
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.door.decision import Admit, Decision
from scanner.errors import ConfigError, LedgerError
from scanner.sqlite import connect, sqlite3 as used_sqlite, unhurried
from tests.fakes.card_material import NOW, some_claims
from tests.fakes.scanner_door import (
    LONG_AGO,
    a_card,
    a_pipeline,
    a_presentation,
    a_refusal,
    an_attempt,
)
from tests.fakes.scanner_ledger import EPOCH
from tests.fakes.scanner_standings import a_standing
from tests.fakes.vault import VAULT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "door" / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    with closing(_open(path)) as opened:
        yield opened


def _open(
    path: Path, *, rehearsal: bool | None = None, now: UnixSeconds = LONG_AGO
) -> SqliteLedger:
    return SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=now, rehearsal=rehearsal)


@pytest.mark.parametrize("version", ["3.7.0", "3.40.1", "3.51.2"])
def test_a_sqlite_that_can_corrupt_the_ledger_is_refused_with_what_to_install(version: str) -> None:
    with pytest.raises(LedgerError, match=rf"{version} .*pip install pysqlite3"):
        refuse_affected_sqlite(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.53.0", "4.0.0"])
def test_a_sound_sqlite_is_taken(version: str) -> None:
    refuse_affected_sqlite(version)


def test_the_one_in_use_is_sound() -> None:
    refuse_affected_sqlite()


def test_what_was_committed_is_there_after_a_new_start(path: Path) -> None:
    with closing(_open(path)) as first:
        first.commit(an_attempt(some_claims()))
    with closing(_open(path, now=UnixSeconds(NOW))) as again:
        assert again.commit(an_attempt(some_claims())).decision.reason is Reason.REPLAYED
        assert again.recall(some_claims()).began_at == LONG_AGO


def test_nobody_else_may_read_it(path: Path, ledger: SqliteLedger) -> None:
    ledger.commit(a_refusal())
    assert {found.stat().st_mode & 0o077 for found in path.parent.iterdir()} == {0}


def test_a_commit_is_on_the_disk_when_it_returns(ledger: SqliteLedger) -> None:
    row = ledger.database.conn.execute("PRAGMA synchronous").fetchone()
    assert row[0] == 2  # FULL


def test_a_full_disk_refuses_and_admits_again_once_there_is_room(ledger: SqliteLedger) -> None:
    conn = ledger.database.conn
    pipeline = a_pipeline(ledger=ledger)
    conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0]}")
    answers = [pipeline.answer(a_presentation("no card")) for _ in range(40)]
    sick = [answer for answer in answers if answer.seq is None]
    assert sick
    assert all(answer.decision.reason is Reason.LEDGER_UNWRITABLE for answer in sick)
    assert "full" in sick[0].trouble
    refused = pipeline.answer(a_presentation(a_card()))
    assert refused.decision.reason is Reason.LEDGER_UNWRITABLE
    conn.execute("PRAGMA max_page_count = 1000000")
    assert isinstance(pipeline.answer(a_presentation(a_card())).decision, Admit)


def test_a_ledger_that_became_read_only_refuses(ledger: SqliteLedger) -> None:
    ledger.database.conn.execute("PRAGMA query_only = 1")
    answer = a_pipeline(ledger=ledger).answer(a_presentation(a_card()))
    assert (answer.decision.reason, answer.seq) == (Reason.LEDGER_UNWRITABLE, None)
    assert "readonly" in answer.trouble
    with pytest.raises(LedgerError):
        ledger.purge(UnixSeconds(NOW))


def test_a_ledger_that_was_closed_refuses(path: Path) -> None:
    ledger = _open(path)
    ledger.close()
    answer = a_pipeline(ledger=ledger).answer(a_presentation(a_card()))
    assert answer.decision.reason is Reason.LEDGER_UNWRITABLE


def test_a_folder_that_cannot_be_made_is_a_ledger_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LedgerError, match="cannot open"):
        _open(tmp_path / "file" / "ledger.sqlite3")


def test_a_file_that_is_no_ledger_is_kept_beside_and_the_door_goes_on(path: Path) -> None:
    found = b"not a database, but long enough to be taken for one" * 40
    path.parent.mkdir()
    path.write_bytes(found)
    with closing(_open(path)) as ledger:
        assert ledger.commit(a_refusal()).seq == 1
    (aside,) = path.parent.glob("ledger.sqlite3.damaged-*")
    assert aside.read_bytes() == found


def test_a_folder_in_its_place_is_a_ledger_error(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(LedgerError):
        _open(path)


def test_a_rehearsal_ledger_and_a_real_one_are_never_taken_for_each_other(tmp_path: Path) -> None:
    real, rehearsal = tmp_path / "real.sqlite3", tmp_path / "rehearsal.sqlite3"
    _open(real, rehearsal=False).close()
    _open(rehearsal, rehearsal=True).close()
    with pytest.raises(ConfigError, match="is not a rehearsal ledger"):
        _open(real, rehearsal=True)
    with pytest.raises(ConfigError, match="is a rehearsal ledger"):
        _open(rehearsal, rehearsal=False)
    with closing(_open(real)) as one, closing(_open(rehearsal)) as other:
        assert (one.is_rehearsal, other.is_rehearsal) == (False, True)


def test_a_rehearsal_has_no_past_and_a_new_ledger_has_one(tmp_path: Path) -> None:
    with (
        closing(_open(tmp_path / "a", rehearsal=True, now=UnixSeconds(NOW))) as rehearsal,
        closing(_open(tmp_path / "b", now=UnixSeconds(NOW))) as real,
    ):
        assert isinstance(_shown(rehearsal), Admit)
        assert _shown(real).reason is Reason.PURGED


def _shown(ledger: SqliteLedger) -> Decision:
    return a_pipeline(ledger=ledger).answer(a_presentation(a_card())).decision


def test_a_burned_nonce_is_kept_as_long_as_its_token_can_pass_and_then_the_floor_keeps_it_out(
    ledger: SqliteLedger,
) -> None:
    claims = some_claims()
    ledger.commit(an_attempt(claims))
    assert ledger.purge(UnixSeconds(claims.expires_at + 59)) == 0
    assert ledger.recall(claims).purge_floor == 0
    assert ledger.purge(UnixSeconds(claims.expires_at + 60)) == 1
    assert ledger.recall(claims).purge_floor == claims.expires_at
    assert ledger.commit(an_attempt(claims)).decision.reason is Reason.PURGED


def test_the_purge_floor_never_falls(ledger: SqliteLedger) -> None:
    late = some_claims(nonce=b"the late", expires_at=NOW + 90)
    for claims in (late, some_claims(card_id=b"an earlier card!", expires_at=NOW + 10)):
        ledger.commit(an_attempt(claims))
        ledger.purge(UnixSeconds(NOW + 1_000))
    assert ledger.recall(some_claims()).purge_floor == NOW + 90


class _Contended:
    """A connection whose file others are turning to write-ahead: the first ``times`` tries say "locked"."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.told: list[str] = []

    def execute(self, sql: str) -> None:
        self.told.append(sql)
        if sql == "PRAGMA journal_mode=WAL" and self.times > 0:
            self.times -= 1
            msg = "database is locked"
            raise used_sqlite.OperationalError(msg)


def test_while_others_turn_a_new_file_it_waits_for_them_and_not_for_ever() -> None:
    contended = _Contended(2)
    sqlite._use_wal(cast("sqlite3.Connection", contended))
    assert contended.told.count("BEGIN EXCLUSIVE") == contended.told.count("ROLLBACK") == 2
    with pytest.raises(used_sqlite.OperationalError):
        sqlite._use_wal(cast("sqlite3.Connection", _Contended(1_000)))


def _standings(path: Path) -> SqliteStandings:
    return SqliteStandings(path, VAULT)


@pytest.mark.parametrize("opener", [_open, _standings])
def test_programs_that_open_a_new_file_at_once_all_find_it_made_once(
    tmp_path: Path, opener: Callable[[Path], SqliteLedger | SqliteStandings]
) -> None:
    with ThreadPoolExecutor(max_workers=4) as threads:
        for number in range(15):
            path = tmp_path / f"{number}.sqlite3"
            barrier = threading.Barrier(4)

            def one(path: Path = path, barrier: threading.Barrier = barrier) -> None:
                barrier.wait(10)
                opener(path).close()

            for done in [threads.submit(one) for _ in range(4)]:
                done.result(timeout=20)
            with closing(sqlite3.connect(path)) as raw:
                names = [row[0] for row in raw.execute("SELECT name FROM _sqlite_migrations")]
            assert len(names) == len(set(names)) > 0


def test_two_connections_at_once_admit_one_card_once(path: Path) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(max_workers=2) as threads:
        lanes = [stack.enter_context(closing(_open(path))) for _ in range(2)]
        log = stack.enter_context(closing(SqliteLog(path, VAULT)))
        for number in range(50):
            claims = some_claims(
                nonce=number.to_bytes(8, "big"), card_id=number.to_bytes(16, "big")
            )
            barrier = threading.Barrier(2)

            def commit(lane: SqliteLedger, claims=claims, barrier=barrier) -> bool:  # type: ignore[no-untyped-def] # noqa: ANN001
                attempt = an_attempt(claims)
                barrier.wait(10)
                return isinstance(lane.commit(attempt).decision, Admit)

            admitted = [threads.submit(commit, lane) for lane in lanes]
            assert sorted(done.result(timeout=20) for done in admitted) == [False, True]
        assert log.verify(EPOCH).seq == 100


def test_a_log_that_is_not_there_yet_is_a_ledger_error(path: Path) -> None:
    with pytest.raises(LedgerError, match="first scan makes one"):
        SqliteLog(path, VAULT)


def test_a_file_without_tables_is_a_ledger_error(path: Path) -> None:
    connect(path).close()
    with closing(SqliteLog(path, VAULT)) as log:
        for ask in (log.epochs, log.backlog, log.clock_floor, lambda: log.is_rehearsal):
            with pytest.raises(LedgerError):
                ask()
        with pytest.raises(LedgerError):
            log.set_mark(EPOCH, Seq(1))


def test_only_what_can_be_asked_for_again_does_not_wait_for_the_disk(path: Path) -> None:
    def safety() -> int:
        return int(db.conn.execute("PRAGMA synchronous").fetchone()[0])

    full, normal = 2, 1
    with closing(connect(path)) as db:
        with unhurried(db):
            assert safety() == normal
        assert safety() == full
        with pytest.raises(LedgerError), unhurried(db):
            raise LedgerError
        assert safety() == full


class TestReadingTheLog:
    @pytest.fixture
    def log(self, path: Path, ledger: SqliteLedger) -> Iterator[SqliteLog]:
        for _ in range(5):
            ledger.commit(a_refusal())
        with closing(SqliteLog(path, VAULT)) as log:
            yield log

    def test_the_newest_come_first_and_all_of_them_oldest_first(self, log: SqliteLog) -> None:
        assert [found.entry.seq for found in log.newest(2)] == [5, 4]
        assert {found.epoch for found in log.newest(2)} == {EPOCH}
        assert [entry.seq for entry in log.all()] == [1, 2, 3, 4, 5]

    def test_a_sound_chain_verifies_and_an_unknown_epoch_is_empty(self, log: SqliteLog) -> None:
        assert log.verify(EPOCH).seq == 5
        assert log.verify(Epoch(b"anotherE")).seq == 0

    def test_a_changed_entry_is_named(self, log: SqliteLog, ledger: SqliteLedger) -> None:
        line = log.after(EPOCH, Seq(2), 1)[0]
        changed = line.data.replace(b"camera:0", b"camera:1")
        sealed = LedgerSeal(VAULT).entry(changed, line.hash)  # by somebody who has the secret
        ledger.database.conn.execute("UPDATE audit SET data = ? WHERE seq = 3", (sealed,))
        with pytest.raises(BrokenAuditChainError) as caught:
            log.verify(EPOCH)
        assert caught.value.at_seq == 3

    def test_a_missing_entry_is_named(self, log: SqliteLog, ledger: SqliteLedger) -> None:
        ledger.database.conn.execute("DELETE FROM audit WHERE seq = 3")
        with pytest.raises(BrokenAuditChainError) as caught:
            log.verify(EPOCH)
        assert caught.value.at_seq == 3

    def test_a_missing_end_is_noticed(self, log: SqliteLog, ledger: SqliteLedger) -> None:
        ledger.database.conn.execute("DELETE FROM audit WHERE seq = 5")
        with pytest.raises(LedgerError, match="ends at 4, the ledger remembers 5"):
            log.verify(EPOCH)

    def test_an_entry_of_nonsense_is_no_entry(self, log: SqliteLog, ledger: SqliteLedger) -> None:
        digest = log.after(EPOCH, Seq(4), 1)[0].hash
        sealed = LedgerSeal(VAULT).entry(b"\0", digest)
        ledger.database.conn.execute("UPDATE audit SET data = ? WHERE seq = 5", (sealed,))
        with pytest.raises(BrokenAuditChainError):
            log.verify(EPOCH)
        with pytest.raises(WireError):
            list(log.newest(1))

    def test_a_lane_that_writes_while_the_chain_is_walked_is_no_missing_entry(
        self, log: SqliteLog, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def walk(
            entries: Iterable[ProofRow],
            epoch: Epoch,
            signed: Sequence[Checkpoint],
            *,
            start: ChainHead,
        ) -> Proven:
            proven = prove(entries, epoch, signed, start=start)
            ledger.commit(a_refusal())  # after the last entry was read, before the end is compared
            return proven

        monkeypatch.setattr("scanner.adapters.ledger_sqlite.log.prove", walk)
        assert [log.verify(EPOCH).seq for _ in range(3)] == [5, 6, 7]


def test_the_log_names_no_card_of_an_entry_that_has_none(ledger: SqliteLedger, path: Path) -> None:
    ledger.commit(a_refusal())
    with closing(SqliteLog(path, VAULT)) as log:
        entry = parse_entry(log.after(EPOCH, Seq(0), 1)[0].data)
    assert (entry.card_id, entry.nonce) == (None, None)


class TestStandings:
    def test_a_damaged_file_is_moved_aside_and_the_door_goes_on(self, tmp_path: Path) -> None:
        path = tmp_path / "standings.sqlite3"
        damaged = b"not a database, but long enough to be taken for one" * 40
        path.write_bytes(damaged)
        with closing(SqliteStandings(path, VAULT)) as standings:
            standings.remember(some_claims().card_id, a_standing())
            assert standings.cached(some_claims().card_id) == a_standing()
        assert path.with_name("standings.sqlite3.damaged").read_bytes() == damaged

    def test_a_folder_in_its_place_is_a_ledger_error(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match="cannot open"):
            SqliteStandings(tmp_path, VAULT)

    def test_a_closed_one_is_a_ledger_error(self, tmp_path: Path) -> None:
        standings = SqliteStandings(tmp_path / "s", VAULT)
        standings.close()
        with pytest.raises(LedgerError):
            standings.cached(some_claims().card_id)

    def test_a_word_no_state_has_is_a_ledger_error(self, tmp_path: Path) -> None:
        with closing(SqliteStandings(tmp_path / "s", VAULT)) as standings:
            standings.remember(some_claims().card_id, a_standing())
            (card,) = standings._db.conn.execute("SELECT card FROM answered").fetchone()
            (salt,) = standings._db.conn.execute(
                "SELECT salt FROM salts WHERE of = 'answered'"
            ).fetchone()
            lost = msgspec.msgpack.encode([bytes(16), "lost", 1, "active", None, 5])
            cell = VAULT.seal_for("standings", salt).seal(lost, b"card" + card)
            standings._db.conn.execute("UPDATE answered SET cell = ?", (cell,))
            with pytest.raises(LedgerError, match="lost"):
                standings.cached(some_claims().card_id)

    def test_another_central_begins_from_nothing(self, tmp_path: Path) -> None:
        with closing(SqliteStandings(tmp_path / "s", VAULT)) as standings:
            standings.remember(some_claims().card_id, a_standing())
            standings.replace_snapshot(9, UnixSeconds(NOW), iter([]))
            standings.forget()
            assert standings.cached(some_claims().card_id) is None
            assert (standings.snapshot_version, standings.snapshot_issued_at) == (0, None)
            assert standings.snapshot_cards == 0
