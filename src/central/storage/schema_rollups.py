"""The tables of rollups, as the newest migration leaves them.

``start`` is the beginning of a bucket in seconds since 1970; ``span`` its length in seconds.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from central.storage.schema import METADATA

COUNTS: Final = Table(
    "rollup_counts",
    METADATA,
    Column("audience", Text, primary_key=True),
    Column("span", Integer, primary_key=True, autoincrement=False),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("decision", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("direction", Text, primary_key=True),
    Column("mode", Integer, primary_key=True, autoincrement=False),
    Column("entries", BigInteger, nullable=False),
)

LATENCIES: Final = Table(
    "rollup_latencies",
    METADATA,
    Column("audience", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("entries", BigInteger, nullable=False),
    Column("sum_us", BigInteger, nullable=False),
    Column("max_us", BigInteger, nullable=False),
)

LOGS: Final = Table(
    "rollup_logs",
    METADATA,
    Column("device_id", Text, primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", LargeBinary, primary_key=True),
    Column("decision", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Index("rollup_logs_by_time", "audience", "start"),
)

VISITS: Final = Table(
    "rollup_members",
    METADATA,
    Column("audience", Text, primary_key=True),
    Column("member_id", Text, primary_key=True),
    Column("first_us", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Column("visits", BigInteger, nullable=False),
    Index("rollup_members_by_last", "audience", "last_us"),
)
