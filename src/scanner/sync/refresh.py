"""Take from central what it signed: newer roots, policy, keys, lists, cards. A document counts only after every check."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cardcore.documents import DocumentKind
from cardcore.errors import DocumentError, KeySetError
from cardcore.ids import UnixSeconds
from cardcore.snapshot_document import rows_in
from scanner.ports import CentralLink, KeyRing, StatusMemory
from scanner.sync.parts import Part
from scanner.sync.snapshot import SnapshotTaker
from scanner.sync.trust import Gatekeeper

_log = logging.getLogger(__name__)


class Refusals(Protocol):
    """Where it is noted what was refused, for staff to see."""

    def note(self, refused: dict[str, str], now: UnixSeconds) -> None:
        """These kinds are refused now, and no others."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport:
    """Versions in force after a refresh, and why a document was refused, if one was."""

    keyset_version: int
    snapshot_version: int
    refused: tuple[str, ...] = ()


class Refresher:
    """Remembers between refreshes what it has, so that unchanged documents are not sent again.

    ``before`` are taken before the keys, ``after`` between keys and cards: a root before what it signs, a list before
    the large snapshot. That comes in ``chunks``, or in one piece where there are none or central has none.
    """

    def __init__(
        self,
        *,
        link: CentralLink,
        keyring: KeyRing,
        memory: StatusMemory,
        gate: Gatekeeper,
        before: Sequence[Part] = (),
        after: Sequence[Part] = (),
        refusals: Refusals | None = None,
        chunks: SnapshotTaker | None = None,
    ) -> None:
        self._link = link
        self._keyring = keyring
        self._memory = memory
        self._gate = gate
        self._before = before
        self._after = after
        self._refusals = refusals
        self._chunks = chunks
        self._etags: dict[DocumentKind, str | None] = {}

    @property
    def versions(self) -> tuple[int, int]:
        """Of the key set and of the snapshot in force."""
        return self._keyring.version, self._memory.snapshot_version

    def ages(self, now: UnixSeconds) -> tuple[int | None, int | None]:
        """How many seconds ago the key set and the snapshot in force were signed; None for one that is not there."""
        ages = self._keyring.ages
        signed = (None if ages is None else ages[0], self._memory.snapshot_issued_at)
        key_set, snapshot = (None if at is None else max(0, now - at) for at in signed)
        return key_set, snapshot

    def refresh(self) -> RefreshReport:
        """Fetch every document, and put in force what passes.

        Raises:
            LinkError: central was lost or said no.
        """
        refused: dict[str, str] = {}
        for part in (
            *self._before,
            Part(kind=DocumentKind.KEY_SET, take=self._take_key_set),
            *self._after,
            Part(kind=DocumentKind.SNAPSHOT, take=self._take_snapshot),
        ):
            try:
                part.take()
            except (DocumentError, KeySetError) as error:
                # The one in force stays in force; staff see why in `gatepost status` and `sync`.
                _log.warning("%s from central refused: %s", part.kind.value, error)
                refused[part.kind.value] = str(error)
        if self._refusals is not None:
            self._refusals.note(refused, self._gate.now)
        return RefreshReport(
            keyset_version=self._keyring.version,
            snapshot_version=self._memory.snapshot_version,
            refused=tuple(f"{kind}: {why}" for kind, why in refused.items()),
        )

    def _take_key_set(self) -> None:
        fetched = self._link.key_set(self._etags.get(DocumentKind.KEY_SET))
        if fetched is None:
            return
        kind = DocumentKind.KEY_SET
        document = self._gate.check(fetched.data, kind, self._keyring.version)
        self._keyring.opened(
            document
        )  # a signed key set that cannot be used is refused like any other
        self._gate.let_in(document, kind, lambda: self._keyring.replace(fetched.data))
        self._etags[kind] = fetched.etag

    def _take_snapshot(self) -> None:
        if self._chunks is not None and self._chunks.take():
            return
        fetched = self._link.snapshot(self._etags.get(DocumentKind.SNAPSHOT))
        if fetched is None:
            return
        kind = DocumentKind.SNAPSHOT
        document = self._gate.check(fetched.data, kind, self._memory.snapshot_version)
        # Whole or not at all, and each row is looked at on the way in: a million are not gone through twice.
        self._memory.replace_snapshot(document.version, document.issued_at, rows_in(document))
        self._gate.let_in(document, kind, lambda: None)
        self._etags[kind] = fetched.etag
