"""The tables of operators, incidents, the feed and heartbeats, as the newest migration leaves them."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from central.storage.schema import METADATA

OPERATORS: Final = Table(
    "operators",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Index("operator_of_token", "token_hash", unique=True),
)

OPERATOR_GRANTS: Final = Table(
    "operator_grants",
    METADATA,
    Column("name", Text, ForeignKey("operators.name"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("audience", Text, primary_key=True),
)

INCIDENTS: Final = Table(
    "incidents",
    METADATA,
    Column("incident_id", Text, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("found_us", BigInteger, nullable=False),
    Column("happened_us", BigInteger),
    Column("device_id", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("epoch", LargeBinary),
    Column("seq", BigInteger),
    Column("card_id", LargeBinary),
    Column("facts", Text, nullable=False),  # JSON
    Column("handled_at", BigInteger),
    Column("handled_by", Text),
    Index("incidents_of_audience", "audience", "found_us"),
)

FEEDS: Final = Table(
    "feeds",
    METADATA,
    Column("audience", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

MOVEMENTS: Final = Table(
    "movements",
    METADATA,
    Column("audience", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("device_id", Text, nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("door", Text, nullable=False),
    Column("card_id", LargeBinary),
    Column("nonce", LargeBinary),
    Column("direction", Text, nullable=False),
    Column("moved_us", BigInteger, nullable=False),
    Index("movements_of_nonce", "audience", "nonce"),
    Index("movements_of_card", "audience", "card_id", "moved_us"),
    Index("movements_by_time", "audience", "moved_us"),
)

HEARTBEATS: Final = Table(
    "heartbeats",
    METADATA,
    Column("device_id", Text, ForeignKey("devices.device_id"), primary_key=True),
    Column("received_us", BigInteger, nullable=False),
    Column("wall_us", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
