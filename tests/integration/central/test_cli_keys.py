"""Keys on the command line, over a real database."""

from pathlib import Path

import pytest

from tests.fakes.central_process import call, row, rows

MEMBERS = "member_id,display_name,status\nM-1,Ada L.,active\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "members.csv").write_text(MEMBERS, "utf-8")
    call(tmp_path, "member", "import", str(tmp_path / "members.csv"))
    return tmp_path


def kid_of(data: Path, use: str) -> str:
    [found] = [str(key["kid"]) for key in rows(data, "keys", "list") if key["use"] == use]
    return found


def test_keys_and_roots_are_rotated(data: Path) -> None:
    card = row(data, "card", "issue", "M-1")
    assert card["generation"] == 0
    rotated = rows(data, "keys", "rotate", "--use", "screen")
    assert [key["use"] for key in rotated].count("screen") == 2
    assert len(rows(data, "keys", "rotate")) == 6
    call(data, "device", "code", "North")
    roots = rows(data, "keys", "rotate", "--root")
    assert [key["state"] for key in roots].count("retiring") == 1
    assert len(roots) == 2


def test_a_stolen_key_is_revoked_its_cards_made_anew_and_somebody_told(data: Path) -> None:
    card = str(row(data, "card", "issue", "M-1", "--mode", "print")["card_id"])
    drawn = row(data, "card", "qr", card, "-o", str(data / "card.png"))
    kid = str(drawn["kid"])
    told = row(data, "keys", "revoke", kid, "--why", "stolen")
    assert (told["member_id"], told["card_id"], told["mode"]) == ("M-1", card, "print")
    assert "card qr" in str(told["tell"])
    again = call(data, "keys", "revoke", kid)
    assert again.stdout == ""
    assert "is revoked since" in again.stderr
    assert row(data, "card", "qr", card, "-o", str(data / "card.png"))["kid"] != kid
    assert rows(data, "keys", "exposure", kid) == []


def test_a_phone_gets_its_next_key_by_itself_and_an_unlinked_card_needs_a_link(data: Path) -> None:
    card = str(row(data, "card", "issue", "M-1")["card_id"])
    call(data, "card", "link", card)
    told = call(data, "keys", "revoke", kid_of(data, "screen"))
    assert told.stdout == ""  # nobody claimed the link: no key ever signed for the card


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["revoke", "00000000"], 4),
        (["exposure", "00000000"], 4),
        (["revoke", "no-kid"], 2),
        (["revoke", "0000"], 2),
        (["rotate", "--root", "--use", "screen"], 2),
        (["rotate", "--use", "nonsense"], 2),
    ],
)
def test_what_cannot_be_is_refused(data: Path, arguments: list[str], code: int) -> None:
    call(data, "keys", *arguments, code=code)
