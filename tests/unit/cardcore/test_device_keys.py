"""The keys a device makes: what is no key is refused, and the private halves are never printed."""

from typing import Final

import pytest

from cardcore.device_keys import device_keys_of, public_keys_of
from cardcore.errors import WireError

KEYS: Final = device_keys_of(b"s" * 32, b"r" * 32)
SMALL_ORDER: Final = (
    bytes(32),
    bytes([1]) + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
)


@pytest.mark.parametrize(
    ("signing", "receiving"),
    [(b"", b"r" * 32), (b"s" * 32, b""), (b"s" * 31, b"r" * 33), (b"s" * 64, b"r" * 32)],
)
def test_keys_of_another_size_are_refused(signing: bytes, receiving: bytes) -> None:
    with pytest.raises(WireError, match="32 bytes"):
        device_keys_of(signing, receiving)
    with pytest.raises(WireError, match="32 bytes"):
        public_keys_of(signing, receiving)


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_nobody_seals_to_a_key_that_anybody_opens(point: bytes) -> None:
    with pytest.raises(WireError, match="no X25519 key"):
        public_keys_of(KEYS.public.signing, point)


def test_the_public_halves_come_back_as_sent() -> None:
    assert public_keys_of(KEYS.public.signing, KEYS.public.receiving) == KEYS.public


def test_the_private_halves_are_not_printed() -> None:
    assert "ss" not in repr(KEYS)
    assert "rr" not in repr(KEYS)
