"""A ledger on a disk that fills: the ballast is given up, then the door refuses; no verdict without its entry."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from cardcore.ids import Epoch
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.adapters.ledger_sqlite.beside import BALLAST_BYTES
from scanner.door.decision import Admit
from scanner.errors import LedgerError
from scanner.sqlite import is_full
from tests.fakes.card_material import fixed_bytes, some_claims
from tests.fakes.scanner_door import LONG_AGO, a_refusal, an_attempt
from tests.fakes.small_disk import small_disk
from tests.fakes.vault import VAULT

FIRST = Epoch(b"epoch  1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def opened(path: Path) -> SqliteLedger:
    return SqliteLedger.open(path, VAULT, new_epoch=FIRST, now=LONG_AGO)


def test_the_ballast_is_taken_and_given_back_and_taken_again(path: Path) -> None:
    ballast = path.with_name("ledger.sqlite3.ballast")
    with closing(opened(path)) as ledger:
        assert ballast.stat().st_size == BALLAST_BYTES
        conn = ledger.database.conn
        conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0]}")
        _fill_up(ledger)
        assert not ballast.exists()
        conn.execute("PRAGMA max_page_count = 100000")
        ledger.probe()
        assert ballast.exists()


def test_a_disk_without_room_has_no_ballast(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.adapters.ledger_sqlite.beside._ROOM_FOR_BALLAST", 1 << 62)
    with closing(opened(path)) as ledger:
        assert not path.with_name("ledger.sqlite3.ballast").exists()
        assert ledger.commit(a_refusal()).seq == 1


@pytest.mark.parametrize("room", range(20))
def test_disk_filled_at_20_points_no_verdict_without_its_entry(path: Path, room: int) -> None:
    with closing(opened(path)) as ledger, closing(SqliteLog(path, VAULT)) as log:
        conn = ledger.database.conn
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages + room}")
        _fill_up(ledger, log)


def test_a_real_full_disk_gives_up_the_ballast_then_refuses(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path = disk / "ledger.sqlite3"
        with closing(opened(path)) as ledger, closing(SqliteLog(path, VAULT)) as log:
            ballast = disk / "ledger.sqlite3.ballast"
            assert ballast.exists()
            with (disk / "filler").open("wb", buffering=0) as filler:
                filler.write(bytes(shutil.disk_usage(disk).free - 200_000))
            _fill_up(ledger, log)
            assert not ballast.exists()
            (disk / "filler").unlink()
            assert ledger.commit(a_refusal()).seq > 100


def _fill_up(ledger: SqliteLedger, log: SqliteLog | None = None) -> None:
    """Commit until it fails; what was acknowledged is in the log, what was not burned nothing."""
    acknowledged, trouble = 0, None
    for number in range(20_000):
        claims = some_claims(card_id=fixed_bytes(f"card {number}", 16))
        try:
            committed = ledger.commit(an_attempt(claims))
        except LedgerError as error:
            trouble = error
            break
        assert isinstance(committed.decision, Admit)
        acknowledged += 1
    assert trouble is not None
    assert is_full(trouble)
    assert log is None or log.verify(FIRST).seq == acknowledged
    burned = ledger.database.conn.execute("SELECT count(*) FROM burned").fetchone()[0]
    assert burned == acknowledged
