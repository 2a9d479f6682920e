"""The kept standings at rest: no name and no card in their bytes, and none under another secret."""

from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from sqlite_utils import Database

from cardcore.audit import Direction
from cardcore.ids import CardId, UnixSeconds
from cardcore.snapshot_chunk import chunk_hash, chunk_of
from cardcore.snapshot_document import SnapshotRow
from cardcore.snapshot_manifest import SnapshotManifest
from cardcore.wire import AdmissionLine, AdmissionsAnswer
from scanner.adapters import admissions_sqlite
from scanner.adapters.admissions_sqlite import SqliteAdmissions
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.adapters.snapshot_sqlite.filling import Filling
from scanner.adapters.snapshot_sqlite.schema import migrations_under
from scanner.errors import LedgerError
from scanner.sealing import Vault
from tests.fakes.card_material import NOW, fixed_bytes, some_claims
from tests.fakes.scanner_standings import a_standing
from tests.fakes.vault import OTHER_VAULT, VAULT

CARD: Final = CardId(fixed_bytes("card", 16))
ANSWERED: Final = CardId(fixed_bytes("answered", 16))
SECRETS: Final[tuple[bytes, ...]] = (
    CARD,
    ANSWERED,
    CARD.hex().encode(),
    b"Rosenberg",
    b"rosenberg",
    b"Weber",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "standings.sqlite3"


def filled(path: Path, *, with_names: bool = True) -> SqliteStandings:
    standings = SqliteStandings(path, VAULT, with_names=with_names)
    rows = [SnapshotRow(card_id=CARD, standing=a_standing(name="Kim Rosenberg"))]
    standings.replace_snapshot(4, NOW, iter(rows))
    standings.remember(ANSWERED, a_standing(name="Ann Weber"))
    return standings


def on_disk(path: Path) -> bytes:
    return b"".join(found.read_bytes() for found in sorted(path.parent.glob("*")))


def test_no_card_and_no_name_stands_in_its_files(path: Path) -> None:
    with closing(filled(path)):
        files = on_disk(path)
    assert b"SQLite format 3" in files
    assert not [secret for secret in SECRETS if secret in files]


def test_another_secret_finds_nothing_and_begins_anew(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    filled(path).close()
    with closing(SqliteStandings(path, OTHER_VAULT)) as standings:
        assert (standings.in_snapshot(CARD), standings.cached(ANSWERED)) == (None, None)
        assert standings.search("kim", 9) == ()
        assert (standings.snapshot_version, standings.snapshot_cards) == (0, 0)
        standings.remember(CARD, a_standing())
        assert standings.cached(CARD) == a_standing()
    assert "another secret" in caplog.text


def test_a_cell_or_a_chunk_in_anothers_place_is_a_ledger_error(path: Path) -> None:
    with closing(filled(path)) as standings:
        run = standings._db.conn.execute
        run("UPDATE answered SET card = zeroblob(16)")
        with pytest.raises(LedgerError, match="another secret, or damaged"):
            standings.search("kim", 9)
        run("DELETE FROM answered")
        run("UPDATE chunks SET sealed = zeroblob(90)")
        with pytest.raises(LedgerError, match="another secret, or damaged"):
            standings.in_snapshot(CARD)
        run("UPDATE chunks SET handle = zeroblob(16)")
        run("UPDATE placed SET handle = zeroblob(16)")
        with pytest.raises(LedgerError, match="another secret, or damaged"):
            standings.search("kim", 9)


def test_what_was_sealed_and_is_no_chunk_is_a_ledger_error(path: Path) -> None:
    with closing(SqliteStandings(path, VAULT)) as standings:
        chunk = chunk_of(())
        standings.put_chunk(chunk_hash(b"no chunk"), b"no chunk", chunk)
        manifest = SnapshotManifest(cards=0, bits=0, hashes=(chunk_hash(b"no chunk"),))
        standings.put_in_force(1, NOW, manifest)
        with pytest.raises(LedgerError, match="no chunk of a snapshot"):
            standings.in_snapshot(CARD)


def listed_by_an_earlier_program(path: Path, vault: Vault = VAULT) -> None:
    """A file whose snapshot lies card by card, as it did before there were chunks."""
    with closing(Database(path)) as db:
        migrations_under(vault).apply(db, stop_before="chunked")
        run = db.conn.execute
        run("CREATE UNIQUE INDEX listed_by_card ON listed (card)")
        run("CREATE TABLE names (no INTEGER PRIMARY KEY, page BLOB NOT NULL) STRICT")
        filling = Filling(db.conn, vault)
        filling.fill_listed(iter([(CARD, a_standing(name="Kim Rosenberg"))]))
        filling.put_answered(ANSWERED, a_standing(name="Ann Weber"))
        run("INSERT INTO snapshot VALUES (1, 4, ?)", (NOW + 9,))
        db.conn.commit()


def test_a_snapshot_that_lay_card_by_card_is_cut_into_chunks(path: Path) -> None:
    listed_by_an_earlier_program(path)
    with closing(SqliteStandings(path, VAULT)) as standings:
        assert standings.in_snapshot(CARD) == a_standing(name="Kim Rosenberg", as_of=NOW + 9)
        assert standings.cached(ANSWERED) == a_standing(name="Ann Weber")
        assert (standings.snapshot_version, standings.snapshot_cards) == (4, 1)
        assert [card for card, _ in standings.search("rosen", 9)] == [CARD]
        assert standings.snapshot_coming is None


def test_one_that_cannot_be_read_is_begun_anew_and_keeps_no_door_shut(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    listed_by_an_earlier_program(path)
    with closing(Database(path)) as db:
        db.conn.execute("UPDATE listed SET cell = zeroblob(60)")
        db.conn.commit()
    with closing(SqliteStandings(path, VAULT)) as standings:
        assert (standings.snapshot_version, standings.in_snapshot(CARD)) == (0, None)
        assert standings.cached(ANSWERED) == a_standing(name="Ann Weber")
    assert "the kept snapshot is begun anew" in caplog.text


def test_one_that_another_secret_sealed_is_begun_anew(path: Path) -> None:
    listed_by_an_earlier_program(path, OTHER_VAULT)
    with closing(SqliteStandings(path, VAULT)) as standings:
        assert (standings.snapshot_version, standings.in_snapshot(CARD)) == (0, None)


def test_where_names_are_not_searched_for_a_card_is_found_by_its_id(path: Path) -> None:
    with closing(filled(path, with_names=False)) as standings:
        assert standings.search("kim", 9) == standings.search("weber", 9) == ()
        assert [card for card, _ in standings.search(CARD.hex()[:6], 9)] == [CARD]
        assert standings.in_snapshot(CARD) == a_standing(name="Kim Rosenberg")


def test_what_an_earlier_program_kept_open_is_sealed_and_wiped(path: Path) -> None:
    migrations = migrations_under(VAULT)
    with closing(Database(path)) as db:
        migrations.apply(db, stop_before="sealed")
        for table, card_id, state, name in (
            ("listed", CARD, "active", "Kim Rosenberg"),
            ("listed", fixed_bytes("lost", 16), "lost", "No State"),
            ("answered", ANSWERED, "suspended", "Ann Weber"),
        ):
            db.conn.execute(
                f"INSERT INTO {table} VALUES (?, ?, 1, 'active', ?, ?, ?)",  # noqa: S608
                (card_id, state, name, NOW, name.lower()),
            )
        db.conn.execute("INSERT INTO snapshot VALUES (1, 4, ?)", (NOW,))
        db.conn.commit()
    assert all(secret in on_disk(path) for secret in (CARD, b"Rosenberg"))
    with closing(SqliteStandings(path, VAULT)) as standings:
        assert not [secret for secret in SECRETS if secret in on_disk(path)]
        assert standings.in_snapshot(CARD) == a_standing(name="Kim Rosenberg")
        found = standings.cached(ANSWERED)
        assert found is not None
        assert found.state.value == "suspended"
        assert standings.snapshot_version == 4
        assert [card for card, _ in standings.search("rosenberg", 9)] == [CARD]
        assert [card for card, _ in standings.search("weber", 9)] == [ANSWERED]
        assert standings.snapshot_cards == 1


class TestAdmissionsElsewhere:
    CLAIMS: Final = some_claims(card_id=CARD)

    def _answer(self) -> AdmissionsAnswer:
        line = AdmissionLine(
            card_id=CARD.hex(),
            nonce=self.CLAIMS.nonce.hex(),
            door="Side door",
            at_us=NOW * 1_000_000,
            direction=Direction.ENTRY,
        )
        return AdmissionsAnswer(
            position=9, more=False, inside=1, as_of=UnixSeconds(NOW), admissions=[line]
        )

    def test_no_card_stands_in_its_files_and_another_secret_begins_anew(self, path: Path) -> None:
        with closing(SqliteAdmissions(path, VAULT)) as admissions:
            admissions.take(self._answer())
            assert admissions.sighting(self.CLAIMS).admitted is not None
            assert bytes(CARD) not in on_disk(path)
        with closing(SqliteAdmissions(path, OTHER_VAULT)) as admissions:
            assert admissions.sighting(self.CLAIMS).admitted is None
            assert admissions.position == 0
            admissions.take(self._answer())
            assert admissions.sighting(self.CLAIMS).admitted is not None

    def test_what_an_earlier_program_kept_open_is_found_and_wiped(self, path: Path) -> None:
        migrations = admissions_sqlite.migrations_under(VAULT.seal_for("admissions"))
        with closing(Database(path)) as db:
            migrations.apply(db, stop_before="by_handle")
            run = db.conn.execute
            run("INSERT INTO admitted VALUES (?, ?, 5, 'Side')", (CARD, self.CLAIMS.nonce))
            run("INSERT INTO moves VALUES (?, ?, 0)", (CARD, NOW * 1_000_000))
            run("INSERT INTO feed VALUES (1, 9, 1, ?)", (NOW,))
            db.conn.commit()
        with closing(SqliteAdmissions(path, VAULT)) as admissions:
            assert bytes(CARD) not in on_disk(path)
            seen = admissions.sighting(self.CLAIMS)
            assert seen.admitted is not None
            assert seen.inside_since == NOW
            assert admissions.position == 9
