"""The chunks that manifests of snapshots name."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0012"
down_revision: Final = "0011"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the table; it fills as doors ask."""
    op.create_table(
        "snapshot_chunks",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("dropped_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["audience"], ["audiences.audience"]),
        sa.PrimaryKeyConstraint("audience", "hash", "no"),
    )
