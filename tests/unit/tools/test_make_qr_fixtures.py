import io
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import tools.make_qr_fixtures as command
from tools.fixture_check import Report, check_fixtures
from tools.fixture_evening import evening
from tools.fixture_files import (
    FixtureError,
    Outcomes,
    file_names,
    pictures_of,
    read_manifest,
    refuse_unlike,
    versions_here,
    write_fixtures,
)
from tools.fixture_shots import NOTHING, Shot

WANTED = ("web-address", "expired-rotating", "print-first", "passback-same-print", "two-phones")
HALF = "half-a-code-at-the-edge"
SHOTS = [shot for shot in evening() if shot.name in WANTED]
Mend = Callable[[Path], object]


def quiet(done: int, of: int, doing: str) -> None:
    del done, of, doing


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qr")
    write_fixtures(SHOTS, folder, quiet, 1)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "qr"))


def checked(folder: Path) -> Report:
    return check_fixtures(read_manifest(folder), SHOTS, folder, quiet, 1)


def test_what_was_made_is_found_as_it_must_be(folder: Path) -> None:
    assert checked(folder) == Report(pictures=len(SHOTS), right=len(SHOTS), faults=())


def test_the_same_bytes_are_made_again(made: Path) -> None:
    again = pictures_of(SHOTS, quiet, 1)

    assert [(made / name).read_bytes() for name in file_names(SHOTS)] == list(again)


def test_several_processes_make_the_same_bytes(made: Path) -> None:
    again = pictures_of(SHOTS[:2], quiet, 2)

    assert [(made / name).read_bytes() for name in file_names(SHOTS)[:2]] == list(again)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda at: (at / "keyset.cose").write_bytes(b""), "keyset.cose: not the file"),
        (lambda at: (at / "001-other.jpg").write_bytes(b""), "001-other.jpg: not in the manifest"),
        (lambda at: (at / "device.json").write_text("{}\n"), "the documents make no door: "),
        (lambda at: (at / "keyset.cose").unlink(), "the documents make no door: [Errno 2]"),
        (lambda at: (at / "snapshot.cose").unlink(), "snapshot.cose: missing"),
    ],
)
def test_a_changed_file_is_named(folder: Path, change: Mend, says: str) -> None:
    change(folder)

    assert any(fault.startswith(says) for fault in checked(folder).faults)


def test_a_missing_picture_is_named_and_not_as_expected(folder: Path) -> None:
    gone = file_names(SHOTS)[0]
    (folder / gone).unlink()
    report = checked(folder)

    assert f"{gone}: missing" in report.faults
    assert report.right == len(SHOTS) - 1


def test_another_picture_under_the_name_is_found_out(folder: Path) -> None:
    one, other = file_names(SHOTS)[:2]
    shutil.copyfile(folder / other, folder / one)
    report = checked(folder)

    assert f"{one}: not the file the manifest names" in report.faults
    assert report.right < len(SHOTS)


def test_a_verdict_that_must_be_otherwise_is_named(folder: Path) -> None:
    manifest = read_manifest(folder)
    first = replace(manifest.pictures[0], expect=[Outcomes(decision=None, reason="no_code")])
    report = check_fixtures(
        replace(manifest, pictures=[first, *manifest.pictures[1:]]), SHOTS, folder, quiet, 1
    )

    assert report.right == len(SHOTS) - 1
    assert any("must be no verdict no_code" in fault for fault in report.faults)
    assert any("would be made otherwise now" in fault for fault in report.faults)


def test_with_other_packages_nothing_is_made_again_and_that_is_said(folder: Path) -> None:
    manifest = replace(read_manifest(folder), made_with=versions_here() | {"numpy": "0.1"})
    report = check_fixtures(manifest, SHOTS, folder, quiet, 1)

    assert not report.faults
    assert "numpy 0.1" in report.notes[0]


def test_a_picture_that_does_not_read_is_refused(made: Path) -> None:
    first, half = SHOTS[0], next(shot for shot in evening() if shot.name == HALF)
    good = (made / file_names(SHOTS)[0]).read_bytes()
    (cut,) = pictures_of([half], quiet, 1)

    refuse_unlike(first, good)
    for shot, file in ((first, cut), (replace(first, expect=(NOTHING,)), good), (first, b"no")):
        with pytest.raises(FixtureError):
            refuse_unlike(shot, file)


def test_a_folder_without_a_manifest_is_said(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match="cannot be read"):
        read_manifest(tmp_path)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[Shot]:
    monkeypatch.setattr(command, "evening", lambda: SHOTS[:2])
    return SHOTS[:2]


def test_the_command_makes_and_checks(
    few: list[Shot], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = ["--folder", str(tmp_path / "qr"), "--jobs", "1"]

    assert command.main(there) == 0
    assert command.main([*there, "--check"]) == 0
    assert capsys.readouterr().out.endswith(f"{len(few)} pictures, {len(few)} as expected\n")
    next((tmp_path / "qr").glob("*.jpg")).write_bytes(b"")
    assert command.main([*there, "--check"]) == 1


def test_the_command_says_what_it_cannot_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--folder", str(tmp_path), "--check"]) == 1
    assert "manifest.json cannot be read" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command.main(["--jobs", "0"])


@pytest.mark.usefixtures("few")
def test_a_terminal_sees_a_bar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    command.main(["--folder", str(tmp_path / "qr"), "--jobs", "1"])

    assert "making pictures  [###############...............] 1/2" in terminal.getvalue()
