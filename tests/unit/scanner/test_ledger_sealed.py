"""A ledger at rest: no card, name or entry in its bytes, none under another secret, and old ones are sealed over."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from cardcore.audit import AuditEntry, parse_entry
from cardcore.card import Mode
from cardcore.errors import BrokenAuditChainError
from cardcore.ids import Seq
from cardcore.reasons import Reason
from scanner.adapters.ledger_sqlite import SqliteAttendants, SqliteLedger, SqliteLog
from scanner.adapters.ledger_sqlite.backup import back_up
from scanner.adapters.ledger_sqlite.schema import migrations_under
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.desk import Role
from scanner.errors import LedgerError
from scanner.sealing import Vault
from scanner.sqlite import connect, immediate
from tests.fakes.card_material import NOW, fixed_bytes, some_claims
from tests.fakes.scanner_door import LONG_AGO, a_refusal, an_attempt
from tests.fakes.scanner_ledger import EPOCH
from tests.fakes.vault import OTHER_VAULT, VAULT

CLAIMS: Final = some_claims(mode=Mode.ROTATING, card_id=fixed_bytes("the card", 16))
NAME: Final = "Kim Rosenberg"
SECRETS: Final[tuple[bytes, ...]] = (
    CLAIMS.card_id,
    CLAIMS.card_id.hex().encode(),
    NAME.encode(),
    b"camera:0",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def opened(path: Path, vault: Vault = VAULT) -> SqliteLedger:
    return SqliteLedger.open(path, vault, new_epoch=EPOCH, now=LONG_AGO)


@pytest.fixture
def filled(path: Path) -> Iterator[Path]:
    """A ledger that is open still, so that what was written ahead is looked through, too."""
    with closing(opened(path)) as ledger, closing(SqliteAttendants(path, VAULT)) as book:
        ledger.commit(an_attempt(CLAIMS))
        ledger.commit(a_refusal())
        book.add(NAME, Role.STEWARD, bytes(32))
        yield path


def on_disk(path: Path) -> bytes:
    return b"".join(found.read_bytes() for found in sorted(path.parent.glob("*")))


def test_no_card_name_or_entry_stands_in_its_files(filled: Path, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "copy.sqlite3", VAULT)
    files = on_disk(filled)
    assert not [secret for secret in SECRETS if secret in files]
    assert bytes(EPOCH) in files  # the search itself finds what is there in the open


def test_under_another_secret_it_is_not_opened_and_not_moved_aside(filled: Path) -> None:
    for opener in (
        lambda: opened(filled, OTHER_VAULT),
        lambda: SqliteLog(filled, OTHER_VAULT),
        lambda: SqliteAttendants(filled, OTHER_VAULT),
    ):
        with pytest.raises(LedgerError, match=r"another secret\. Put that back"):
            opener()
    with closing(SqliteLog(filled, VAULT)) as log:
        assert log.verify(EPOCH).seq == 2
    assert [found.name for found in filled.parent.glob("*damaged*")] == []


def test_what_was_burned_is_burned_after_a_start(filled: Path) -> None:
    with closing(opened(filled)) as again:
        assert again.commit(an_attempt(CLAIMS)).decision.reason is Reason.REPLAYED
        last = again.last_admission()
        assert last is not None
        assert last.card_id == CLAIMS.card_id


class TestTampering:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE audit SET data = CAST(x'00' || substr(data, 2) AS BLOB) WHERE seq = 2",
            "UPDATE audit SET data = (SELECT data FROM audit WHERE seq = 1) WHERE seq = 2",
            "UPDATE audit SET hash = zeroblob(32) WHERE seq = 2",
        ],
        ids=["a byte", "another entry's", "its hash"],
    )
    def test_an_entry_that_does_not_open_in_its_place_is_named(
        self, filled: Path, sql: str
    ) -> None:
        with closing(sqlite3.connect(filled, isolation_level=None)) as raw:
            raw.execute(sql)
        with closing(SqliteLog(filled, VAULT)) as log:
            with pytest.raises(BrokenAuditChainError, match="another secret, or damaged") as broken:
                log.verify(EPOCH)
            assert broken.value.at_seq == 2
            for ask in (lambda: list(log.newest(5)), lambda: list(log.all())):
                with pytest.raises(LedgerError, match="an entry of the log"):
                    ask()
            with pytest.raises(LedgerError, match="an entry of the log"):
                log.after(EPOCH, Seq(0), 10)

    def test_an_attendant_under_another_ones_pin_is_refused(self, filled: Path) -> None:
        with closing(SqliteAttendants(filled, VAULT)) as book:
            for sql in (
                "UPDATE holders SET digest = zeroblob(31)",
                "UPDATE holders SET kept = x''",
            ):
                book._db.conn.execute(sql)
                with pytest.raises(LedgerError, match="an attendant is"):
                    book.holders()

    def test_an_attendant_of_another_form_is_refused(self, filled: Path) -> None:
        kept = LedgerSeal(VAULT).holder(b"\xc0", bytes(32))
        with closing(SqliteAttendants(filled, VAULT)) as book:
            book._db.conn.execute("UPDATE holders SET kept = ?", (kept,))
            with pytest.raises(LedgerError, match="cannot be read"):
                book.holders()

    def test_a_mark_that_was_taken_away_is_another_secret(self, filled: Path) -> None:
        with closing(sqlite3.connect(filled, isolation_level=None)) as raw:
            raw.execute("DELETE FROM sealed")
        with pytest.raises(LedgerError, match="another secret"):
            opened(filled)


class TestSealingOver:
    def _in_the_open(self, path: Path) -> tuple[AuditEntry, ...]:
        """A ledger as the program before wrote it: the same rows, without seal or handle."""
        ours = path.with_name("ours.sqlite3")
        with closing(opened(ours)) as ledger:
            for number in range(50):
                claims = some_claims(mode=Mode.ROTATING, card_id=fixed_bytes(f"card {number}", 16))
                ledger.commit(an_attempt(claims))
            ledger.commit(an_attempt(CLAIMS))
            with closing(SqliteLog(ours, VAULT)) as log:
                entries = log.after(EPOCH, Seq(0), 100)
        db = connect(path)
        with closing(db.conn), immediate(db):
            migrations_under(LedgerSeal(VAULT)).apply(db, stop_before="sealed")
            run = db.conn.execute
            run("INSERT INTO epochs (no, epoch, began_at) VALUES (1, ?, 5)", (EPOCH,))
            run(
                "INSERT INTO state (id, epoch, seq, head, began_at, rehearsal, purge_floor, clock_floor) "
                "VALUES (1, 1, ?, ?, 5, 0, 0, 0)",
                (len(entries), entries[-1].hash),
            )
            run("INSERT INTO attendants VALUES (?, 'supervisor', zeroblob(32))", (NAME,))
            for line in entries:
                entry = parse_entry(line.data)
                run("INSERT INTO audit VALUES (1, ?, ?, ?)", (line.seq, line.hash, line.data))
                run(
                    "INSERT INTO burned VALUES (?, ?, ?, ?, 'Door')",
                    (entry.card_id, entry.nonce, CLAIMS.expires_at, NOW),
                )
                run(
                    "INSERT INTO admissions (epoch, seq, card_id, since, wall, mono, boot_id) "
                    "VALUES (1, ?, ?, ?, ?, 0, x'')",
                    (line.seq, entry.card_id, NOW, NOW * 1_000_000),
                )
        for found in path.parent.glob("ours*"):
            found.unlink()
        return tuple(parse_entry(line.data) for line in entries)

    @pytest.mark.parametrize("opener", ["ledger", "log", "book"])
    def test_an_open_ledger_is_sealed_with_all_it_holds_and_wiped(
        self, path: Path, opener: str
    ) -> None:
        entries = self._in_the_open(path)
        assert all(secret in on_disk(path) for secret in (CLAIMS.card_id, NAME.encode()))
        makers: dict[str, Callable[[], SqliteLedger | SqliteLog | SqliteAttendants]] = {
            "ledger": lambda: opened(path),
            "log": lambda: SqliteLog(path, VAULT),
            "book": lambda: SqliteAttendants(path, VAULT),
        }
        with closing(makers[opener]()):
            files = on_disk(path)
        assert not [entry for entry in entries if entry.card_id and entry.card_id in files]
        assert not [secret for secret in SECRETS if secret in files]
        with closing(SqliteLog(path, VAULT)) as log, closing(SqliteAttendants(path, VAULT)) as book:
            assert tuple(log.all()) == entries
            assert log.verify(EPOCH).seq == 51
            assert log.inside_since(CLAIMS.card_id) == NOW
            (holder,) = book.holders()
            assert (holder.attendant.name, holder.attendant.role) == (NAME, Role.SUPERVISOR)
            assert holder.digest == bytes(32)
        with closing(opened(path)) as ledger:
            assert ledger.commit(an_attempt(CLAIMS)).decision.reason is Reason.REPLAYED
