"""Issuer keys: made on first use, one for each purpose of each audience, and the key set that doors judge by.

Root keys never leave central. A door gets the venue keys derived from them, and public keys.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.cbor import CborValue
from cardcore.derivation import derive_venue_key
from cardcore.documents import DocumentKind, RootKey
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.keyset import Alg, Key, KeyState, key_set_of
from cardcore.keyset_document import key_set_body
from cardcore.token import KID_BYTES
from central.ports.records import IssuerKey, KeyUse, SignedDocument
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, DocumentSigner, Randomness

DAY_S: Final = 86_400
BACKDATED_S: Final = 60  # a door whose clock is a little behind accepts a new key at once
SIGNS_S: Final = 395 * DAY_S  # a year and a month: renewed once a year, with time to spare
OUTLIVES_S: Final = 400 * DAY_S  # the longest life of a printed card it may have signed
KEYSET_LIFE_S: Final = 7 * DAY_S  # a door that has heard nothing for a week is stale
SECRET_BYTES: Final = 32

AUDIENCE_USES: Final = (KeyUse.SCREEN, KeyUse.PRINT_MAC, KeyUse.PRINT_SIGNATURE)


class KeyService:
    """Makes, finds and lists issuer keys."""

    def __init__(self, *, storage: Storage, clock: Clock, randomness: Randomness) -> None:
        self._storage = storage
        self._clock = clock
        self._randomness = randomness

    def prepare(self, tx: Transaction, audience: Audience) -> None:
        """Make every key that this audience has not got yet."""
        for use in AUDIENCE_USES:
            self.signing_key(tx, audience, use)

    def signing_key(self, tx: Transaction, audience: Audience, use: KeyUse) -> IssuerKey:
        """The key that signs for this audience now; made where there is none."""
        return self._signing(tx, audience, use)

    def current_key(
        self, tx: Transaction, audience: Audience | None, use: KeyUse
    ) -> IssuerKey | None:
        """The key that signs for this audience now, or the document root, where there is one already."""
        return self._current(tx, audience, use)

    def document_root(self, tx: Transaction) -> IssuerKey:
        """The key that signs central's documents."""
        return self._signing(tx, None, KeyUse.DOCUMENT_ROOT)

    def root_key(self) -> RootKey:
        """The public half of the document root: what a door pins."""
        with self._storage.write() as tx:
            root = self.document_root(tx)
        return RootKey(kid=root.kid, public_key=root.public_key)

    def all(self, audience: Audience | None) -> list[IssuerKey]:
        """The keys of an audience, or the document roots."""
        with self._storage.read() as tx:
            return list(tx.keys.of(audience))

    def _signing(self, tx: Transaction, audience: Audience | None, use: KeyUse) -> IssuerKey:
        found = self._current(tx, audience, use)
        if found is not None:
            return found
        # Somebody else may have been about to make it: whoever holds this looks again.
        if audience is None:
            tx.lock("document root")
        else:
            tx.documents.touch(audience)
        return self._current(tx, audience, use) or self._make(tx, audience, use)

    def _current(self, tx: Transaction, audience: Audience | None, use: KeyUse) -> IssuerKey | None:
        now = self._clock.now()
        for key in tx.keys.of(audience):
            if key.use is use and key.state is KeyState.ACTIVE and now < key.signs_until:
                return key
        return None

    def _make(self, tx: Transaction, audience: Audience | None, use: KeyUse) -> IssuerKey:
        now = self._clock.now()
        kid = Kid(self._randomness(KID_BYTES))
        while tx.keys.has(kid):
            kid = Kid(self._randomness(KID_BYTES))
        secret = self._randomness(SECRET_BYTES)
        key = IssuerKey(
            kid=kid,
            use=use,
            audience=audience,
            secret=secret,
            public_key=public_key_of(secret) if use.alg is Alg.EDDSA else b"",
            not_before=UnixSeconds(now - BACKDATED_S),
            signs_until=UnixSeconds(now + SIGNS_S),
            expires_at=UnixSeconds(now + SIGNS_S + OUTLIVES_S),
            state=KeyState.ACTIVE,
        )
        tx.keys.add(key)
        return key


class KeySetService:
    """Hands out the key set of an audience as a signed document."""

    def __init__(self, *, keys: KeyService, signer: DocumentSigner) -> None:
        self._keys = keys
        self._signer = signer

    def key_set(self, audience: Audience) -> SignedDocument:
        """The signed key set of ``audience``."""

        def body(tx: Transaction, _now: UnixSeconds) -> CborValue:
            self._keys.prepare(tx, audience)
            keys = (door_key(key, audience) for key in tx.keys.of(audience))
            return key_set_body(key_set_of(keys))

        return self._signer.signed(DocumentKind.KEY_SET, audience, life_s=KEYSET_LIFE_S, body=body)


def public_key_of(private_key: bytes) -> bytes:
    """The raw public key of a raw 32-byte Ed25519 private key."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def door_key(key: IssuerKey, audience: Audience) -> Key:
    """What a door may have of an issuer key."""
    hmac = key.use.alg is not Alg.EDDSA
    return Key(
        kid=key.kid,
        alg=key.use.alg,
        secret=derive_venue_key(key.secret, audience) if hmac else key.public_key,
        audience=audience,
        not_before=key.not_before,
        signs_until=key.signs_until,
        expires_at=key.expires_at,
        state=key.state,
    )
