"""A member is forgotten: no name, number, phone or word of staff is left of them, and the cards are nobody's."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cardcore.ids import Audience
from central.bootstrap import open_central
from central.cli.given import Given
from tests.fakes.central_process import call, row, rows

MEMBERS = "member_id,display_name,status\nM-1001,Ada Lovelace,active\nM-2,Bob B.,active\n"
TRACES = ("M-1001", "Ada Lovelace", "lost her phone")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("GATEPOST_CENTRAL_")]:
        monkeypatch.delenv(name)
    (tmp_path / "members.csv").write_text(MEMBERS, "utf-8")
    call(tmp_path, "member", "import", str(tmp_path / "members.csv"))
    return tmp_path


def left_in(data: Path) -> list[str]:
    """The traces that stand in a row of any table, as text or inside bytes."""
    (file,) = data.glob("*.sqlite3")
    with closing(sqlite3.connect(file)) as database:
        dump = "\n".join(database.iterdump()).lower()
    return [t for t in TRACES if t.lower() in dump or t.encode().hex() in dump]


def test_nothing_is_left_of_an_erased_member_and_the_cards_open_no_door(data: Path) -> None:
    rotating = row(data, "card", "issue", "M-1001")["card_id"]
    printed = row(data, "card", "issue", "M-1001", "--mode", "print")["card_id"]
    other = row(data, "card", "issue", "M-2")["card_id"]
    assert isinstance(rotating, str)
    row(data, "card", "link", rotating)
    call(data, "card", "suspend", rotating, "--why", "lost her phone")
    with open_central(Given(config=None, data=str(data)).settings()) as central:
        before = central.standings.snapshot(Audience("main"))
    assert b"Ada Lovelace" in before.content
    assert set(left_in(data)) == set(TRACES)

    erased = row(data, "member", "erase", "M-1001", "--yes")
    assert (erased["cards"], erased["revoked"]) == (2, 2)
    assert left_in(data) == []
    cards = {card["card_id"]: card for card in rows(data, "card", "list")}
    for card_id in (rotating, printed):
        assert cards[card_id]["state"] == "revoked"
        assert cards[card_id]["member_id"] == erased["stand_in"]
    assert (cards[other]["state"], cards[other]["member_id"]) == ("active", "M-2")
    with open_central(Given(config=None, data=str(data)).settings()) as central:
        after = central.standings.snapshot(Audience("main"))
    assert after.version > before.version
    assert b"Ada" not in after.content
    assert b"Bob" in after.content


def test_one_who_is_not_there_or_was_erased_before_is_refused(data: Path) -> None:
    assert "unknown" in call(data, "member", "erase", "M-9", "--yes", code=4).stderr
    call(data, "member", "erase", "M-2", "--yes")
    call(data, "member", "erase", "M-2", "--yes", code=4)


def test_without_a_yes_nothing_is_erased(data: Path) -> None:
    call(data, "member", "erase", "M-1001", code=1)
    assert len(rows(data, "member", "list")) == 2
