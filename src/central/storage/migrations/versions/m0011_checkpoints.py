"""What devices signed of their logs, with central's countersignatures."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0011"
down_revision: Final = "0010"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the table; what was handed in before has no checkpoints, and its chain alone to be proven by."""
    op.create_table(
        "audit_checkpoints",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("countersigned", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id", "epoch"], ["audit_heads.device_id", "audit_heads.epoch"]
        ),
        sa.PrimaryKeyConstraint("device_id", "epoch", "seq"),
    )
