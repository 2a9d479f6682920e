"""The two keys that a device makes for itself: one it signs with (Ed25519), one others seal to (X25519).

The private halves never leave the device. Central is told the public ones at enrolment.
"""

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from cardcore.errors import WireError

KEY_BYTES: Final = 32  # either half of either key, raw
_PROBE: Final = X25519PrivateKey.from_private_bytes(bytes([1]) * KEY_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeys:
    """Both private halves, 32 raw bytes each."""

    signing: bytes = field(repr=False)
    receiving: bytes = field(repr=False)

    @property
    def public(self) -> "DevicePublicKeys":
        """What central is told."""
        signing = Ed25519PrivateKey.from_private_bytes(self.signing)
        receiving = X25519PrivateKey.from_private_bytes(self.receiving)
        return DevicePublicKeys(
            signing=signing.public_key().public_bytes_raw(),
            receiving=receiving.public_key().public_bytes_raw(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePublicKeys:
    """Both public halves, 32 raw bytes each."""

    signing: bytes
    receiving: bytes


def device_keys_of(signing: bytes, receiving: bytes) -> DeviceKeys:
    """The keys of these private halves.

    Raises:
        WireError: not 32 bytes each.
    """
    if {len(signing), len(receiving)} != {KEY_BYTES}:
        msg = f"a device's keys have {KEY_BYTES} bytes each"
        raise WireError(msg)
    return DeviceKeys(signing=signing, receiving=receiving)


def public_keys_of(signing: bytes, receiving: bytes) -> DevicePublicKeys:
    """The public keys in these bytes, as a device sent them.

    Raises:
        WireError: not 32 bytes each, or a receiving key that would give every sender the same secret.
    """
    if {len(signing), len(receiving)} != {KEY_BYTES}:
        msg = f"a device's keys have {KEY_BYTES} bytes each"
        raise WireError(msg)
    try:
        _PROBE.exchange(X25519PublicKey.from_public_bytes(receiving))
    except ValueError as error:  # a point of small order: what is sealed to it, anybody opens
        msg = "the receiving key is no X25519 key to seal to"
        raise WireError(msg) from error
    return DevicePublicKeys(signing=signing, receiving=receiving)
