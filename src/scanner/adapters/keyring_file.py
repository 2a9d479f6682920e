"""The device's own papers in a folder: who it is (device.json) and the key set in force (keyset.cose).

Both are written whole or not at all, and sealed under the device's secret (scanner.sealing).
"""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cardcore import wire
from cardcore.documents import Document, DocumentKind, RootKey
from cardcore.errors import SealedElsewhereError, WireError
from cardcore.ids import Audience, DeviceId, DoorId, Kid, UnixSeconds
from cardcore.keyset import KeySet, key_set_of
from cardcore.keyset_document import key_set_in
from cardcore.policy import DoorPolicy
from cardcore.sealed_body import open_body
from scanner.errors import ConfigError, LedgerError, SealError
from scanner.sealing import SealedFile, Vault
from scanner.signed_files import SignedFile

DEVICE_FILE: Final = "device.json"
KEY_SET_FILE: Final = "keyset.cose"
_NO_KEYS: Final = key_set_of(())


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePapers:
    """Who this device is, and whom it trusts; ``token`` is the secret of one that has not registered keys yet.

    ``certificate`` (PEM) is the one that central is known by over TLS; None where public authorities vouch for it.
    """

    device_id: DeviceId
    door: DoorId
    audience: Audience
    central_url: str
    token: str | None = field(default=None, repr=False)
    root_kid: wire.Hex
    root_public_key: wire.Hex
    policy: DoorPolicy = field(default_factory=DoorPolicy)
    certificate: str | None = field(default=None, repr=False)

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
    """The KeyRing of a door. A key set that another process accepted counts from the next question on.

    ``roots`` are those whose documents are opened, the pinned one alone where none are given; ``receiving`` is the
    device's X25519 private key, to which central seals, None for a device that has none yet.
    """

    def __init__(
        self,
        folder: Path,
        papers: DevicePapers,
        vault: Vault,
        roots: Callable[[], Iterable[RootKey]] | None = None,
        receiving: Callable[[], bytes | None] = lambda: None,
    ) -> None:
        self._papers = papers
        self._receiving = receiving
        self._file = SignedFile(
            folder / KEY_SET_FILE,
            kind=DocumentKind.KEY_SET,
            audience=papers.audience,
            roots=roots or (lambda: (papers.root,)),
            read=self.opened,
            vault=vault,
        )

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
        held = self._file.current()
        return None if held is None else (held.document.issued_at, held.document.expires_at)

    def current(self) -> KeySet:
        """The key set in force; empty where there is none. A file that cannot be trusted changes nothing."""
        held = self._file.current()
        return _NO_KEYS if held is None else held.value

    def opened(self, document: Document) -> KeySet:
        """The key set of a document, opened with this device's key where it is sealed.

        Raises:
            SealedElsewhereError: sealed to another device.
            KeySetError: it cannot be used.
        """
        if not isinstance(document.body, bytes):
            return key_set_in(document)
        key = self._receiving()
        if key is None:
            msg = "sealed, and this device has no key to open it with"
            raise SealedElsewhereError(msg)
        body = open_body(
            document.body,
            kind=document.kind,
            device=self._papers.device_id,
            private_key=key,
        )
        return key_set_in(dataclasses.replace(document, body=body))

    def replace(self, data: bytes) -> None:
        """Keep a document that passed every check; durable when this returns.

        Raises:
            ConfigError: the folder cannot be written.
        """
        self._file.replace(data)

    def wipe(self) -> None:
        """Do away with the key set, here and on the disk.

        Raises:
            LedgerError: it cannot be.
        """
        try:
            self._file.forget()
        except ConfigError as error:
            msg = f"the key set cannot be wiped: {error}"
            raise LedgerError(msg) from error
