"""The device's own keys in a sealed file: device_keys.json, both private halves as hex."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cardcore import wire
from cardcore.device_keys import DeviceKeys, device_keys_of
from cardcore.errors import WireError
from scanner.errors import ConfigError, SealError
from scanner.sealing import SealedFile, Vault

DEVICE_KEYS_FILE: Final = "device_keys.json"
_WIPED: Final = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    signing: wire.Hex = field(repr=False)
    receiving: wire.Hex = field(repr=False)


def read_device_keys(folder: Path, vault: Vault) -> DeviceKeys | None:
    """The keys of this device; None where it has none yet.

    Raises:
        ConfigError: the file is damaged.
    """
    path = folder / DEVICE_KEYS_FILE
    try:
        return SealedFile(path, vault).read(_keys_in)
    except FileNotFoundError:
        return None
    except (OSError, WireError, SealError) as error:
        hint = "cannot be read: enrol this device again (gatepost enrol URL CODE); its log stays"
        raise ConfigError(field=DEVICE_KEYS_FILE, value=str(path), hint=hint) from error


def write_device_keys(folder: Path, keys: DeviceKeys, vault: Vault) -> None:
    """Keep them, before central is told of them; durable when this returns.

    Raises:
        ConfigError: the folder cannot be written.
    """
    kept = _Kept(signing=keys.signing.hex(), receiving=keys.receiving.hex())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        SealedFile(folder / DEVICE_KEYS_FILE, vault).write(wire.serialise(kept))
    except OSError as error:
        raise ConfigError(
            field="data", value=str(folder), hint=f"cannot be written: {error}"
        ) from error


def wipe_receiving_key(folder: Path, vault: Vault) -> None:
    """Do away with the key that key sets are sealed to: what was recorded on the way to this device opens no more.

    Raises:
        ConfigError: the file is damaged, or the folder cannot be written.
    """
    keys = read_device_keys(folder, vault)
    if keys is not None and keys.receiving != _WIPED:
        write_device_keys(folder, DeviceKeys(signing=keys.signing, receiving=_WIPED), vault)


def _keys_in(data: bytes) -> DeviceKeys:
    kept = wire.parse(data, _Kept)
    return device_keys_of(wire.bytes_of(kept.signing), wire.bytes_of(kept.receiving))
