"""Operators, incidents, the feed of admissions, and heartbeats."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the tables; what arrived before is in the audit alone."""
    op.create_table(
        "operators",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("operator_of_token", "operators", ["token_hash"], unique=True)
    op.create_table(
        "operator_grants",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["operators.name"]),
        sa.PrimaryKeyConstraint("name", "role", "audience"),
    )
    op.create_table(
        "incidents",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("found_us", sa.BigInteger(), nullable=False),
        sa.Column("happened_us", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("card_id", sa.LargeBinary(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.Column("handled_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("incident_id"),
    )
    op.create_index("incidents_of_audience", "incidents", ["audience", "found_us"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience"),
    )
    op.create_table(
        "movements",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("card_id", sa.LargeBinary(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("moved_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience", "position"),
    )
    op.create_index("movements_of_nonce", "movements", ["audience", "nonce"], unique=False)
    op.create_index(
        "movements_of_card", "movements", ["audience", "card_id", "moved_us"], unique=False
    )
    op.create_index("movements_by_time", "movements", ["audience", "moved_us"], unique=False)
    op.create_table(
        "heartbeats",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("wall_us", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.device_id"]),
        sa.PrimaryKeyConstraint("device_id"),
    )
