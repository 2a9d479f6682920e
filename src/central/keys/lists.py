"""The lists of revoked and of active cards: kept by version, told whole or as what changed.

1. A list is looked at anew when something changed in its audience, and otherwise signed anew when it is REUSE_S old: its
   version grows, its cards stay.
2. A door that names a version is told what changed since, in one delta, as long as the changes since then are kept and
   are not much; otherwise it gets the list whole.
3. The key of a list's hashes is drawn once and kept, or no delta could lead anywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from cardcore.cbor import CborValue
from cardcore.documents import Document, DocumentKind, sign_document
from cardcore.ids import Audience, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.list_document import DELTA_OF, delta_body, list_body
from cardcore.lists import (
    HASH_BYTES,
    LIST_KEY_BYTES,
    ListDelta,
    delta_between,
    list_of,
)
from central.errors import Kind, NotFoundError
from central.keys.documents import REUSE_S
from central.keys.service import KeyService
from central.ports.lists import KeptList, ListChange
from central.ports.records import IssuerKey, KeyUse, SignedDocument
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, Randomness

LIST_LIFE_S: Final = 24 * 3_600  # as the snapshot's
CHANGES_KEPT_S: Final = 30 * 86_400  # a door away for longer takes the list whole
DELTA_BYTES_MAX: Final = (
    64 * 1024
)  # of hashes; more than this every minute and the whole list is cheaper

ON_LIST: Final = {
    DocumentKind.REVOKED: (CardState.REVOKED,),
    DocumentKind.ACTIVE: (CardState.ISSUED, CardState.ACTIVE, CardState.SUSPENDED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """A list as it is now, and what leads to it from the version that was asked from, where that is known."""

    kept: KeptList
    root: IssuerKey = field(repr=False)
    delta: ListDelta | None


class ListService:
    """Hands out the lists of an audience."""

    def __init__(
        self, *, storage: Storage, keys: KeyService, clock: Clock, randomness: Randomness
    ) -> None:
        self._storage = storage
        self._keys = keys
        self._clock = clock
        self._randomness = randomness

    def offer(self, audience: Audience, kind: DocumentKind, since: int | None) -> SignedDocument:
        """The list, or a delta from version ``since`` on.

        Raises:
            NotFoundError: this venue keeps no such list.
        """
        return _signed(self._found(audience, kind, since) or self._renewed(audience, kind, since))

    def clean_up(self) -> int:
        """Forget changes that no door asks for any more; how many."""
        with self._storage.write() as tx:
            return tx.lists.forget_changes(UnixSeconds(self._clock.now() - CHANGES_KEPT_S))

    def _found(self, audience: Audience, kind: DocumentKind, since: int | None) -> _Offer | None:
        with self._storage.read() as tx:
            _require_kept(tx, audience, kind)
            kept = tx.lists.find(kind, audience)
            root = self._keys.current_key(tx, None, KeyUse.DOCUMENT_ROOT)
            if kept is None or root is None or not self._is_fresh(tx, kept):
                return None
            return _Offer(kept=kept, root=root, delta=_delta(tx, kept, since))

    def _renewed(self, audience: Audience, kind: DocumentKind, since: int | None) -> _Offer:
        with self._storage.write() as tx:
            root = self._keys.document_root(tx)
            tx.documents.hold(audience)
            kept = tx.lists.find(kind, audience)
            if kept is None or not self._is_fresh(tx, kept):
                kept = self._renew(tx, audience, kind, kept)
            return _Offer(kept=kept, root=root, delta=_delta(tx, kept, since))

    def _is_fresh(self, tx: Transaction, kept: KeptList) -> bool:
        if kept.revision != self._keys.chain.revision(tx, kept.audience):
            return False
        return 0 <= self._clock.now() - kept.issued_at < REUSE_S

    def _renew(
        self, tx: Transaction, audience: Audience, kind: DocumentKind, before: KeptList | None
    ) -> KeptList:
        revision, now = self._keys.chain.revision(tx, audience), self._clock.now()
        if before is not None and before.revision == revision:
            renewed = replace(before, version=before.version + 1, issued_at=now)
            tx.lists.touch(renewed)
            return renewed
        key = self._randomness(LIST_KEY_BYTES) if before is None else before.cards.key
        reach = self._keys.chain.reach(audience)
        cards = list_of(key, [c for reached in reach for c in tx.cards.ids(reached, ON_LIST[kind])])
        renewed = KeptList(
            kind=kind,
            audience=audience,
            version=1 if before is None else before.version + 1,
            issued_at=now,
            revision=revision,
            cards=cards,
        )
        if before is None:
            tx.lists.add_change(renewed, ListChange(version=1, digest=cards.digest()))
        elif before.cards.hashes != cards.hashes:
            delta = delta_between(before.version, before.cards, cards)
            tx.lists.add_change(
                renewed,
                ListChange(
                    version=renewed.version,
                    digest=delta.after,
                    added=delta.added,
                    removed=delta.removed,
                ),
            )
        tx.lists.put(renewed)
        return renewed


def _require_kept(tx: Transaction, audience: Audience, kind: DocumentKind) -> None:
    policy = tx.policies.find(audience)
    if kind is DocumentKind.ACTIVE and (policy is None or not policy.active_list):
        raise NotFoundError(Kind.NOT_FOUND, "this venue keeps no list of active cards")


def _delta(tx: Transaction, kept: KeptList, since: int | None) -> ListDelta | None:
    """What changed since that version; None where that is not known any more, or is too much."""
    if since is None or not 0 < since <= kept.version:
        return None
    changes = tx.lists.changes(kept.kind, kept.audience, since)
    if not changes:
        return None
    added, removed = _together(changes[1:])
    if (len(added) + len(removed)) * HASH_BYTES > DELTA_BYTES_MAX:
        return None
    return ListDelta(
        base=since,
        before=changes[0].digest,
        after=kept.cards.digest(),
        added=added,
        removed=removed,
    )


def _together(changes: Iterable[ListChange]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Changes one after the other as one: what came and went is in neither."""
    added: set[bytes] = set()
    removed: set[bytes] = set()
    for change in changes:
        came, went = set(change.added), set(change.removed)
        added, removed = (added | (came - removed)) - went, (removed | (went - added)) - came
    return tuple(sorted(added)), tuple(sorted(removed))


def _signed(offer: _Offer) -> SignedDocument:
    kept, delta = offer.kept, offer.delta
    kind = kept.kind if delta is None else DELTA_OF[kept.kind]
    body: CborValue = list_body(kept.cards) if delta is None else delta_body(delta)
    document = Document(
        kind=kind,
        audience=kept.audience,
        version=kept.version,
        issued_at=kept.issued_at,
        expires_at=UnixSeconds(kept.issued_at + LIST_LIFE_S),
        body=body,
    )
    return SignedDocument(
        kind=kind,
        audience=kept.audience,
        version=kept.version,
        issued_at=kept.issued_at,
        revision=kept.revision,
        content=sign_document(document, kid=offer.root.kid, private_key=offer.root.secret),
    )
