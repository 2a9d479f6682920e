"""The first form: members, cards, keys, documents, devices and their audit."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "audiences",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience"),
    )
    op.create_table(
        "devices",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience"],
            ["audiences.audience"],
        ),
        sa.PrimaryKeyConstraint("device_id"),
    )
    op.create_index("device_of_token", "devices", ["token_hash"], unique=True)
    op.create_table(
        "documents",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience"],
            ["audiences.audience"],
        ),
        sa.PrimaryKeyConstraint("kind", "audience"),
    )
    op.create_table(
        "enrolment_codes",
        sa.Column("selector", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience"],
            ["audiences.audience"],
        ),
        sa.PrimaryKeyConstraint("selector"),
    )
    op.create_table(
        "keys",
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("signs_until", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience"],
            ["audiences.audience"],
        ),
        sa.PrimaryKeyConstraint("kid"),
    )
    op.create_index("keys_of_audience", "keys", ["audience"], unique=False)
    op.create_table(
        "members",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience"],
            ["audiences.audience"],
        ),
        sa.PrimaryKeyConstraint("audience", "member_id"),
    )
    op.create_table(
        "audit_evidence",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("arrived_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.device_id"],
        ),
        sa.PrimaryKeyConstraint("device_id", "epoch", "seq", "hash"),
    )
    op.create_table(
        "audit_heads",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.device_id"],
        ),
        sa.PrimaryKeyConstraint("device_id", "epoch"),
    )
    op.create_table(
        "cards",
        sa.Column("card_id", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience", "member_id"],
            ["members.audience", "members.member_id"],
        ),
        sa.PrimaryKeyConstraint("card_id"),
    )
    op.create_index("cards_of_member", "cards", ["audience", "member_id"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("arrived_us", sa.BigInteger(), nullable=False),
        sa.Column("quarantine", sa.Text(), nullable=True),
        sa.Column("door", sa.Text(), nullable=True),
        sa.Column("wall_us", sa.BigInteger(), nullable=True),
        sa.Column("mono_us", sa.BigInteger(), nullable=True),
        sa.Column("boot_id", sa.LargeBinary(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("card_id", sa.LargeBinary(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id", "epoch"],
            ["audit_heads.device_id", "audit_heads.epoch"],
        ),
        sa.PrimaryKeyConstraint("device_id", "epoch", "seq"),
    )
    op.create_index("audit_by_arrival", "audit_entries", ["arrived_us"], unique=False)
    op.create_index("audit_by_card", "audit_entries", ["card_id", "nonce"], unique=False)
    op.create_table(
        "phone_links",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("card_id", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["cards.card_id"],
        ),
        sa.PrimaryKeyConstraint("secret_hash"),
    )
