"""The tables of what keys signed and of their revocations, as the newest migration leaves them."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from central.storage.schema import METADATA

CARD_KEYS: Final = Table(
    "card_keys",
    METADATA,
    Column("card_id", LargeBinary, ForeignKey("cards.card_id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("kid", LargeBinary, primary_key=True),  # empty where it was not noted yet
    Column("signed_at", BigInteger, nullable=False),
    Index("cards_of_key", "kid"),
)

KEY_REVOCATIONS: Final = Table(
    "key_revocations",
    METADATA,
    Column("kid", LargeBinary, ForeignKey("keys.kid"), primary_key=True),
    Column("audience", Text, ForeignKey("audiences.audience"), nullable=False),
    Column("revoked_at", BigInteger, nullable=False),
    Column("keyset_version", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
)

KEY_REVOCATION_VENUES: Final = Table(
    "key_revocation_venues",
    METADATA,
    Column("kid", LargeBinary, ForeignKey("key_revocations.kid"), primary_key=True),
    Column("audience", Text, ForeignKey("audiences.audience"), primary_key=True),
    Column("keyset_version", BigInteger, nullable=False),
)

KEY_LEARNED: Final = Table(
    "key_learned",
    METADATA,
    Column("kid", LargeBinary, ForeignKey("key_revocations.kid"), primary_key=True),
    Column("device_id", Text, ForeignKey("devices.device_id"), primary_key=True),
    Column("learned_us", BigInteger, nullable=False),
)
