"""The tables of sessions, alerts, samples and baselines, as the newest migration leaves them."""

from typing import Final

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, Table, Text

from central.storage.schema import METADATA

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

ALERTS: Final = Table(
    "alerts",
    METADATA,
    Column("alert_id", Text, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("value", Double, nullable=False),
    Column("text", Text, nullable=False),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", Text),
    Index("alerts_of_audience", "audience", "since_us"),
)

NOTICES: Final = Table(
    "alert_notices",
    METADATA,
    Column("alert_id", Text, primary_key=True),
    Column("since_us", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("due_us", BigInteger),  # null once it was sent
    Column("tries", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Index("notices_by_due", "due_us"),
)

SAMPLES: Final = Table(
    "samples",
    METADATA,
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", Double, nullable=False),
)

BASELINES: Final = Table(
    "baselines",
    METADATA,
    Column("audience", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)
