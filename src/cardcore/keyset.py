"""Keys by id, as a door holds them: venue keys for HMAC, public keys for Ed25519."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final

from cardcore.errors import KeySetError
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.token import KID_BYTES, Envelope

SECRET_BYTES: Final = 32  # a venue key, and a raw Ed25519 public key


class Alg(Enum):
    """COSE algorithm numbers (RFC 9053) that a key may have for life."""

    HMAC_256_64 = 4
    HMAC_256_256 = 5
    EDDSA = -8

    @property
    def envelope(self) -> Envelope:
        """The COSE message that carries this algorithm."""
        return Envelope.SIGN1 if self is Alg.EDDSA else Envelope.MAC0

    @property
    def tag_bytes(self) -> int:
        """Length of the MAC or signature, in bytes."""
        return _TAG_BYTES[self]


_TAG_BYTES: Final = {Alg.HMAC_256_64: 8, Alg.HMAC_256_256: 32, Alg.EDDSA: 64}


class KeyState(StrEnum):
    """Where a key is in its life; a retiring one verifies and signs no more."""

    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of one venue.

    ``secret`` is 32 bytes: the venue key for HMAC, the raw public key for Ed25519. Instants are in seconds
    since 1970; the key judges tokens from ``not_before`` until before ``expires_at``.
    """

    kid: Kid
    alg: Alg
    secret: bytes = field(repr=False)
    audience: Audience
    not_before: UnixSeconds
    signs_until: UnixSeconds
    expires_at: UnixSeconds
    state: KeyState


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    """All keys a door judges by, found by their id. ``version`` is 0 where no document brought them."""

    keys: Mapping[Kid, Key]
    version: int = 0

    @property
    def audiences(self) -> frozenset[Audience]:
        """The venues these keys belong to."""
        return frozenset(key.audience for key in self.keys.values())


def key_set_of(keys: Iterable[Key], version: int = 0) -> KeySet:
    """The key set of ``keys``.

    Raises:
        KeySetError: two keys of one id, or a key id or secret of the wrong length.
    """
    found: dict[Kid, Key] = {}
    for key in keys:
        if key.kid in found:
            msg = f"two keys have the id {key.kid.hex()}"
            raise KeySetError(msg)
        if len(key.kid) != KID_BYTES or len(key.secret) != SECRET_BYTES:
            msg = f"key {key.kid.hex()}: an id has {KID_BYTES} bytes and a key {SECRET_BYTES}"
            raise KeySetError(msg)
        found[key.kid] = key
    return KeySet(keys=found, version=version)


def parse_alg(number: object) -> Alg:
    """The algorithm of this COSE number.

    Raises:
        KeySetError: one that no key may have.
    """
    for alg in Alg:
        if type(number) is int and alg.value == number:
            return alg
    msg = f"no key may have the algorithm {number!r}"
    raise KeySetError(msg)


def parse_key_state(word: object) -> KeyState:
    """The key state of this word.

    Raises:
        KeySetError: an unknown one.
    """
    for state in KeyState:
        if word == state.value:
            return state
    msg = f"unknown key state {word!r}"
    raise KeySetError(msg)
