"""Signed documents in force, and the revision of each audience."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, UnixSeconds
from central.ports.records import SignedDocument
from central.storage.dialect import insert_into
from central.storage.schema import AUDIENCES, DOCUMENTS


class SqlDocuments:
    """The tables of documents and audiences."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, kind: DocumentKind, audience: Audience) -> SignedDocument | None:
        """The one in force."""
        query = select(DOCUMENTS).where(
            DOCUMENTS.c.kind == kind.value, DOCUMENTS.c.audience == audience
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return SignedDocument(
            kind=DocumentKind(row.kind),
            audience=Audience(row.audience),
            version=row.version,
            issued_at=UnixSeconds(row.issued_at),
            revision=row.revision,
            content=row.content,
        )

    def put(self, document: SignedDocument) -> None:
        """Replace the one in force."""
        row = {
            "kind": document.kind.value,
            "audience": document.audience,
            "version": document.version,
            "issued_at": document.issued_at,
            "revision": document.revision,
            "content": document.content,
        }
        statement = insert_into(self._connection, DOCUMENTS).values(**row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["kind", "audience"], set_=row)
        )

    def revision(self, audience: Audience) -> int:
        """How often anything that documents tell of has changed; 0 for an unknown audience."""
        query = select(AUDIENCES.c.revision).where(AUDIENCES.c.audience == audience)
        return self._connection.execute(query).scalar() or 0

    def audiences(self) -> Sequence[Audience]:
        """All audiences there are."""
        query = select(AUDIENCES.c.audience).order_by(AUDIENCES.c.audience)
        return [Audience(audience) for audience in self._connection.execute(query).scalars()]

    def hold(self, audience: Audience) -> None:
        """Let no other transaction change what documents tell of this audience until this one ends.

        SQLite's writing transactions are alone anyway, and its dialect leaves FOR UPDATE out.
        """
        query = select(AUDIENCES.c.revision).where(AUDIENCES.c.audience == audience)
        self._connection.execute(query.with_for_update(key_share=True))

    def touch(self, audience: Audience) -> None:
        """Count a change; makes the audience known."""
        statement = insert_into(self._connection, AUDIENCES).values(audience=audience, revision=1)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["audience"], set_={"revision": AUDIENCES.c.revision + 1}
            )
        )
