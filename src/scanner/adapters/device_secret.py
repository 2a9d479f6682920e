"""The device's secret, and who keeps it: a systemd credential, an operator's passphrase, or a file of its own.

1. ``device.secret.sealed``: the secret is wrapped under a key that is not on this disk, from a credential or from a
   passphrase. It counts, where it is there.
2. ``device.secret`` (0600): the secret as it is; whoever has the disk has everything. Where a credential is given, it
   is wrapped under that at the next start, and this file goes.
3. Neither: a new one is made, the best way there is. Not where something lies sealed here already: then the secret
   was lost, and another would open nothing.

Wrapping under another key leaves the secret, and so all that is sealed under it, as they are. While both files are
there a change was not finished: the open one counts, and goes once the other holds the same.
"""

import os
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from scanner.durable import replace_file, sync_folder
from scanner.errors import ConfigError
from scanner.passphrase import COST, MAX_COST, Passphrase
from scanner.sealing import SALT_BYTES, SECRET_BYTES

SECRET_FILE: Final = "device.secret"  # noqa: S105 -- a file's name
WRAPPED_FILE: Final = "device.secret.sealed"
CREDENTIAL: Final = "gatepost.secret"  # its name in $CREDENTIALS_DIRECTORY
MIN_CREDENTIAL: Final = 16  # bytes
MAX_CREDENTIAL: Final = 65_536  # bytes; systemd allows a megabyte
_NONCE_BYTES: Final = 12
_ABOUT: Final = b"gatepost device secret, form 1"


class Keeper(StrEnum):
    """Who keeps the device's secret."""

    CREDENTIAL = "credential"
    PASSPHRASE = "passphrase"  # noqa: S105 -- a word
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSecret:
    """The secret, 32 bytes, and who keeps it."""

    secret: bytes = field(repr=False)
    keeper: Keeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a program has to open a secret with: a credential's content, somebody to ask, or neither."""

    credential: bytes | None = field(default=None, repr=False)
    passphrase: Passphrase | None = None


_Salt = Annotated[str, msgspec.Meta(pattern=rf"\A[0-9a-f]{{{2 * SALT_BYTES}}}\Z")]
_Hex = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{2})+\Z", max_length=256)]


class _Wrapped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    form: Literal[1] = 1
    keeper: Literal["credential", "passphrase"]
    salt: _Salt
    cost: Annotated[int, msgspec.Meta(ge=2, le=MAX_COST)] = COST
    sealed: _Hex


def keeper_of(folder: Path) -> Keeper | None:
    """Who keeps the secret of this folder, without opening it; None where there is none yet.

    Raises:
        ConfigError: the file of the wrapped one is damaged.
    """
    if (folder / SECRET_FILE).exists():
        return Keeper.FILE
    wrapped = _read_wrapped(folder)
    return None if wrapped is None else Keeper(wrapped.keeper)


def open_secret(folder: Path, means: Means, *, may_make: bool) -> DeviceSecret:
    """The secret of this folder; made where there is none and ``may_make``.

    Raises:
        ConfigError: it is missing, damaged, or cannot be opened with these means; the hint says what to do.
    """
    wrapped = _read_wrapped(folder)
    if (folder / SECRET_FILE).exists():
        return _from_file(folder, wrapped, means)
    if wrapped is not None:
        return DeviceSecret(secret=_unwrap(folder, wrapped, means), keeper=Keeper(wrapped.keeper))
    if not may_make:
        hint = "is missing, and what lies here is sealed under it; put it back, or enrol in an empty folder"
        raise ConfigError(field=SECRET_FILE, value=str(folder / SECRET_FILE), hint=hint)
    _make(folder, means)
    return open_secret(folder, means, may_make=False)


def rewrap(folder: Path, secret: bytes, keeper: Keeper, means: Means) -> None:
    """Let ``keeper`` keep the secret from now on, and nobody else.

    Raises:
        ConfigError: there is no such means, or the folder cannot be written.
    """
    try:
        if keeper is Keeper.FILE:
            replace_file(folder / SECRET_FILE, secret)
            (folder / WRAPPED_FILE).unlink(missing_ok=True)
            return
        replace_file(folder / WRAPPED_FILE, _wrap(secret, keeper, means))
        (folder / SECRET_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(field=SECRET_FILE, value=str(folder), hint=str(error)) from error


def _from_file(folder: Path, wrapped: _Wrapped | None, means: Means) -> DeviceSecret:
    secret = _read_open(folder)
    if wrapped is not None and Keeper(wrapped.keeper) is Keeper.PASSPHRASE:
        return DeviceSecret(secret=secret, keeper=Keeper.FILE)  # moving it asks somebody, by hand
    if means.credential is None:
        return DeviceSecret(secret=secret, keeper=Keeper.FILE)
    rewrap(folder, secret, Keeper.CREDENTIAL, means)
    return DeviceSecret(secret=secret, keeper=Keeper.CREDENTIAL)


def _make(folder: Path, means: Means) -> None:
    """Of two programs at the same, one wins, and both use its secret."""
    secret = os.urandom(SECRET_BYTES)
    sealed = means.credential is not None
    path = folder / (WRAPPED_FILE if sealed else SECRET_FILE)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_native_id()}")
    data = _wrap(secret, Keeper.CREDENTIAL, means) if sealed else secret
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(fresh, data)
        try:
            path.hardlink_to(fresh)  # whole or not at all, and never over another
            sync_folder(folder)  # before anything is sealed under it
        except FileExistsError:
            return
        finally:
            fresh.unlink()
    except OSError as error:
        raise ConfigError(field=SECRET_FILE, value=str(path), hint=str(error)) from error


def _read_open(folder: Path) -> bytes:
    path = folder / SECRET_FILE
    try:
        mode = path.stat().st_mode
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigError(field=SECRET_FILE, value=str(path), hint=str(error)) from error
    if mode & 0o077 or len(secret) != SECRET_BYTES:
        hint = f"must be {SECRET_BYTES} bytes that its owner alone can read (chmod 600)"
        raise ConfigError(field=SECRET_FILE, value=str(path), hint=hint)
    return secret


def _read_wrapped(folder: Path) -> _Wrapped | None:
    path = folder / WRAPPED_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Wrapped)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        hint = f"cannot be read: {error}. Put it back from a copy, or enrol in an empty folder"
        raise ConfigError(field=WRAPPED_FILE, value=str(path), hint=hint) from error


def _wrap(secret: bytes, keeper: Keeper, means: Means) -> bytes:
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(_NONCE_BYTES)
    key = _key(keeper, salt, COST, means)
    wrapped = _Wrapped(
        keeper="credential" if keeper is Keeper.CREDENTIAL else "passphrase",
        salt=salt.hex(),
        sealed=(nonce + AESGCM(key).encrypt(nonce, secret, _ABOUT)).hex(),
    )
    return msgspec.json.encode(wrapped)


def _unwrap(folder: Path, wrapped: _Wrapped, means: Means) -> bytes:
    keeper = Keeper(wrapped.keeper)
    key = _key(keeper, bytes.fromhex(wrapped.salt), wrapped.cost, means)
    sealed = bytes.fromhex(wrapped.sealed)
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _ABOUT)
    except (InvalidTag, ValueError) as error:
        hint = (
            f"this {keeper.value} does not open {folder / WRAPPED_FILE}: it was sealed with another"
        )
        raise ConfigError(field=keeper.value, value="…", hint=hint) from error


def _key(keeper: Keeper, salt: bytes, cost: int, means: Means) -> bytes:
    if keeper is Keeper.CREDENTIAL:
        return _credential_key(salt, means.credential)
    if means.passphrase is None:
        hint = "is asked for on a terminal, and there is none; a credential needs nobody"
        raise ConfigError(field="passphrase", value=None, hint=hint)
    return means.passphrase.key(salt, cost)


def _credential_key(salt: bytes, credential: bytes | None) -> bytes:
    if credential is None:
        hint = (
            "this door's secret is a credential of systemd's, which is not given here. As root, while the unit "
            "runs: CREDENTIALS_DIRECTORY=/run/credentials/UNIT.service gatepost …"
        )
        raise ConfigError(field=CREDENTIAL, value=None, hint=hint)
    if not MIN_CREDENTIAL <= len(credential) <= MAX_CREDENTIAL:
        hint = f"has {MIN_CREDENTIAL} to {MAX_CREDENTIAL} bytes; make 32: head -c 32 /dev/urandom"
        raise ConfigError(field=CREDENTIAL, value=f"{len(credential)} bytes", hint=hint)
    kdf = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"gatepost credential")
    return kdf.derive(credential)
