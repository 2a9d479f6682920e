"""This device's vault, by the settings: who keeps its secret, and the opening of it."""

from scanner.adapters.device_secret import (
    CREDENTIAL,
    DeviceSecret,
    Keeper,
    Means,
    keeper_of,
    open_secret,
)
from scanner.adapters.keyring_file import DEVICE_FILE, DevicePapers, read_papers
from scanner.config import Settings, credentials_folder
from scanner.errors import ConfigError
from scanner.sealing import Vault, is_sealed


def open_vault(settings: Settings) -> Vault:
    """The vault of the data folder; its secret is made where there is none.

    Raises:
        ConfigError: the secret is missing, damaged, or cannot be opened; the hint says what to do.
    """
    return Vault(device_secret(settings).secret)


def open_papers(settings: Settings) -> DevicePapers:
    """Who this device is.

    Raises:
        ConfigError: not enrolled, the file is damaged, or the vault cannot be opened.
    """
    return read_papers(settings.folder, lambda: open_vault(settings))


def device_secret(settings: Settings) -> DeviceSecret:
    """The secret of the data folder, and who keeps it. Raises as :func:`open_vault`."""
    folder = settings.folder
    if settings.kiosk and keeper_of(folder) is Keeper.PASSPHRASE:
        hint = "nobody is there to type it when a kiosk starts again; use a credential of systemd's"
        raise ConfigError(field="passphrase", value="--kiosk", hint=hint)
    return open_secret(folder, means_of(settings), may_make=not is_sealed(folder / DEVICE_FILE))


def means_of(settings: Settings) -> Means:
    """What there is to open a secret with.

    Raises:
        ConfigError: a credential is there and cannot be read.
    """
    return Means(credential=_credential(), passphrase=settings.passphrase)


def _credential() -> bytes | None:
    folder = credentials_folder()
    if folder is None:
        return None
    try:
        return (folder / CREDENTIAL).read_bytes()
    except FileNotFoundError:
        return None  # the unit has credentials, but none for us
    except OSError as error:
        raise ConfigError(field=CREDENTIAL, value=str(folder), hint=str(error)) from error
