"""At which venues a revoked key was good, each with the first key set that says it is so no more."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0013"
down_revision: Final = "0012"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the table; for what was revoked before, one venue is known."""
    op.create_table(
        "key_revocation_venues",
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("keyset_version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["audience"], ["audiences.audience"]),
        sa.ForeignKeyConstraint(["kid"], ["key_revocations.kid"]),
        sa.PrimaryKeyConstraint("kid", "audience"),
    )
    op.execute(
        "INSERT INTO key_revocation_venues (kid, audience, keyset_version) "
        "SELECT kid, audience, keyset_version FROM key_revocations"
    )
