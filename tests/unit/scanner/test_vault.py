"""The vault of a door by its settings: credential, passphrase, file, and a kiosk that has nobody to ask."""

from dataclasses import replace
from pathlib import Path

import pytest

from scanner.adapters.device_secret import Keeper, rewrap
from scanner.bootstrap.vault import device_secret, means_of, open_vault
from scanner.config import Settings
from scanner.errors import ConfigError
from scanner.passphrase import Passphrase
from tests.fakes.card_material import fixed_bytes

WORDS = "correct horse battery"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return Settings(data=str(tmp_path / "data"), passphrase=Passphrase(lambda: WORDS))


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def test_without_anything_the_secret_is_a_file(settings: Settings) -> None:
    assert device_secret(settings).keeper is Keeper.FILE
    assert open_vault(settings).pin_salt == device_secret(settings).secret


def test_a_credential_counts_where_systemd_gives_one_for_us(
    settings: Settings, credentials: Path
) -> None:
    assert device_secret(settings).keeper is Keeper.FILE
    (credentials / "gatepost.secret").write_bytes(fixed_bytes("credential"))
    assert device_secret(settings).keeper is Keeper.CREDENTIAL
    (credentials / "gatepost.secret").unlink()
    with pytest.raises(ConfigError, match="credential of systemd"):
        open_vault(settings)
    (credentials / "gatepost.secret").mkdir()
    with pytest.raises(ConfigError, match=r"gatepost\.secret"):
        open_vault(settings)


def test_a_kiosk_refuses_a_passphrase_since_it_must_come_back_by_itself(
    settings: Settings,
) -> None:
    secret = device_secret(settings).secret
    rewrap(settings.folder, secret, Keeper.PASSPHRASE, means_of(settings))
    with pytest.raises(ConfigError, match="nobody is there to type it"):
        open_vault(replace(settings, kiosk=True))
    assert device_secret(settings).secret == secret
