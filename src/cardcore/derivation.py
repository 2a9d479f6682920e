"""From a root key to a venue's key to a card's own key (token.md, Keys): HKDF-SHA256 without salt."""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cardcore.card import Mode
from cardcore.ids import Audience, CardId

KEY_BYTES: Final = 32


def derive_venue_key(root_key: bytes, audience: Audience) -> bytes:
    """The 32-byte key of one venue; central alone has the root key."""
    return _hkdf(root_key, b"MC1 venue\x00" + audience.encode("utf-8"))


def derive_card_key(venue_key: bytes, mode: Mode, card_id: CardId, generation: int) -> bytes:
    """The 32-byte key of one card in one mode and generation, 0 to 65535.

    Raising the generation ends every token made before.
    """
    info = b"MC1 card\x00" + bytes((mode.value,)) + card_id + generation.to_bytes(2, "big")
    return _hkdf(venue_key, info)


def _hkdf(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)
