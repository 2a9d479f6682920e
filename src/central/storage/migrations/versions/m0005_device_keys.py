"""The public keys of devices, and the documents that shut devices out."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the columns; a device that was enrolled before has a token, and makes its keys by itself."""
    op.add_column("devices", sa.Column("signing_key", sa.LargeBinary(), nullable=True))
    op.add_column("devices", sa.Column("receiving_key", sa.LargeBinary(), nullable=True))
    op.add_column("devices", sa.Column("revoked_at", sa.BigInteger(), nullable=True))
    op.add_column("devices", sa.Column("revocation", sa.LargeBinary(), nullable=True))
