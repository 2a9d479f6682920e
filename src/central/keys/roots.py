"""The chain of roots: each is named by a document that the one before signed, so that doors can follow.

The roots stand in the order in which they were made. An old one signs nothing but the step to its successor; that step
can be signed again at any time, since the key is kept.
"""

from cardcore.documents import Document, DocumentKind, RootKey, sign_document
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.root_document import ROOT_LIFE_S, root_body
from central.errors import Kind, NotFoundError
from central.keys.service import KeyService
from central.ports.records import IssuerKey, KeyUse
from central.ports.storage import Storage


class RootService:
    """Tells doors which root comes after theirs."""

    def __init__(self, *, storage: Storage, keys: KeyService) -> None:
        self._storage = storage
        self._keys = keys

    def step(self, audience: Audience, after: Kid) -> bytes | None:
        """The document by which the root ``after`` names its successor; None where it has none.

        Raises:
            NotFoundError: there never was such a root here.
        """
        with self._storage.glance() as tx:
            current = self._keys.current_key(tx, None, KeyUse.DOCUMENT_ROOT)
        if current is None:  # one that signs no more is followed by the next now
            self._keys.root_key()
        roots = sorted(self._keys.all(None), key=_made)
        at = next((number for number, root in enumerate(roots) if root.kid == after), None)
        if at is None:
            raise NotFoundError(Kind.NOT_FOUND, f"no root {after.hex()} was ever here")
        if at + 1 == len(roots):
            return None
        return _signed(roots[at], roots[at + 1], audience)


def _made(root: IssuerKey) -> tuple[int, bytes]:
    return root.not_before, root.kid


def _signed(old: IssuerKey, new: IssuerKey, audience: Audience) -> bytes:
    document = Document(
        kind=DocumentKind.ROOT,
        audience=audience,
        version=1,
        issued_at=new.not_before,
        expires_at=UnixSeconds(new.not_before + ROOT_LIFE_S),
        body=root_body(RootKey(kid=new.kid, public_key=new.public_key)),
    )
    return sign_document(document, kid=old.kid, private_key=old.secret)
