"""The device's own keys on the disk."""

from pathlib import Path
from typing import Final

import pytest

from cardcore.device_keys import DeviceKeys
from scanner.adapters.device_keys_file import (
    DEVICE_KEYS_FILE,
    read_device_keys,
    write_device_keys,
)
from scanner.errors import ConfigError
from scanner.sealing import is_sealed
from tests.fakes.vault import OTHER_VAULT, VAULT

KEYS: Final = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32)


def test_keys_come_back_as_they_were_and_nobody_else_reads_them(tmp_path: Path) -> None:
    write_device_keys(tmp_path / "deep", KEYS, VAULT)
    assert read_device_keys(tmp_path / "deep", VAULT) == KEYS
    assert (tmp_path / "deep" / DEVICE_KEYS_FILE).stat().st_mode & 0o077 == 0


def test_a_folder_without_keys_has_none(tmp_path: Path) -> None:
    assert read_device_keys(tmp_path, VAULT) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"signing": "", "receiving": ""}',
        b'{"signing": "zz", "receiving": "00"}',
        b'{"signing": 7}',
    ],
)
def test_damaged_keys_say_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DEVICE_KEYS_FILE).write_bytes(content)
    with pytest.raises(ConfigError, match="gatepost enrol URL CODE"):
        read_device_keys(tmp_path, VAULT)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_device_keys(tmp_path / "file", KEYS, VAULT)


def test_keys_are_sealed_and_another_secret_opens_none(tmp_path: Path) -> None:
    write_device_keys(tmp_path, KEYS, VAULT)
    assert is_sealed(tmp_path / DEVICE_KEYS_FILE)
    with pytest.raises(ConfigError, match="gatepost enrol URL CODE"):
        read_device_keys(tmp_path, OTHER_VAULT)
