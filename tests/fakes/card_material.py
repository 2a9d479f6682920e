"""Fixed keys and plain cards for tests. Nothing here is secret and nothing here is random."""

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.card import Claims, Mode
from cardcore.ids import Audience, CardId, Kid, Nonce, UnixSeconds
from cardcore.keyset import Alg, Key, KeySet, KeyState, key_set_of

NOW: Final = UnixSeconds(1_790_000_000)
VENUE: Final = Audience("venue-12")
DAY: Final = 86_400


def fixed_bytes(name: str, size: int = 32) -> bytes:
    """Bytes that are always the same for a name."""
    return hashlib.sha256(name.encode("utf-8")).digest()[:size]


def public_key_of(private_key: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


KIDS: Final = {alg: Kid(fixed_bytes(f"kid {alg.name}", 4)) for alg in Alg}
SECRETS: Final = {alg: fixed_bytes(f"secret {alg.name}") for alg in Alg}  # -8: the private key
# every mode with each algorithm that may carry it
ALLOWED: Final = tuple(
    (mode, alg)
    for mode in Mode
    for alg in Alg
    if (mode, alg) not in {(Mode.ROTATING, Alg.EDDSA), (Mode.PRINT, Alg.HMAC_256_64)}
)


def a_key(
    alg: Alg,
    *,
    state: KeyState = KeyState.ACTIVE,
    audience: Audience = VENUE,
    not_before: int = NOW - DAY,
    expires_at: int = NOW + DAY,
) -> Key:
    return Key(
        kid=KIDS[alg],
        alg=alg,
        secret=public_key_of(SECRETS[alg]) if alg is Alg.EDDSA else SECRETS[alg],
        audience=audience,
        not_before=UnixSeconds(not_before),
        signs_until=UnixSeconds(expires_at),
        expires_at=UnixSeconds(expires_at),
        state=state,
    )


def the_keys() -> KeySet:
    """One good key of every algorithm."""
    return key_set_of(a_key(alg) for alg in Alg)


def some_claims(
    *,
    mode: Mode = Mode.ROTATING,
    audience: str = VENUE,
    issued_at: int = NOW - 5,
    expires_at: int = NOW + 25,
    nonce: bytes = bytes(range(8)),
    card_id: bytes = bytes(range(16)),
    generation: int = 1,
    member: str | None = None,
) -> Claims:
    return Claims(
        audience=Audience(audience),
        expires_at=UnixSeconds(expires_at),
        issued_at=UnixSeconds(issued_at),
        nonce=Nonce(nonce),
        mode=mode,
        card_id=CardId(card_id),
        generation=generation,
        member=member,
    )
