"""The tables of card lists, policies and snapshots, as the newest migration leaves them."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text

from central.storage.schema import METADATA

CARD_LISTS: Final = Table(
    "card_lists",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("audience", Text, ForeignKey("audiences.audience"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
)

LIST_CHANGES: Final = Table(
    "list_changes",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("audience", Text, ForeignKey("audiences.audience"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("added", LargeBinary, nullable=False),
    Column("removed", LargeBinary, nullable=False),
)

POLICIES: Final = Table(
    "policies",
    METADATA,
    Column("audience", Text, ForeignKey("audiences.audience"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

SNAPSHOT_CHUNKS: Final = Table(
    "snapshot_chunks",
    METADATA,
    Column("audience", Text, ForeignKey("audiences.audience"), primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("cards", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("dropped_at", BigInteger),
)
