"""A vault for what a test keeps, and another one that opens none of it."""

from typing import Final

from scanner.sealing import Vault
from tests.fakes.card_material import fixed_bytes

VAULT: Final = Vault(fixed_bytes("this device"))
OTHER_VAULT: Final = Vault(fixed_bytes("another device"))
