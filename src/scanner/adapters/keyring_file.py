"""The device's own papers in a folder: who it is (device.json) and the key set in force (keyset.cose).

Both are written whole or not at all: to a new file, synced, then renamed over the old one.
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cardcore import wire
from cardcore.documents import DocumentKind, RootKey, open_document
from cardcore.errors import KeySetError, WireError
from cardcore.ids import Audience, DeviceId, DoorId, Kid
from cardcore.keyset import KeySet, key_set_of
from cardcore.keyset_document import key_set_in
from cardcore.policy import DoorPolicy
from scanner.durable import replace_file
from scanner.errors import ConfigError

DEVICE_FILE: Final = "device.json"
KEY_SET_FILE: Final = "keyset.cose"
_NO_KEYS: Final = key_set_of(())
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePapers:
    """Who this device is, and whom it trusts; ``token`` is its secret."""

    device_id: DeviceId
    door: DoorId
    audience: Audience
    central_url: str
    token: str = field(repr=False)
    root_kid: wire.Hex
    root_public_key: wire.Hex
    policy: DoorPolicy = field(default_factory=DoorPolicy)

    @property
    def root(self) -> RootKey:
        """The pinned root."""
        return RootKey(
            kid=Kid(bytes.fromhex(self.root_kid)), public_key=bytes.fromhex(self.root_public_key)
        )


def read_papers(folder: Path) -> DevicePapers:
    """Who this device is.

    Raises:
        ConfigError: not enrolled, or the file is damaged.
    """
    path = folder / DEVICE_FILE
    hint = "this device is not enrolled here; run: gatepost enrol URL CODE"
    try:
        return wire.parse(path.read_bytes(), DevicePapers)
    except FileNotFoundError as error:
        raise ConfigError(field="data", value=str(folder), hint=hint) from error
    except (OSError, WireError) as error:
        raise ConfigError(
            field=DEVICE_FILE, value=str(path), hint=f"cannot be read: {error}"
        ) from error


def write_papers(folder: Path, papers: DevicePapers) -> None:
    """Keep who this device is.

    Raises:
        ConfigError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / DEVICE_FILE, wire.serialise(papers))
    except OSError as error:
        raise ConfigError(
            field="data", value=str(folder), hint=f"cannot be written: {error}"
        ) from error


class KeyringFile:
    """The KeyRing of a door. A key set that another process accepted counts from the next question on."""

    def __init__(self, folder: Path, papers: DevicePapers) -> None:
        self._path = folder / KEY_SET_FILE
        self._papers = papers
        self._seen: tuple[int, int] | None = None
        self._keys = _NO_KEYS

    @property
    def audience(self) -> Audience:
        """The venue this door belongs to."""
        return self._papers.audience

    @property
    def version(self) -> int:
        """Version of the key set in force, 0 for none."""
        return self.current().version

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
            replace_file(self._path, data)
        except OSError as error:
            raise ConfigError(
                field=KEY_SET_FILE, value=str(self._path), hint=f"cannot be written: {error}"
            ) from error

    def _load(self) -> None:
        try:
            document = open_document(
                self._path.read_bytes(),
                root=self._papers.root,
                kind=DocumentKind.KEY_SET,
                audience=self._papers.audience,
            )
            self._keys = key_set_in(document)
        except (OSError, KeySetError) as error:
            _log.warning("key set in %s not used: %s", self._path, error)
