"""What keys signed, which were revoked, and which device knows of it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0010"
down_revision: Final = "0009"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the tables. For cards on paper and on phones there was no note: any key may have signed for them."""
    op.create_table(
        "card_keys",
        sa.Column("card_id", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["cards.card_id"]),
        sa.PrimaryKeyConstraint("card_id", "generation", "kid"),
    )
    op.create_index("cards_of_key", "card_keys", ["kid"])
    op.execute(
        "INSERT INTO card_keys (card_id, generation, kid, signed_at) "
        "SELECT card_id, generation, '', issued_at FROM cards WHERE mode IN (1, 2)"
        if op.get_bind().dialect.name == "postgresql"
        else "INSERT INTO card_keys (card_id, generation, kid, signed_at) "
        "SELECT card_id, generation, x'', issued_at FROM cards WHERE mode IN (1, 2)"
    )
    op.create_table(
        "key_revocations",
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=False),
        sa.Column("keyset_version", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["audience"], ["audiences.audience"]),
        sa.ForeignKeyConstraint(["kid"], ["keys.kid"]),
        sa.PrimaryKeyConstraint("kid"),
    )
    op.create_table(
        "key_learned",
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("learned_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.device_id"]),
        sa.ForeignKeyConstraint(["kid"], ["key_revocations.kid"]),
        sa.PrimaryKeyConstraint("kid", "device_id"),
    )
