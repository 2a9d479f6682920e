"""A ledger that is damaged, older than it was, or a backup: the door goes on, and never by halves."""

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from cardcore.card import Mode
from cardcore.errors import BrokenAuditChainError
from cardcore.ids import Epoch, UnixSeconds
from cardcore.reasons import Reason
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog, opening
from scanner.adapters.ledger_sqlite.backup import back_up
from scanner.adapters.ledger_sqlite.schema import migrations_under
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.errors import LedgerError
from scanner.sqlite import connect, immediate, sqlite3 as used_sqlite
from tests.fakes.card_material import NOW, fixed_bytes, some_claims
from tests.fakes.scanner_door import LONG_AGO, a_refusal, an_attempt
from tests.fakes.vault import VAULT

FIRST, SECOND = Epoch(b"epoch  1"), Epoch(b"epoch  2")
MIGRATIONS: Final = migrations_under(LedgerSeal(VAULT))
LATER: Final = UnixSeconds(NOW + 5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def opened(path: Path, epoch: Epoch = FIRST, now: UnixSeconds = LONG_AGO) -> SqliteLedger:
    return SqliteLedger.open(path, VAULT, new_epoch=epoch, now=now)


def filled(path: Path, entries: int = 60) -> None:
    with closing(opened(path)) as ledger:
        for number in range(entries):
            card = fixed_bytes(f"card {number}", 16)
            ledger.commit(an_attempt(some_claims(card_id=card, mode=Mode.ROTATING)))


def asides(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.damaged-*"))


class TestDamage:
    @pytest.mark.parametrize("page", [0, 1, 2, 3, 5, 8, 13])
    @pytest.mark.parametrize("at", [0, 1, 20, 100, 700])
    def test_flipped_bytes_are_found_or_harmless_and_the_door_decides(
        self, path: Path, page: int, at: int
    ) -> None:
        filled(path)
        data = bytearray(path.read_bytes())
        place = (page * 4_096 + at) % len(data)
        data[place : place + 8] = bytes(byte ^ 0xFF for byte in data[place : place + 8])
        path.write_bytes(data)
        with closing(opened(path, SECOND, LATER)) as ledger:
            assert ledger.commit(a_refusal()).seq in {1, 61}
        for aside in asides(path):
            assert aside.read_bytes() == bytes(data)

    def test_a_new_ledger_refuses_what_may_have_been_burned_in_the_damaged_one(
        self, path: Path
    ) -> None:
        filled(path)
        path.write_bytes(b"nonsense" * 1_000)
        with closing(opened(path, SECOND, UnixSeconds(NOW))) as ledger:
            card = some_claims(card_id=fixed_bytes("card 1", 16), mode=Mode.ROTATING)
            assert ledger.commit(an_attempt(card)).decision.reason is Reason.PURGED
        with closing(SqliteLog(path, VAULT)) as log:
            assert log.epochs() == (SECOND,)
            told = log.last_recovery()
            assert told is not None
            assert (told.at, told.aside) == (NOW, asides(path)[0].name)
            assert "not a database" in told.why

    def test_two_damaged_in_one_second_are_both_kept(self, path: Path) -> None:
        for number in range(2):
            path.write_bytes(b"%d nonsense" % number * 1_000)
            opened(path, SECOND, LATER).close()
        assert [found.read_bytes()[:1] for found in asides(path)] == [b"0", b"1"]

    def test_a_log_that_does_not_end_where_it_says_is_damage(self, path: Path) -> None:
        filled(path)
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("UPDATE audit SET hash = zeroblob(32) WHERE seq = 60")
        opened(path, SECOND, LATER).close()
        assert len(asides(path)) == 1

    def test_a_damaged_ledger_that_another_program_has_open_is_left_to_it(self, path: Path) -> None:
        filled(path)
        with closing(opened(path)):
            path.with_name("ledger.sqlite3-wal").unlink()
            path.with_name("ledger.sqlite3-shm").unlink()
            path.write_bytes(b"nonsense" * 1_000)
            with pytest.raises(LedgerError, match="Another program has it open"):
                opened(path, SECOND, LATER)
        assert asides(path) == []

    def test_the_look_through_is_bounded(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        filled(path)
        monkeypatch.setattr(opening, "CHECK_STEPS", 0)
        monkeypatch.setattr(opening, "_CHECK_EVERY", 1)
        opened(path, SECOND, LATER).close()
        assert asides(path) == []

    def test_a_ledger_that_is_only_locked_is_not_moved(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        filled(path)
        monkeypatch.setattr("scanner.sqlite.BUSY_TIMEOUT", 0.01)
        monkeypatch.setattr("scanner.sqlite.OPENING_PATIENCE", 0.01)
        with closing(used_sqlite.connect(str(path), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(LedgerError, match="locked"):
                opened(path, SECOND, LATER)
        assert asides(path) == []

    def test_a_door_that_starts_waits_longer_for_another_program_than_a_verdict_does(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        filled(path)
        monkeypatch.setattr("scanner.sqlite.BUSY_TIMEOUT", 0.01)
        other = used_sqlite.connect(str(path), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        released = threading.Timer(0.3, other.execute, ("ROLLBACK",))
        released.start()
        with closing(other), closing(opened(path)) as ledger:
            released.join()
            ledger.commit(a_refusal())
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerError, match="locked"):
                ledger.commit(a_refusal())


class TestBackups:
    def test_a_copy_made_beside_a_running_door_is_whole_and_sound(self, path: Path) -> None:
        filled(path)
        target = path.with_name("copy.sqlite3")
        with closing(opened(path)) as ledger:
            made = back_up(path, target, VAULT)
            ledger.commit(a_refusal())
        assert (made.entries, made.epochs, made.size) == (60, 1, target.stat().st_size)
        assert target.stat().st_mode & 0o077 == 0
        assert {found.name for found in path.parent.glob("copy*")} == {"copy.sqlite3"}

    def test_a_copy_put_back_begins_a_new_epoch_and_keeps_what_it_knows(self, path: Path) -> None:
        filled(path)
        target = path.with_name("copy.sqlite3")
        back_up(path, target, VAULT)
        for ending in ("", "-wal", "-shm", ".reached"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        target.replace(path)
        with closing(opened(path, SECOND, UnixSeconds(NOW))) as ledger:
            unseen = some_claims(card_id=fixed_bytes("card 999", 16), mode=Mode.ROTATING)
            assert ledger.commit(an_attempt(unseen)).decision.reason is Reason.PURGED
        with closing(opened(path, Epoch(b"epoch  3"), LATER)) as ledger:
            assert ledger.commit(a_refusal()).seq == 2
        with closing(SqliteLog(path, VAULT)) as log:
            assert log.epochs() == (FIRST, SECOND)
            assert [log.verify(epoch).seq for epoch in log.epochs()] == [60, 2]
            told = log.last_recovery()
            assert told is not None
            assert "backup" in told.why

    def test_an_older_file_put_back_by_hand_begins_a_new_epoch(self, path: Path) -> None:
        filled(path)
        older = path.read_bytes()
        filled(path, 3)
        path.write_bytes(older)
        with closing(opened(path, SECOND, LATER)) as ledger:
            assert ledger.commit(a_refusal()).seq == 1
        with closing(SqliteLog(path, VAULT)) as log:
            told = log.last_recovery()
            assert told is not None
            assert "older copy" in told.why

    @pytest.mark.parametrize("entries", [0, 1])
    def test_another_file_begins_a_new_epoch_even_an_empty_one(
        self, path: Path, tmp_path: Path, entries: int
    ) -> None:
        filled(path)
        other = tmp_path / "other" / "ledger.sqlite3"
        with closing(opened(other, Epoch(b"epoch  9"))) as ledger:
            for _ in range(entries):
                ledger.commit(a_refusal())
        shutil.copy(other, path)
        opened(path, SECOND, LATER).close()
        with closing(SqliteLog(path, VAULT)) as log:
            assert log.epochs() == (Epoch(b"epoch  9"), SECOND)

    def test_what_was_closed_twice_is_closed(self, path: Path) -> None:
        ledger = opened(path)
        ledger.close()
        ledger.close()

    @pytest.mark.parametrize("noted", [b"", b"[]", b'{"epoch": 7}', b'{"epoch": "zz", "seq": 1}'])
    def test_a_note_of_nonsense_says_nothing(self, path: Path, noted: bytes) -> None:
        filled(path)
        path.with_name("ledger.sqlite3.reached").write_bytes(noted)
        with closing(opened(path, SECOND, LATER)) as ledger:
            assert ledger.commit(a_refusal()).seq == 61

    def test_a_broken_log_makes_no_backup(self, path: Path) -> None:
        filled(path)
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("DELETE FROM audit WHERE seq = 3")
        target = path.with_name("copy.sqlite3")
        with pytest.raises(BrokenAuditChainError):
            back_up(path, target, VAULT)
        assert list(path.parent.glob("copy*")) == []

    def test_the_ledger_is_no_target_for_its_own_copy(self, path: Path) -> None:
        filled(path)
        with pytest.raises(LedgerError, match="the ledger itself"):
            back_up(path, path, VAULT)


class TestMigrations:
    NAMES: Final = [step.name for step in MIGRATIONS._migrations]

    @pytest.mark.parametrize("newest", range(1, len(NAMES)))
    @pytest.mark.parametrize("opener", ["ledger", "log"])
    def test_every_earlier_schema_comes_up_with_what_it_holds(
        self, path: Path, newest: int, opener: str
    ) -> None:
        _an_earlier_ledger(path, self.NAMES[newest], in_admissions=newest > 1)
        if opener == "ledger":
            opened(path).close()
        with closing(SqliteLog(path, VAULT)) as log:
            assert log.epochs() == (FIRST,)
            assert log.inside_since(some_claims().card_id) == NOW
            assert (log.clock_memory.floor, log.clock_memory.anchor) == (NOW, None)
            assert log.last_recovery() is None
        with closing(opened(path)) as ledger:
            assert ledger.recall(some_claims()).purge_floor == 77
            assert ledger.commit(an_attempt(some_claims())).decision.reason is Reason.REPLAYED


def _an_earlier_ledger(path: Path, stop_before: str, *, in_admissions: bool) -> None:
    claims = some_claims(mode=Mode.ROTATING)
    db = connect(path)
    with closing(db.conn), immediate(db):
        MIGRATIONS.apply(db, stop_before=stop_before)
        run = db.conn.execute
        run("INSERT INTO epochs (no, epoch, began_at) VALUES (1, ?, 5)", (FIRST,))
        run(
            "INSERT INTO state (id, epoch, seq, head, began_at, rehearsal, purge_floor, clock_floor) "
            "VALUES (1, 1, 0, zeroblob(32), 5, 0, 77, ?)",
            (NOW,),
        )
        run(
            "INSERT INTO burned VALUES (?, ?, ?, ?, 'Door')",
            (claims.card_id, claims.nonce, claims.expires_at, NOW),
        )
        if in_admissions:
            run(
                "INSERT INTO admissions (epoch, seq, card_id, since, wall, mono, boot_id) "
                "VALUES (1, 1, ?, ?, 0, 0, x'')",
                (claims.card_id, NOW),
            )
        else:
            run("INSERT INTO inside VALUES (?, ?, 1)", (claims.card_id, NOW))


def test_the_note_beside_names_the_last_entry(path: Path) -> None:
    filled(path, 4)
    noted = json.loads(path.with_name("ledger.sqlite3.reached").read_bytes())
    assert noted == {"epoch": FIRST.hex(), "seq": 4}
