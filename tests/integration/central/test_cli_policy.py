"""A venue's policy on the command line, over a real database."""

from pathlib import Path

import pytest

from tests.fakes.central_process import call, row


def test_a_venue_begins_with_the_shipped_policy(tmp_path: Path) -> None:
    shown = row(tmp_path, "policy", "show")
    assert (shown["version"], shown["capacity"], shown["active_list"]) == (1, None, False)
    assert "lists last s     86400" in call(tmp_path, "policy", "show").stdout


def test_what_is_named_changes_and_nothing_else(tmp_path: Path) -> None:
    row(tmp_path, "policy", "set", "--capacity", "250", "--active-list")
    shown = row(tmp_path, "policy", "set", "--kiosk-old-lists", "review", "--lists-last", "60")
    assert (shown["version"], shown["capacity"], shown["active_list"]) == (3, 250, True)
    assert shown["lists_last_s"] == 60
    kiosk, door = shown["kiosk"], shown["door"]
    assert isinstance(kiosk, dict)
    assert isinstance(door, dict)
    assert (kiosk["lists"], kiosk["unknown"], door["lists"]) == ("review", "refuse", "admit")
    shown = row(tmp_path, "policy", "set", "--no-capacity", "--no-active-list")
    assert (shown["capacity"], shown["active_list"]) == (None, False)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--capacity", "1", "--no-capacity"],
        ["--capacity", "-1"],
        ["--lists-last", str(1 << 31)],
        ["--door-old-lists", "perhaps"],
    ],
)
def test_what_cannot_be_wanted_is_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    call(tmp_path, "policy", "set", *arguments, code=2)
    assert row(tmp_path, "policy", "show")["version"] == 1


def test_every_venue_has_its_own(tmp_path: Path) -> None:
    row(tmp_path, "policy", "set", "--capacity", "9", "--audience", "pool")
    assert row(tmp_path, "policy", "show")["capacity"] is None
    assert row(tmp_path, "policy", "show", "--audience", "pool")["capacity"] == 9
