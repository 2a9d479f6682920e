"""What central lost of a log when the door had removed it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0007"
down_revision: Final = "0006"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the table; until now no door removed anything."""
    op.create_table(
        "audit_gaps",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("found_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id", "epoch"], ["audit_heads.device_id", "audit_heads.epoch"]
        ),
        sa.PrimaryKeyConstraint("device_id", "epoch", "first"),
    )
