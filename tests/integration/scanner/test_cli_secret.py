"""The keeper of a device's secret as an operator meets it: shown, moved, asked for on a terminal, and missed loudly."""

import os
import pty
import select
import time
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.scanner_cli import lines, words
from tests.fakes.scanner_folder import enrolled_folder
from tests.fakes.scanner_program import GATEPOST, gatepost

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
LOUD: Final = "THE DEVICE'S SECRET LIES IN A FILE"
PHRASE: Final = "correct horse battery staple"
PATIENCE: Final = 90.0  # seconds; a busy machine


def typed(*command: str, answers: tuple[str, ...]) -> tuple[int, str]:
    """Run in a terminal of its own, and type one answer at each prompt; exit code and all that was shown."""
    pid, master = pty.fork()
    if not pid:
        os.execv(GATEPOST, [str(GATEPOST), *command])  # noqa: S606 -- the program under test
    shown, left, until = b"", list(answers), time.monotonic() + PATIENCE
    try:
        while time.monotonic() < until:
            if not select.select([master], [], [], 1.0)[0]:
                continue
            try:
                shown += os.read(master, 65_536)
            except OSError:
                break  # it has ended
            if left and shown.count(b": ") > len(answers) - len(left):
                os.write(master, left.pop(0).encode() + b"\n")
    finally:
        os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return enrolled_folder(tmp_path / "door", cards=[])


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    """The environment of a unit with a credential for us."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "gatepost.secret").write_bytes(os.urandom(32))
    return {"CREDENTIALS_DIRECTORY": str(folder)}


def test_a_secret_in_a_file_is_told_loudly_everywhere(door: Path) -> None:
    for command in (("status",), ("secret", "show"), ("doctor", "--source", f"folder:{door}")):
        run = gatepost(*command, "--data", door)
        assert LOUD in run.stdout.decode(), command
        assert "gatepost secret move --to passphrase" in run.stdout.decode()
    (status,) = lines(gatepost("status", "--json", "--data", door))
    secret = status["secret"]
    assert isinstance(secret, dict)
    assert secret["keeper"] == "file"
    assert str(secret["theft_gives_away"]).startswith(LOUD)
    assert secret["names_index"] == "sealed under the device's secret"


def test_a_credential_takes_over_and_nothing_is_loud_any_more(
    door: Path, given: dict[str, str]
) -> None:
    for command in (("status",), ("secret", "show")):
        run = gatepost(*command, "--data", door, environment=given)
        assert run.returncode == 0, run.stderr
        assert LOUD not in run.stdout.decode()
        assert "credential" in run.stdout.decode()
    assert not (door / "device.secret").exists()
    run = gatepost("status", "--data", door)
    assert run.returncode == 2
    assert "CREDENTIALS_DIRECTORY=/run/credentials" in words(run)
    for environment, state in (({}, "bad"), (given, "good")):
        run = gatepost("doctor", "--json", "--data", door, environment=environment)
        assert {line["name"]: line["state"] for line in lines(run)}["secret"] == state
    Path(given["CREDENTIALS_DIRECTORY"], "gatepost.secret").write_bytes(os.urandom(32))
    run = gatepost("status", "--data", door, environment=given)
    assert (run.returncode, "sealed with another" in words(run)) == (2, True)


def test_it_moves_back_to_a_file(door: Path, given: dict[str, str]) -> None:
    gatepost("status", "--data", door, environment=given)
    run = gatepost("secret", "move", "--to", "file", "--json", "--data", door, environment=given)
    assert lines(run) == [{"keeper": "file", "before": "credential"}]
    assert lines(gatepost("secret", "show", "--json", "--data", door))[0]["keeper"] == "file"


def test_a_passphrase_is_asked_once_and_only_on_a_terminal(door: Path) -> None:
    data = ("--data", str(door))
    code, shown = typed("secret", "move", "--to", "passphrase", *data, answers=(PHRASE, PHRASE[1:]))
    assert (code, "not the same twice" in shown) == (2, True)
    code, shown = typed("secret", "move", "--to", "passphrase", *data, answers=(PHRASE, PHRASE))
    assert (code, "kept by: passphrase (before: file)" in shown) == (0, True)
    assert PHRASE not in shown
    assert not (door / "device.secret").exists()
    code, shown = typed("status", *data, answers=(PHRASE,))
    assert (code, "secret kept by" in shown, LOUD in shown) == (0, True, False)
    assert shown.count("Passphrase of this door") == 1
    code, shown = typed("status", *data, answers=("another long passphrase",))
    assert (code, "this passphrase does not open" in shown) == (2, True)
    run = gatepost("status", *data)
    assert (run.returncode, "on a terminal" in words(run)) == (2, True)
    run = gatepost("run", "--kiosk", "--plain", "--source", f"folder:{door}", *data)
    assert run.returncode == 2
    assert "nobody is there to type it" in words(run)


def test_a_kiosk_is_not_given_a_passphrase(door: Path) -> None:
    command = ("secret", "move", "--to", "passphrase", "--data", door)
    run = gatepost(*command, environment={"GATEPOST_KIOSK": "true"})
    assert run.returncode == 2
    assert "nobody is there to type it" in words(run)


def test_before_there_is_a_secret_there_is_nothing_to_tell(tmp_path: Path) -> None:
    run = gatepost("secret", "show", "--data", tmp_path / "none")
    assert (run.returncode, "there is no secret yet" in run.stdout.decode()) == (0, True)
    assert not (tmp_path / "none").exists()
    checks = lines(gatepost("doctor", "--json", "--data", tmp_path / "none"))
    assert [one["state"] for one in checks if one["name"] == "secret"] == ["good"]
