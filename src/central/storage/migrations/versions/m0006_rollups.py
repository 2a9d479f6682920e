"""Rollups by hour and day, filled with what the audit has.

The filling is the program's own rebuild. A later form that changes these tables drops them, makes them anew and fills
them in the same way; this one then need not fill them any more.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the tables and count every entry there is: about 40 s a million."""
    op.create_table(
        "rollup_counts",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("span", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("mode", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "audience", "span", "start", "decision", "reason", "direction", "mode"
        ),
    )
    op.create_table(
        "rollup_latencies",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("sum_us", sa.BigInteger(), nullable=False),
        sa.Column("max_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience", "kind", "start", "bucket"),
    )
    op.create_table(
        "rollup_logs",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "start", "epoch", "decision", "reason"),
    )
    op.create_index("rollup_logs_by_time", "rollup_logs", ["audience", "start"], unique=False)
    op.create_table(
        "rollup_members",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience", "member_id"),
    )
    op.create_index("rollup_members_by_last", "rollup_members", ["audience", "last_us"])

    from central.figures.rebuilding import rebuild_in
    from central.storage.rollups import SqlRollups

    rebuild_in(SqlRollups(op.get_bind()), lambda _counted: None)
