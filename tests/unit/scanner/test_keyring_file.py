"""The device's papers and keys on the disk: whole or not at all, and nothing believed that the root did not sign."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from cardcore import wire
from cardcore.documents import DocumentKind
from cardcore.ids import Audience, DeviceId, DoorId
from cardcore.keyset import key_set_of
from scanner.adapters.keyring_file import (
    DEVICE_FILE,
    KEY_SET_FILE,
    DevicePapers,
    KeyringFile,
    read_papers,
    write_papers,
)
from scanner.errors import ConfigError
from scanner.sealing import is_sealed
from tests.fakes.card_material import VENUE, the_keys
from tests.fakes.scanner_central import OTHER_SECRET, ROOT, signed, signed_keys
from tests.fakes.vault import OTHER_VAULT, VAULT

PAPERS: Final = DevicePapers(
    device_id=DeviceId("dev-1"),
    door=DoorId("Front door"),
    audience=VENUE,
    central_url="http://127.0.0.1:9",
    token="the secret token",
    root_kid=ROOT.kid.hex(),
    root_public_key=ROOT.public_key.hex(),
)


def test_papers_come_back_as_they_were_and_nobody_else_reads_them(tmp_path: Path) -> None:
    write_papers(tmp_path / "deep" / "er", PAPERS, VAULT)
    assert read_papers(tmp_path / "deep" / "er", lambda: VAULT) == PAPERS
    assert (tmp_path / "deep" / "er" / DEVICE_FILE).stat().st_mode & 0o077 == 0
    assert PAPERS.root == ROOT


def test_papers_do_not_print_their_secret() -> None:
    assert "secret" not in repr(PAPERS)


def test_a_folder_without_papers_says_how_to_enrol(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gatepost enrol URL CODE"):
        read_papers(tmp_path, lambda: VAULT)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"device_id": 7}', b"\xff", wire.serialise(PAPERS)[:-9]]
)
def test_damaged_papers_are_named_and_no_secret_is_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DEVICE_FILE).write_bytes(content)
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        read_papers(tmp_path, lambda: VAULT)
    assert "secret" not in str(caught.value)


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_papers(tmp_path / "file", PAPERS, VAULT)
    with pytest.raises(ConfigError, match="cannot be written"):
        KeyringFile(tmp_path / "nowhere", PAPERS, VAULT).replace(b"x")


def test_what_was_broken_off_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    keyring = KeyringFile(tmp_path, PAPERS, VAULT)
    keyring.replace(signed_keys(the_keys(), version=1))
    (tmp_path / KEY_SET_FILE).unlink()
    (tmp_path / KEY_SET_FILE).mkdir()
    with pytest.raises(ConfigError):
        keyring.replace(signed_keys(the_keys(), version=2))
    assert [found.name for found in tmp_path.iterdir()] == [KEY_SET_FILE]


def test_without_a_key_set_there_are_no_keys(tmp_path: Path) -> None:
    keyring = KeyringFile(tmp_path, PAPERS, VAULT)
    assert (keyring.current().keys, keyring.version, keyring.audience) == ({}, 0, VENUE)


def test_a_kept_key_set_is_in_force(tmp_path: Path) -> None:
    keyring = KeyringFile(tmp_path, PAPERS, VAULT)
    keyring.replace(signed_keys(the_keys(), version=3))
    assert keyring.current() == key_set_of(the_keys().keys.values(), version=3)
    assert keyring.version == 3


def test_a_key_set_another_process_kept_counts_from_the_next_question_on(tmp_path: Path) -> None:
    keyring, other = KeyringFile(tmp_path, PAPERS, VAULT), KeyringFile(tmp_path, PAPERS, VAULT)
    keyring.replace(signed_keys(the_keys(), version=3))
    assert keyring.version == 3
    other.replace(signed_keys(key_set_of(()), version=4))
    assert (keyring.version, keyring.current().keys) == (4, {})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        signed_keys(the_keys(), version=9)[:-1],
        signed(DocumentKind.KEY_SET, (), version=9, secret=OTHER_SECRET),
        signed(DocumentKind.KEY_SET, (), version=9, audience=Audience("elsewhere")),
        signed(DocumentKind.SNAPSHOT, (), version=9),
        signed(DocumentKind.KEY_SET, ((1, 2, 3),), version=9),
    ],
    ids=["empty", "html", "cut", "foreign root", "foreign venue", "another kind", "bad row"],
)
def test_a_file_that_cannot_be_trusted_changes_nothing(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    keyring = KeyringFile(tmp_path, PAPERS, VAULT)
    keyring.replace(signed_keys(the_keys(), version=3))
    assert keyring.version == 3
    KeyringFile(tmp_path, PAPERS, VAULT).replace(content)
    assert keyring.version == 3
    assert "not used" in caplog.text
    assert KeyringFile(tmp_path, PAPERS, VAULT).version == 0


def test_a_file_taken_away_changes_nothing(tmp_path: Path) -> None:
    keyring = KeyringFile(tmp_path, PAPERS, VAULT)
    keyring.replace(signed_keys(the_keys(), version=3))
    assert keyring.version == 3
    (tmp_path / KEY_SET_FILE).unlink()
    assert keyring.version == 3


def test_a_root_of_the_wrong_length_trusts_nothing(tmp_path: Path) -> None:
    keyring = KeyringFile(tmp_path, replace(PAPERS, root_public_key="00"), VAULT)
    keyring.replace(signed_keys(the_keys(), version=3))
    assert keyring.version == 0


def test_what_an_earlier_program_kept_open_is_sealed_as_it_is_used(tmp_path: Path) -> None:
    (tmp_path / DEVICE_FILE).write_bytes(wire.serialise(PAPERS))
    (tmp_path / KEY_SET_FILE).write_bytes(signed_keys(the_keys(), version=3))
    assert read_papers(tmp_path, lambda: VAULT) == PAPERS
    assert KeyringFile(tmp_path, PAPERS, VAULT).version == 3
    assert is_sealed(tmp_path / DEVICE_FILE)
    assert is_sealed(tmp_path / KEY_SET_FILE)
    assert read_papers(tmp_path, lambda: VAULT) == PAPERS


def test_under_another_secret_there_are_no_papers_and_no_keys(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_papers(tmp_path, PAPERS, VAULT)
    KeyringFile(tmp_path, PAPERS, VAULT).replace(signed_keys(the_keys(), version=3))
    with pytest.raises(ConfigError, match=r"another secret.* enrol again"):
        read_papers(tmp_path, lambda: OTHER_VAULT)
    assert KeyringFile(tmp_path, PAPERS, OTHER_VAULT).version == 0
    assert "another secret" in caplog.text
