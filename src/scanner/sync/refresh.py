"""Take the key set and the snapshot from central; a document counts only after every check."""

import logging
from dataclasses import dataclass

from cardcore.documents import Document, DocumentKind, RootKey, accept_document
from cardcore.errors import DocumentError, KeySetError
from cardcore.ids import UnixSeconds
from cardcore.keyset_document import key_set_in
from cardcore.snapshot_document import rows_in
from scanner.ports import CentralLink, Clock, KeyRing, Outbox, StatusMemory

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport:
    """Versions in force after a refresh, and why a document was refused, if one was."""

    keyset_version: int
    snapshot_version: int
    refused: tuple[str, ...] = ()


class Refresher:
    """Remembers between refreshes what it has, so that unchanged documents are not sent again."""

    def __init__(
        self,
        *,
        link: CentralLink,
        keyring: KeyRing,
        memory: StatusMemory,
        root: RootKey,
        clock: Clock,
        outbox: Outbox | None,
    ) -> None:
        self._link = link
        self._keyring = keyring
        self._memory = memory
        self._root = root
        self._clock = clock
        self._outbox = outbox
        self._etags: dict[DocumentKind, str | None] = {}

    @property
    def versions(self) -> tuple[int, int]:
        """Of the key set and of the snapshot in force."""
        return self._keyring.version, self._memory.snapshot_version

    def refresh(self) -> RefreshReport:
        """Fetch both documents, and put in force what passes.

        Raises:
            LinkError: central was lost or said no.
        """
        refused: list[str] = []
        for kind, take in (
            (DocumentKind.KEY_SET, self._take_key_set),
            (DocumentKind.SNAPSHOT, self._take_snapshot),
        ):
            try:
                take()
            except (DocumentError, KeySetError) as error:
                # The one in force stays in force; staff see why in `gatepost status` and `sync`.
                _log.warning("%s from central refused: %s", kind.value, error)
                refused.append(f"{kind.value}: {error}")
        return RefreshReport(
            keyset_version=self._keyring.version,
            snapshot_version=self._memory.snapshot_version,
            refused=tuple(refused),
        )

    def _take_key_set(self) -> None:
        fetched = self._link.key_set(self._etags.get(DocumentKind.KEY_SET))
        if fetched is None:
            return
        document = self._accept(fetched.data, DocumentKind.KEY_SET, self._keyring.version)
        key_set_in(document)  # a signed key set that cannot be used is refused like any other
        self._keyring.replace(fetched.data)
        self._etags[DocumentKind.KEY_SET] = fetched.etag
        self._teach(document)

    def _take_snapshot(self) -> None:
        fetched = self._link.snapshot(self._etags.get(DocumentKind.SNAPSHOT))
        if fetched is None:
            return
        document = self._accept(fetched.data, DocumentKind.SNAPSHOT, self._memory.snapshot_version)
        self._memory.replace_snapshot(document.version, document.issued_at, rows_in(document))
        self._etags[DocumentKind.SNAPSHOT] = fetched.etag
        self._teach(document)

    def _accept(self, data: bytes, kind: DocumentKind, in_force: int) -> Document:
        now: UnixSeconds = self._clock.now().seconds
        return accept_document(
            data,
            root=self._root,
            kind=kind,
            audience=self._keyring.audience,
            in_force=in_force,
            now=now,
        )

    def _teach(self, document: Document) -> None:
        if self._outbox is not None:
            self._outbox.raise_clock_floor(document.issued_at)
