"""Operators and incidents on the command line, over a real database."""

from pathlib import Path

import pytest

from central.bootstrap import open_central
from central.config import load_settings
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import MAIN, device_of, enrol
from tests.fakes.central_process import call, row, rows


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "DATABASE_URL", "HOST", "PORT", "AUDIENCE", "CONFIG"):
        monkeypatch.delenv(f"GATEPOST_CENTRAL_{name}", raising=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["operator", "add", ""], 2),
        (["operator", "add", "n" * 65], 2),
        (["operator", "add", "kim", "--role", "owner"], 2),
        (["operator", "add", "kim", "--audience", ""], 2),
        (["operator", "add", "kim", "--audience", "A" * 33], 2),
        (["operator", "revoke", "kim"], 4),
        (["incidents", "--handled", "0" * 24], 4),
        (["incidents", "--handled", "nonsense"], 4),
        (["incidents", "--limit", "0"], 2),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, arguments: list[str], code: int) -> None:
    call(tmp_path, *arguments, code=code)


def test_a_token_is_shown_once_and_not_kept(tmp_path: Path) -> None:
    made = row(tmp_path, "operator", "add", "kim", "--audience", "pool", "--audience", "main")
    assert (made["roles"], made["audiences"]) == (["manage"], ["main", "pool"])
    token = str(made["token"])
    assert len(token) == 64
    listed = rows(tmp_path, "operator", "list")
    assert listed == [{name: made[name] for name in made if name != "token"}]
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("central.sqlite3*"))
    assert token.encode() not in kept
    assert "operator exists" in call(tmp_path, "operator", "add", "kim", code=4).stderr
    assert "manage in main" in call(tmp_path, "operator", "list").stdout


def test_a_revoked_operator_is_listed_as_such(tmp_path: Path) -> None:
    call(tmp_path, "operator", "add", "kim", "--role", "read", "--role", "events")
    assert row(tmp_path, "operator", "revoke", "kim")["revoked_at"]
    assert "revoked" in call(tmp_path, "operator", "list").stdout
    assert row(tmp_path, "operator", "add", "kim")["revoked_at"] is None


def test_incidents_are_listed_and_handled(tmp_path: Path) -> None:
    assert rows(tmp_path, "incidents") == []
    with open_central(load_settings(data=str(tmp_path))) as central:
        door = FakeDoor(central, device_of(central, enrol(central, MAIN)))
        door.write(b"strange")
        door.log(card_id=None, reason="override", attendant="Kim")
        door.hand_in()
    listed = rows(tmp_path, "incidents")
    assert {incident["kind"] for incident in listed} == {
        "quarantined_entry",
        "override",
        "clock_jump",
    }
    text = call(tmp_path, "incidents").stdout
    assert "North: override – attendant Kim" in text
    assert rows(tmp_path, "incidents", "--audience", "pool") == []
    first = str(listed[0]["id"])
    assert "handled by Kim" in call(tmp_path, "incidents", "--handled", first, "--by", "Kim").stdout
    assert len(rows(tmp_path, "incidents")) == 2
    assert len(rows(tmp_path, "incidents", "--all")) == 3
    assert len(rows(tmp_path, "incidents", "--all", "--limit", "1")) == 1


def test_every_command_has_an_example_in_its_help(tmp_path: Path) -> None:
    for command in (["incidents"], ["operator"], *(["operator", w] for w in ("add", "list"))):
        assert "Examples:" in call(tmp_path, *command, "--help").stdout
    assert "Examples:" in call(tmp_path, "operator", "revoke", "-h").stdout
