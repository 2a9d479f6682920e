"""Signed documents: one in force for each kind and audience.

A manifest of a snapshot and the snapshot in one piece are two forms of one thing: they count their versions together, and
a door that goes from one to the other takes no step back.

A document is handed out again while nothing it tells of has changed and it is younger than
:data:`REUSE_S`; otherwise a new one is signed, and its version is one higher for good.
"""

from typing import Final

from cardcore.documents import Document, DocumentKind, sign_document, signer_of
from cardcore.ids import Audience, UnixSeconds
from central.keys.service import KeyService
from central.ports.records import KeyUse, SignedDocument
from central.ports.storage import Storage, Transaction
from central.ports.world import BodyMaker, Clock

_SNAPSHOTS: Final = (DocumentKind.SNAPSHOT, DocumentKind.SNAPSHOT_MANIFEST)
_COUNTED_WITH: Final = dict.fromkeys(_SNAPSHOTS, _SNAPSHOTS)
REUSE_S: Final = 30  # a door may ask every few seconds; its rows are as of the signing


class DocumentService:
    """Signs documents under central's root."""

    def __init__(self, *, storage: Storage, keys: KeyService, clock: Clock) -> None:
        self._storage = storage
        self._keys = keys
        self._clock = clock
        self._reused = 0
        self._made = 0

    @property
    def reuse(self) -> tuple[int, int]:
        """How many documents were handed out again, and how many made anew, since this process began."""
        return self._reused, self._made

    def signed(
        self, kind: DocumentKind, audience: Audience, *, life_s: int, body: BodyMaker
    ) -> SignedDocument:
        """The document in force; ``life_s`` is how long a new one is valid, in seconds."""
        with self._storage.read() as tx:
            found = self._in_force(tx, kind, audience)
        if found is not None:
            self._reused += 1
            return found
        self._made += 1
        with self._storage.write() as tx:
            self._keys.document_root(tx)  # made, if need be, before the audience is held
            tx.documents.hold(audience)
            # Another caller may have signed one between the two transactions.
            found = self._in_force(tx, kind, audience)
            return found or self._sign(tx, kind, audience, life_s, body)

    def _in_force(
        self, tx: Transaction, kind: DocumentKind, audience: Audience
    ) -> SignedDocument | None:
        found = tx.documents.find(kind, audience)
        if found is None or found.revision != self._keys.chain.revision(tx, audience):
            return None
        root = self._keys.current_key(tx, None, KeyUse.DOCUMENT_ROOT)
        if root is None or root.kid != signer_of(found.content):
            return None  # doors take nothing new from a root that another has followed
        return found if 0 <= self._clock.now() - found.issued_at < REUSE_S else None

    def _sign(
        self,
        tx: Transaction,
        kind: DocumentKind,
        audience: Audience,
        life_s: int,
        body: BodyMaker,
    ) -> SignedDocument:
        now = self._clock.now()
        root = self._keys.document_root(tx)
        before = (tx.documents.find(each, audience) for each in _COUNTED_WITH.get(kind, (kind,)))
        document = Document(
            kind=kind,
            audience=audience,
            version=1 + max((each.version for each in before if each is not None), default=0),
            issued_at=now,
            expires_at=UnixSeconds(now + life_s),
            body=body(tx, now),
        )
        signed = SignedDocument(
            kind=kind,
            audience=audience,
            version=document.version,
            issued_at=now,
            revision=self._keys.chain.revision(tx, audience),  # after the body, which may make keys
            content=sign_document(document, kid=root.kid, private_key=root.secret),
        )
        tx.documents.put(signed)
        return signed
