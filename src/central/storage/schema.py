"""The tables as the newest migration leaves them; a test compares the two.

Instants are in seconds since 1970, and in microseconds where a column's name ends in ``_us``.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

METADATA: Final = MetaData()

AUDIENCES: Final = Table(
    "audiences",
    METADATA,
    Column("audience", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)

MEMBERS: Final = Table(
    "members",
    METADATA,
    Column("audience", Text, ForeignKey("audiences.audience"), primary_key=True),
    Column("member_id", Text, primary_key=True),
    Column("display_name", Text),
    Column("status", Text, nullable=False),
)

CARDS: Final = Table(
    "cards",
    METADATA,
    Column("card_id", LargeBinary, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("mode", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_event", BigInteger, nullable=False, server_default="0"),
    ForeignKeyConstraint(["audience", "member_id"], ["members.audience", "members.member_id"]),
    Index("cards_of_member", "audience", "member_id"),
)

PHONE_LINKS: Final = Table(
    "phone_links",
    METADATA,
    Column("secret_hash", LargeBinary, primary_key=True),
    Column("card_id", LargeBinary, ForeignKey("cards.card_id"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

PHONES: Final = Table(
    "phones",
    METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("card_id", LargeBinary, ForeignKey("cards.card_id"), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("linked_at", BigInteger, nullable=False),
)

KEYS: Final = Table(
    "keys",
    METADATA,
    Column("kid", LargeBinary, primary_key=True),
    Column("use", Text, nullable=False),
    Column("audience", Text, ForeignKey("audiences.audience")),
    Column("secret", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("signs_until", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Index("keys_of_audience", "audience"),
)

DOCUMENTS: Final = Table(
    "documents",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("audience", Text, ForeignKey("audiences.audience"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

ENROLMENT_CODES: Final = Table(
    "enrolment_codes",
    METADATA,
    Column("selector", Text, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("door", Text, nullable=False),
    Column("audience", Text, ForeignKey("audiences.audience"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("failures", Integer, nullable=False),
)

DEVICES: Final = Table(
    "devices",
    METADATA,
    Column("device_id", Text, primary_key=True),
    Column("door", Text, nullable=False),
    Column("audience", Text, ForeignKey("audiences.audience"), nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("program", Text, nullable=False),
    Column("enrolled_at", BigInteger, nullable=False),
    Column("signing_key", LargeBinary),
    Column("receiving_key", LargeBinary),
    Column("revoked_at", BigInteger),
    Column("revocation", LargeBinary),
    Index("device_of_token", "token_hash", unique=True),
)

AUDIT_HEADS: Final = Table(
    "audit_heads",
    METADATA,
    Column("device_id", Text, ForeignKey("devices.device_id"), primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("mark", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

AUDIT_ENTRIES: Final = Table(
    "audit_entries",
    METADATA,
    Column("device_id", Text, primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("arrived_us", BigInteger, nullable=False),
    Column("quarantine", Text),
    # null where central cannot read the entry
    Column("door", Text),
    Column("wall_us", BigInteger),
    Column("mono_us", BigInteger),
    Column("boot_id", LargeBinary),
    Column("decision", Text),
    Column("reason", Text),
    Column("card_id", LargeBinary),
    Column("nonce", LargeBinary),
    ForeignKeyConstraint(["device_id", "epoch"], ["audit_heads.device_id", "audit_heads.epoch"]),
    Index("audit_by_arrival", "arrived_us"),
    Index("audit_by_card", "card_id", "nonce"),
)

AUDIT_EVIDENCE: Final = Table(
    "audit_evidence",
    METADATA,
    Column("device_id", Text, ForeignKey("devices.device_id"), primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("raw", LargeBinary, nullable=False),
    Column("why", Text, nullable=False),
    Column("arrived_us", BigInteger, nullable=False),
)

AUDIT_CHECKPOINTS: Final = Table(
    "audit_checkpoints",
    METADATA,
    Column("device_id", Text, primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("statement", LargeBinary, nullable=False),
    Column("countersigned", LargeBinary, nullable=False),
    ForeignKeyConstraint(["device_id", "epoch"], ["audit_heads.device_id", "audit_heads.epoch"]),
)

AUDIT_GAPS: Final = Table(
    "audit_gaps",
    METADATA,
    Column("device_id", Text, primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("receipt", LargeBinary, nullable=False),
    Column("found_us", BigInteger, nullable=False),
    ForeignKeyConstraint(["device_id", "epoch"], ["audit_heads.device_id", "audit_heads.epoch"]),
)
