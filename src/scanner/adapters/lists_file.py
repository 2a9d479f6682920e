"""The card lists in files: each list whole, as central signed it, and one delta on it, signed as well.

A delta leads from the whole list to the newest; the next one takes its place. So both files prove themselves when they
are read, and a million cards are written only when the deltas have grown too long.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from cardcore.documents import Document, DocumentKind, RootKey
from cardcore.ids import Audience, CardId, Kid, UnixSeconds
from cardcore.list_document import DELTA_OF, LISTS, delta_in, list_in
from cardcore.lists import CardList, ListDelta, PatchedList, patched
from scanner.door.lists import Listed, ListWord
from scanner.signed_files import Held, SignedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ListInForce:
    """A list as it is known: the newest version, the version of the whole list it stands on, who signed that."""

    version: int
    issued_at: UnixSeconds
    whole_version: int
    whole: CardList
    signer: Kid
    cards: PatchedList


class ListFiles:
    """The CardLists of a door, and where its sync keeps them."""

    def __init__(
        self, folder: Path, *, audience: Audience, roots: Callable[[], Iterable[RootKey]]
    ) -> None:
        self._kept = {
            kind: _KeptList(folder, kind, audience=audience, roots=roots) for kind in LISTS
        }

    def word_on(self, card_id: CardId) -> ListWord:
        """What the lists say of this card."""
        return ListWord(
            revoked=self._listed(DocumentKind.REVOKED, card_id),
            active=self._listed(DocumentKind.ACTIVE, card_id),
        )

    def in_force(self, kind: DocumentKind) -> ListInForce | None:
        """One list; None where there never was one."""
        return self._kept[kind].current()

    def put_whole(self, kind: DocumentKind, data: bytes) -> None:
        """Keep a list that passed every check. Raises as :meth:`scanner.signed_files.SignedFile.replace`."""
        self._kept[kind].whole.replace(data)

    def put_delta(self, kind: DocumentKind, data: bytes) -> None:
        """Keep a delta that passed every check. Raises as :meth:`scanner.signed_files.SignedFile.replace`."""
        self._kept[kind].delta.replace(data)

    def forget(self) -> None:
        """There are no lists: the device was enrolled anew. Raises as :meth:`scanner.signed_files.SignedFile.forget`."""
        for kept in self._kept.values():
            kept.delta.forget()
            kept.whole.forget()

    def _listed(self, kind: DocumentKind, card_id: CardId) -> Listed | None:
        found = self.in_force(kind)
        if found is None:
            return None
        return Listed(
            on_it=card_id in found.cards, version=found.version, issued_at=found.issued_at
        )


class _KeptList:
    """One list: its two files, and what they make together."""

    def __init__(
        self,
        folder: Path,
        kind: DocumentKind,
        *,
        audience: Audience,
        roots: Callable[[], Iterable[RootKey]],
    ) -> None:
        self.whole: Final = SignedFile(
            folder / f"{kind.value}.cose",
            kind=kind,
            audience=audience,
            roots=roots,
            read=partial(list_in, was_checked=True),
        )
        self.delta: Final = SignedFile(
            folder / f"{kind.value}.delta.cose",
            kind=DELTA_OF[kind],
            audience=audience,
            roots=roots,
            read=delta_in,
        )
        self._made_of: tuple[Document, Document | None] | None = None
        self._made: ListInForce | None = None

    def current(self) -> ListInForce | None:
        whole, delta = self.whole.current(), self.delta.current()
        if whole is None:
            return None
        if delta is not None and not _fits(delta, whole):
            delta = None
        made_of = (whole.document, None if delta is None else delta.document)
        if self._made is None or self._made_of is None or not _same(made_of, self._made_of):
            self._made, self._made_of = _made(whole, delta), made_of
        return self._made


def _fits(delta: Held[ListDelta], whole: Held[CardList]) -> bool:
    return delta.value.base == whole.document.version and delta.signer == whole.signer


def _same(one: tuple[Document, Document | None], other: tuple[Document, Document | None]) -> bool:
    """The very same documents: to compare a million hashes would take as long as to read them."""
    return one[0] is other[0] and one[1] is other[1]


def _made(whole: Held[CardList], delta: Held[ListDelta] | None) -> ListInForce:
    newest = whole.document if delta is None else delta.document
    return ListInForce(
        version=newest.version,
        issued_at=newest.issued_at,
        whole_version=whole.document.version,
        whole=whole.value,
        signer=whole.signer,
        cards=patched(whole.value, None if delta is None else delta.value),
    )
