"""PINs that are good enough, their digests, and the secret of the device."""

import stat
from pathlib import Path

import pytest

from scanner.adapters.pin_scrypt import (
    ScryptPins,
    check_pin,
    keep_secret,
    read_secret,
)
from scanner.errors import ConfigError
from tests.fakes.card_material import fixed_bytes


@pytest.mark.parametrize("pin", ["2580", "135792468013"])
def test_a_good_pin(pin: str) -> None:
    check_pin(pin)


@pytest.mark.parametrize(
    "pin", ["", "123", "1234567890123", "12a4", "٣٤٥٦", "1111", "1234", "9876", " 258"]
)
def test_a_pin_that_anybody_would_try(pin: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check_pin(pin)
    assert pin not in str(refused.value) or not pin


def test_a_digest_depends_on_the_device() -> None:
    one, other = (ScryptPins(fixed_bytes(name)) for name in ("one", "other"))
    assert one.digest("2580") == one.digest("2580")
    assert one.digest("2580") not in {other.digest("2580"), one.digest("2581")}


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    keep_secret(folder, fixed_bytes("first"))
    keep_secret(folder, fixed_bytes("second"))
    assert read_secret(folder) == fixed_bytes("first")
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_others_can_read_or_cut_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_secret(tmp_path)
    keep_secret(tmp_path, fixed_bytes("first"))
    (tmp_path / "device.secret").chmod(0o644)
    with pytest.raises(ConfigError, match="600"):
        read_secret(tmp_path)
    (tmp_path / "device.secret").chmod(0o600)
    (tmp_path / "device.secret").write_bytes(b"short")
    with pytest.raises(ConfigError, match="32 bytes"):
        read_secret(tmp_path)


def test_a_folder_that_cannot_be_written_keeps_no_secret(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError):
        keep_secret(tmp_path / "file", fixed_bytes("first"))
