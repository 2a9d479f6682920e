"""The commands, over a real database."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cardcore.enrolment import parse_code
from central.cli import members
from central.cli.root import GROUPS
from tests.fakes.central_process import call, row, rows

MEMBERS = "member_id,display_name,status\nM-1,Ada L.,active\nM-2,,suspended\n"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "DATABASE_URL", "HOST", "PORT", "AUDIENCE", "CONFIG"):
        monkeypatch.delenv(f"GATEPOST_CENTRAL_{name}", raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "members.csv").write_text(MEMBERS, "utf-8")
    return tmp_path


@pytest.fixture
def peopled(data: Path) -> Path:
    call(data, "member", "import", str(data / "members.csv"))
    return data


@pytest.mark.parametrize(
    "arguments",
    [
        ["card", "issue", "M-9"],
        ["card", "suspend", "00" * 16],
        ["card", "link", "00" * 16],
        ["card", "qr", "00" * 16, "-o", "card.png"],
        ["member", "status", "M-9", "active"],
    ],
)
def test_what_is_not_there_is_refused_with_4(data: Path, arguments: list[str]) -> None:
    assert "unknown" in call(data, *arguments, code=4).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["card", "suspend", "not-a-card"],
        ["card", "suspend", "00" * 15],
        ["card", "issue", "M-1", "--mode", "eternal"],
        ["card", "issue", "M-1", "--audience", ""],
        ["card", "issue", "M-1", "--audience", "A" * 33],
        ["card", "qr", "00" * 16],
        ["card", "qr", "00" * 16, "-o", "card.bmp"],
        ["card", "qr", "00" * 16, "-o", "card.png", "--valid-days", "401"],
        ["card", "qr", "00" * 16, "-o", "card.png", "--alg", "4"],
        ["device", "code", "Nor\nth"],
        ["member", "import", "nowhere.csv"],
        ["member", "status", "M-1", "gone"],
        ["serve", "--port", "x"],
        ["serve", "--host", "192.0.2.1"],
        ["serve", "--database-url", "postgresql://host/db"],
        ["audit", "list", "--limit", "0"],
    ],
)
def test_wrong_usage_ends_with_2(
    data: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    call(data, *arguments, code=2)


def test_a_database_that_cannot_be_used_ends_with_1(data: Path) -> None:
    (data / "central.sqlite3").write_bytes(b"no database" * 500)
    assert "storage down" in call(data, "card", "list", code=1).stderr


def test_a_configuration_that_cannot_be_read_ends_with_2(data: Path) -> None:
    (data / "c.toml").write_text("port = ")
    call(data, "--config", str(data / "c.toml"), "card", "list", code=2)


def test_where_the_data_lies_may_be_said_behind_the_command_too(
    peopled: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert len(rows(elsewhere, "member", "list", "--data", str(peopled))) == 2
    assert rows(elsewhere, "member", "list") == []
    (elsewhere / "c.toml").write_text('audience = "pool"')
    listed = rows(peopled, "member", "list", "--config", str(elsewhere / "c.toml"))
    assert listed == []


def test_members_are_imported_as_a_whole_or_not_at_all(data: Path) -> None:
    file = data / "bad.csv"
    file.write_text(MEMBERS + "M-3,Eve,gone\n,Joe,active\n", "utf-8")
    result = call(data, "member", "import", str(file), code=1)
    assert [line.split(":")[0] for line in result.stderr.splitlines()[:2]] == ["line 4", "line 5"]
    assert "Nothing was imported" in result.stderr
    assert "Eve" not in result.output
    result = call(data, "member", "import", str(file), "--json", code=1)
    bad = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["line"], line["field"]) for line in bad] == [(4, "status"), (5, "member_id")]
    assert rows(data, "member", "list") == []


def test_a_file_with_a_byte_order_mark_is_imported(data: Path) -> None:
    (data / "members.csv").write_bytes(b"\xef\xbb\xbf" + MEMBERS.encode())
    assert row(data, "member", "import", str(data / "members.csv"))["added"] == 2


def test_a_file_that_is_no_text_is_reported(data: Path) -> None:
    (data / "members.csv").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe" * 100)
    result = call(data, "member", "import", str(data / "members.csv"), code=1)
    assert "not CSV" in result.stderr


def test_members_and_their_status(peopled: Path) -> None:
    again = row(peopled, "member", "import", str(peopled / "members.csv"))
    assert again == {"imported": 2, "added": 0, "updated": 0, "unchanged": 2}
    assert row(peopled, "member", "status", "M-2", "active") == {
        "member_id": "M-2",
        "audience": "main",
        "display_name": None,
        "status": "active",
    }
    assert "M-1" in call(peopled, "member", "list").stdout
    assert call(peopled, "member", "status", "M-1", "expired").stdout == "M-1 is expired\n"


def test_the_life_of_a_card(peopled: Path) -> None:
    card = row(peopled, "card", "issue", "M-1", "--inactive")
    card_id = str(card["card_id"])
    taken = card
    assert card == {
        "card_id": card_id,
        "member_id": "M-1",
        "audience": "main",
        "mode": "rotating",
        "state": "issued",
        "generation": 0,
        "expires_at": None,
    }
    for step, state, generation in (
        ("activate", "active", 0),
        ("suspend", "suspended", 0),
        ("activate", "active", 0),
        ("reissue", "active", 1),
        ("revoke", "revoked", 1),
    ):
        taken = row(peopled, "card", step, card_id.upper())
        assert (taken["state"], taken["generation"]) == (state, generation)
    assert "illegal step" in call(peopled, "card", "activate", card_id, code=4).stderr
    assert rows(peopled, "card", "list") == [taken]
    assert card_id in call(peopled, "card", "list").stdout


def test_a_printed_card_becomes_a_picture(peopled: Path) -> None:
    card_id = str(row(peopled, "card", "issue", "M-1", "--mode", "print")["card_id"])
    file = peopled / "card.png"
    made = row(peopled, "card", "qr", card_id, "-o", str(file), "--valid-days", "30")
    assert (made["mode"], made["alg"], made["file"]) == ("print", -8, str(file))
    assert int(str(made["expires_at"])) - int(str(made["issued_at"])) == 30 * 86_400
    assert file.read_bytes().startswith(b"\x89PNG")
    smaller = row(peopled, "card", "qr", card_id, "-o", str(file), "--alg", "5")
    assert int(str(smaller["qr_version"])) < int(str(made["qr_version"]))


def test_a_card_for_a_screen_says_that_its_picture_will_not_last(peopled: Path) -> None:
    card_id = str(row(peopled, "card", "issue", "M-1")["card_id"])
    result = call(peopled, "card", "qr", card_id, "-o", str(peopled / "card.svg"))
    assert "120 seconds" in result.stderr
    assert "QR version" in result.stdout


def test_a_picture_that_cannot_be_written_is_a_fault(peopled: Path) -> None:
    card_id = str(row(peopled, "card", "issue", "M-1")["card_id"])
    call(peopled, "card", "qr", card_id, "-o", str(peopled / "no" / "card.png"), code=1)


def test_a_code_and_a_link_are_shown_once(peopled: Path) -> None:
    code = row(peopled, "device", "code", "North door", "--audience", "pool")
    assert (code["door"], code["audience"]) == ("North door", "pool")
    parse_code(str(code["code"]))
    card_id = str(row(peopled, "card", "issue", "M-1")["card_id"])
    link = row(peopled, "card", "link", card_id)
    assert link["card_id"] == card_id
    kept = b"".join(file.read_bytes() for file in peopled.glob("central.sqlite3*"))
    assert str(link["link"]).encode() not in kept
    assert str(code["code"]).split("-")[1].encode() not in kept


def test_a_code_is_drawn_where_a_person_wants_it(peopled: Path) -> None:
    plain = call(peopled, "device", "code", "North")
    assert len(plain.stdout.splitlines()) == 1  # no terminal, no picture
    drawn = call(peopled, "device", "code", "North", "--qr")
    assert "▀" in drawn.stdout
    as_json = call(peopled, "device", "code", "North", "--qr", "--json")
    assert "▀" in as_json.stderr
    assert "▀" not in as_json.stdout
    assert len(as_json.stdout.splitlines()) == 1


def test_a_device_is_revoked_by_its_name_and_stays_so(peopled: Path) -> None:
    assert "unknown device" in call(peopled, "device", "revoke", "d-nobody", code=4).stderr
    assert call(peopled, "audit", "verify").stdout == ""


def test_keys_are_listed_without_their_secrets(peopled: Path) -> None:
    call(peopled, "card", "issue", "M-1")
    call(peopled, "device", "code", "North")
    listed = rows(peopled, "keys", "list")
    assert [key["use"] for key in listed if key["audience"] is None] == ["document_root"]
    assert {key["use"] for key in listed} == {
        "screen",
        "print_mac",
        "print_signature",
        "document_root",
    }
    assert all("secret" not in key for key in listed)
    assert len(call(peopled, "keys", "list").stdout.splitlines()) == 4


def test_lists_of_nothing_are_empty(data: Path) -> None:
    for group in ("audit", "device", "keys", "member", "card"):
        assert call(data, group, "list").stdout == ""


def test_every_command_has_an_example_in_its_help(data: Path) -> None:
    for group in GROUPS:
        text = call(data, group, "--help").stdout
        assert "gatepost-central " + group in text
    for command in ("import", "status", "list"):
        assert "Examples:" in call(data, "member", command, "--help").stdout
    assert "Examples:" in call(data, "card", "reissue", "-h").stdout
    assert "Examples:" in call(data, "--help").stdout


def test_a_terminal_sees_how_far_the_import_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    list(members._watched(MEMBERS.splitlines(keepends=True), len(MEMBERS)))
    assert "Reading" in terminal.getvalue()
    assert "100%" in terminal.getvalue()


def test_help_loads_no_server_and_no_database() -> None:
    program = (
        "import sys, runpy\n"
        "sys.argv = ['gatepost-central', '--help']\n"
        "try: runpy.run_module('central', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "heavy = {'fastapi', 'sqlalchemy', 'alembic', 'uvicorn', 'segno', 'cryptography'}\n"
        "sys.exit(','.join(heavy & sys.modules.keys()) or 0)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    assert "Usage: gatepost-central" in ended.stdout
