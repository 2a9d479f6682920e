"""The device's own papers in a folder: who it is (device.json) and the key set in force (keyset.cose).

Both are written whole or not at all, and sealed under the device's secret (scanner.sealing).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cardcore import wire
from cardcore.documents import DocumentKind, RootKey, open_document
from cardcore.errors import KeySetError, WireError
from cardcore.ids import Audience, DeviceId, DoorId, Kid, UnixSeconds
from cardcore.keyset import KeySet, key_set_of
from cardcore.keyset_document import key_set_in
from cardcore.policy import DoorPolicy
from scanner.errors import ConfigError, LedgerError, SealError
from scanner.sealing import SealedFile, Vault

DEVICE_FILE: Final = "device.json"
KEY_SET_FILE: Final = "keyset.cose"
_NO_KEYS: Final = key_set_of(())
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePapers:
    """Who this device is, and whom it trusts; ``token`` is the secret of one that has not registered keys yet."""

    device_id: DeviceId
    door: DoorId
    audience: Audience
    central_url: str
    token: str | None = field(default=None, repr=False)
    root_kid: wire.Hex
    root_public_key: wire.Hex
    policy: DoorPolicy = field(default_factory=DoorPolicy)

    @property
    def root(self) -> RootKey:
        """The pinned root."""
        return RootKey(
            kid=Kid(bytes.fromhex(self.root_kid)), public_key=bytes.fromhex(self.root_public_key)
        )


def read_papers(folder: Path, vault: Callable[[], Vault]) -> DevicePapers:
    """Who this device is; ``vault`` is opened only where it is enrolled.

    Raises:
        ConfigError: not enrolled, the file is damaged, or it was sealed under another secret.
    """
    path = folder / DEVICE_FILE
    hint = "this device is not enrolled here; run: gatepost enrol URL CODE"
    if not path.exists():
        raise ConfigError(field="data", value=str(folder), hint=hint)
    try:
        return SealedFile(path, vault()).read(lambda data: wire.parse(data, DevicePapers))
    except SealError as error:
        hint = f"{error}: put {folder / 'device.secret'} back, or enrol again; the log needs the old secret"
        raise ConfigError(field=DEVICE_FILE, value=str(path), hint=hint) from error
    except (OSError, WireError) as error:
        raise ConfigError(
            field=DEVICE_FILE, value=str(path), hint=f"cannot be read: {error}"
        ) from error


def write_papers(folder: Path, papers: DevicePapers, vault: Vault) -> None:
    """Keep who this device is.

    Raises:
        ConfigError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        SealedFile(folder / DEVICE_FILE, vault).write(wire.serialise(papers))
    except OSError as error:
        raise ConfigError(
            field="data", value=str(folder), hint=f"cannot be written: {error}"
        ) from error


class KeyringFile:
    """The KeyRing of a door. A key set that another process accepted counts from the next question on."""

    def __init__(self, folder: Path, papers: DevicePapers, vault: Vault) -> None:
        self._path = folder / KEY_SET_FILE
        self._file = SealedFile(self._path, vault)
        self._papers = papers
        self._seen: tuple[int, int] | None = None
        self._keys = _NO_KEYS
        self._ages: tuple[UnixSeconds, UnixSeconds] | None = None

    @property
    def audience(self) -> Audience:
        """The venue this door belongs to."""
        return self._papers.audience

    @property
    def version(self) -> int:
        """Version of the key set in force, 0 for none."""
        return self.current().version

    @property
    def ages(self) -> tuple[UnixSeconds, UnixSeconds] | None:
        """When central made the key set in force, and until when it is to be renewed; None where there is none."""
        self.current()
        return self._ages

    def current(self) -> KeySet:
        """The key set in force; empty where there is none. A file that cannot be trusted changes nothing."""
        try:
            stat = self._path.stat()
        except OSError:
            return self._keys
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen != self._seen:
            self._seen = seen
            self._load()
        return self._keys

    def replace(self, data: bytes) -> None:
        """Keep a document that passed every check; durable when this returns.

        Raises:
            ConfigError: the folder cannot be written.
        """
        try:
            self._file.write(data)
        except OSError as error:
            raise ConfigError(
                field=KEY_SET_FILE, value=str(self._path), hint=f"cannot be written: {error}"
            ) from error

    def wipe(self) -> None:
        """Do away with the key set, here and on the disk.

        Raises:
            LedgerError: it cannot be.
        """
        self._keys, self._seen = _NO_KEYS, None
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            msg = f"{self._path} cannot be wiped: {error}"
            raise LedgerError(msg) from error

    def _load(self) -> None:
        try:
            self._keys = self._file.read(self._checked)
        except (OSError, KeySetError, SealError) as error:
            _log.warning("key set in %s not used: %s", self._path, error)

    def _checked(self, data: bytes) -> KeySet:
        document = open_document(
            data,
            root=self._papers.root,
            kind=DocumentKind.KEY_SET,
            audience=self._papers.audience,
        )
        keys = key_set_in(document)
        self._ages = (document.issued_at, document.expires_at)
        return keys
