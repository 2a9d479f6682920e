"""Members found by what people type at a door."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from cardcore.ids import CardId, UnixSeconds
from cardcore.snapshot_document import SnapshotRow
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.adapters.snapshot_sqlite.schema import first_tables
from tests.fakes.card_material import NOW, fixed_bytes
from tests.fakes.scanner_standings import a_standing
from tests.fakes.vault import VAULT

NAMES = ("Jürgen Weiß", "Anna-Lena Björk", "Ann Jürgens", "Joann Smith", "100% Real", "a_b", None)


def card(name: str | None) -> CardId:
    return CardId(fixed_bytes(f"card of {name}", 16))


@pytest.fixture
def standings(tmp_path: Path) -> Iterator[SqliteStandings]:
    with closing(SqliteStandings(tmp_path / "standings.sqlite3", VAULT)) as standings:
        rows = (SnapshotRow(card_id=card(name), standing=a_standing(name=name)) for name in NAMES)
        standings.replace_snapshot(1, NOW, rows)
        yield standings


def names(standings: SqliteStandings, text: str, limit: int = 50) -> list[str | None]:
    return [standing.display_name for _card, standing in standings.search(text, limit)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann", ["Ann Jürgens", "Anna-Lena Björk", "Joann Smith"]),
        ("JURGEN", ["Jürgen Weiß", "Ann Jürgens"]),
        ("ann jürgens", ["Ann Jürgens"]),
        ("jürgens ann", ["Ann Jürgens"]),
        ("weiss", ["Jürgen Weiß"]),
        ("bjork", ["Anna-Lena Björk"]),
        ("%", ["100% Real"]),
        ("_", ["a_b"]),
        ("!", []),
        ("'; DROP TABLE listed; --", []),
        ("   ", []),
        ("", []),
        ("nobody", []),
    ],
)
def test_names_are_found_whatever_their_case_and_accents(
    standings: SqliteStandings, text: str, found: list[str]
) -> None:
    assert names(standings, text) == found


def test_a_card_is_found_by_the_beginning_of_its_id(standings: SqliteStandings) -> None:
    whole = card("a_b").hex()
    for digits in (whole[:4], whole[:7].upper(), f"{whole[:4]} {whole[4:8]}", whole):
        assert names(standings, digits) == ["a_b"]
    assert names(standings, whole[:3]) == []
    assert names(standings, whole + "0") == []


def test_at_most_so_many_are_found(standings: SqliteStandings) -> None:
    assert names(standings, "n", limit=2) == names(standings, "n")[:2]
    assert len(names(standings, "n")) > 2


def test_a_newer_answer_counts_and_a_card_is_found_once(standings: SqliteStandings) -> None:
    renamed = a_standing(name="Ann Weber", as_of=NOW + 5)
    standings.remember(card("Ann Jürgens"), renamed)
    assert names(standings, "ann w") == ["Ann Weber"]
    assert names(standings, "ann jürgens") == ["Ann Weber"]
    assert standings.standing_of(card("Ann Jürgens")) == renamed
    older = a_standing(name="Old Smith", as_of=NOW - 5)
    standings.remember(card("Joann Smith"), older)
    found = standings.standing_of(card("Joann Smith"))
    assert found is not None
    assert found.display_name == "Joann Smith"
    standings.remember(CardId(bytes(16)), older)
    assert standings.standing_of(CardId(bytes(16))) == older
    assert standings.standing_of(CardId(bytes([1] * 16))) is None


def test_names_kept_by_an_older_program_are_found(tmp_path: Path) -> None:
    path = tmp_path / "standings.sqlite3"
    first = Migrations("standings")
    first()(first_tables)
    with closing(Database(path)) as db:
        first.apply(db)
        for name in ("Émile", None):
            row = (card(name), "active", 1, "active", name, NOW)
            db.conn.execute(
                "INSERT INTO listed (card_id, state, generation, member, name, as_of) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
        db.conn.execute("INSERT INTO snapshot VALUES (1, 4, ?)", (NOW,))
        db.conn.commit()
    with closing(SqliteStandings(path, VAULT)) as standings:
        assert names(standings, "emile") == ["Émile"]


def test_ten_thousand_names_are_searched_while_somebody_waits(tmp_path: Path) -> None:
    with closing(SqliteStandings(tmp_path / "standings.sqlite3", VAULT)) as standings:
        rows = (
            SnapshotRow(
                card_id=card(f"Member {number}"),
                standing=a_standing(name=f"Member {number}", as_of=UnixSeconds(NOW)),
            )
            for number in range(10_000)
        )
        standings.replace_snapshot(1, NOW, rows)
        assert len(standings.search("member", 50)) == 50
        assert names(standings, "member 9999") == ["Member 9999"]
