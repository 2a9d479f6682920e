"""The tables of events: the outbox, the trail projected from it, what was processed, and answers given.

Instants are in seconds since 1970, and in microseconds where a column's name ends in ``_us``.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from central.storage.schema import METADATA

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    # SQLite counts up by itself only where the type is INTEGER
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("card_id", LargeBinary, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("occurred_us", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_us", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Index("outbox_by_id", "event_id", unique=True),
    Index("outbox_of_card", "card_id", "sequence", unique=True),
    Index("outbox_by_delivery", "delivery", "position"),
)

CARD_TRAIL: Final = Table(
    "card_trail",
    METADATA,
    Column("card_id", LargeBinary, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("occurred_us", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
)

PROCESSED_EVENTS: Final = Table(
    "processed_events",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("aggregate", Text, nullable=False),
    Column("occurred_us", BigInteger, nullable=False),
    Column("processed_us", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Index("processed_by_time", "processed_us"),
)

EVENT_HEADS: Final = Table(
    "event_heads",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("aggregate", Text, primary_key=True),
    Column("sequence", BigInteger),
    Column("occurred_us", BigInteger, nullable=False),
)

REPLIES: Final = Table(
    "replies",
    METADATA,
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Index("replies_by_time", "made_us"),
)
