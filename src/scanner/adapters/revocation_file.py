"""The revocation of this device, as it came: kept for good, and believed only while the root's signature holds."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from cardcore.documents import RootKey, root_of
from cardcore.errors import DocumentError
from cardcore.ids import Audience, DeviceId, UnixSeconds
from cardcore.revocation_document import revocation_in
from scanner.durable import replace_file
from scanner.errors import LedgerError

REVOCATION_FILE: Final = "revocation.cose"
_log = logging.getLogger(__name__)


class RevocationFile:
    """Whether the device that these papers are of is shut out. What another process keeps counts at once."""

    def __init__(
        self,
        folder: Path,
        *,
        device_id: DeviceId,
        audience: Audience,
        root: RootKey,
        newer: Callable[[], Iterable[RootKey]] = tuple,
    ) -> None:
        self._path = folder / REVOCATION_FILE
        self._device_id = device_id
        self._audience = audience
        self._root = root
        self._newer = newer
        self._seen: tuple[int, int] | None = None
        self._since: UnixSeconds | None = None

    def since(self) -> UnixSeconds | None:
        """Since when the device is shut out; None while it is not."""
        try:
            stat = self._path.stat()
        except OSError:
            return self._since
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen != self._seen:
            self._seen = seen
            self._load()
        return self._since

    def keep(self, document: bytes) -> None:
        """Keep a revocation that passed every check; durable when this returns.

        Raises:
            LedgerError: the folder cannot be written; the door is shut all the same, until it starts anew.
        """
        self._judge(document)
        try:
            replace_file(self._path, document)
        except OSError as error:
            msg = f"the revocation of this device cannot be kept: {error}"
            raise LedgerError(msg) from error

    def _load(self) -> None:
        try:
            self._judge(self._path.read_bytes())
        except OSError as error:
            _log.warning("%s cannot be read: %s", self._path, error)

    def _judge(self, document: bytes) -> None:
        try:
            root = root_of(document, self._newer(), self._root)
            self._since = revocation_in(document, self._device_id, self._audience, root=root)
        except DocumentError as error:  # of who this device was before it was enrolled anew
            _log.info("%s does not shut this device out: %s", self._path, error)
