"""Issuer keys: made on first use, one for each purpose of each audience, and the key set that doors judge by.

Root keys never leave central. A door gets the venue keys derived from them, and public keys.
"""

from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.cbor import CborValue
from cardcore.derivation import derive_venue_key
from cardcore.documents import DocumentKind, RootKey, open_document, sign_document, signer_of
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.keyset import Alg, Key, KeyState, key_set_of
from cardcore.keyset_document import key_set_body
from cardcore.rotation import BACKDATED_S, KeyLife, NewKey, RotationPolicy, plan_rotation
from cardcore.schedule import Schedule, parse_schedule
from cardcore.sealed_body import seal_body
from cardcore.token import KID_BYTES
from cardcore.verify import SKEW
from central.errors import ConflictError, Kind
from central.ports.chain import NO_CHAIN, VENUE_USES, Chain
from central.ports.records import Device, IssuerKey, KeyUse, SignedDocument
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock, DocumentSigner, Randomness

DAY_S: Final = 86_400
ROOT_SIGNS_S: Final = 395 * DAY_S  # a year and a month: renewed once a year, with time to spare
OUTLIVES_S: Final = 400 * DAY_S  # the longest life of a printed card it may have signed
PHONE_S: Final = (
    62 * DAY_S
)  # a phone asks for its next card key within two months, or asks for a link again
KEYSET_LIFE_S: Final = 7 * DAY_S  # a door that has heard nothing for a week is stale
SECRET_BYTES: Final = 32

AUDIENCE_USES: Final = VENUE_USES
MONTHLY: Final = parse_schedule("0 0 1 * *")


class KeyService:
    """Makes, finds and lists issuer keys."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        randomness: Randomness,
        schedule: Schedule = MONTHLY,
        chain: Chain = NO_CHAIN,
    ) -> None:
        self.chain = chain
        self._storage = storage
        self._clock = clock
        self._randomness = randomness
        self._schedule = schedule

    def rotation_of(self, use: KeyUse) -> RotationPolicy:
        """How keys of an audience follow each other: each verifies as long as what it signed may live."""
        outlives_s = PHONE_S if use is KeyUse.SCREEN else OUTLIVES_S
        return RotationPolicy(schedule=self._schedule, outlives_s=outlives_s)

    def prepare(self, tx: Transaction, audience: Audience) -> None:
        """Make every key that this audience has not got yet."""
        for use in self.chain.uses(audience):
            self.signing_key(tx, audience, use)

    def signing_key(self, tx: Transaction, audience: Audience, use: KeyUse) -> IssuerKey:
        """The key that signs for this audience now; made where there is none.

        Raises:
            ConflictError: a chain has no such key.
        """
        if use not in self.chain.uses(audience):
            detail = f"{audience} is a chain: its cards are printed, under Ed25519 (-8) alone"
            raise ConflictError(Kind.ILLEGAL_STEP, detail)
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
            if key.use is use and life_of(key).signs(now):
                return key
        return None

    def _make(self, tx: Transaction, audience: Audience | None, use: KeyUse) -> IssuerKey:
        now = self._clock.now()
        if audience is None:
            return self.add_root(tx, UnixSeconds(now - BACKDATED_S))
        times = plan_rotation((), self.rotation_of(use), now).make
        if times is None:  # pragma: no cover -- a plan over no keys makes one
            raise AssertionError
        return self.add(tx, audience, use, times)

    def add_root(self, tx: Transaction, not_before: UnixSeconds) -> IssuerKey:
        """Another root that signs documents, from that instant on."""
        signs_until = UnixSeconds(self._clock.now() + ROOT_SIGNS_S)
        times = NewKey(
            not_before=not_before,
            signs_until=signs_until,
            expires_at=UnixSeconds(signs_until + OUTLIVES_S),
        )
        return self.add(tx, None, KeyUse.DOCUMENT_ROOT, times)

    def add(
        self, tx: Transaction, audience: Audience | None, use: KeyUse, times: NewKey
    ) -> IssuerKey:
        """Another key, with an id that no key had before."""
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
            not_before=times.not_before,
            signs_until=times.signs_until,
            expires_at=times.expires_at,
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

        def body(tx: Transaction, now: UnixSeconds) -> CborValue:
            found: list[Key] = []
            for reached in self._keys.chain.reach(audience):
                self._keys.prepare(tx, reached)
                keys = (key for key in tx.keys.of(reached) if now < key.expires_at + SKEW)
                found += [
                    door_key(key, reached)
                    for key in keys
                    if reached == audience or key.use.alg is Alg.EDDSA
                ]
            return key_set_body(key_set_of(found), audience)

        return self._signer.signed(DocumentKind.KEY_SET, audience, life_s=KEYSET_LIFE_S, body=body)

    def sealed_to(self, device: Device, key_set: SignedDocument) -> bytes:
        """The key set for this device: sealed to its receiving key, as it is for one that has none yet."""
        if device.keys is None:
            return key_set.content
        signer = signer_of(key_set.content)
        root = next(known for known in self._keys.all(None) if known.kid == signer)
        document = open_document(
            key_set.content,
            root=RootKey(kid=root.kid, public_key=root.public_key),
            kind=DocumentKind.KEY_SET,
            audience=device.audience,
        )
        body = seal_body(
            document.body,
            kind=DocumentKind.KEY_SET,
            device=device.device_id,
            receiving_key=device.keys.receiving,
        )
        sealed = replace(document, body=body)
        return sign_document(sealed, kid=root.kid, private_key=root.secret)


def public_key_of(private_key: bytes) -> bytes:
    """The raw public key of a raw 32-byte Ed25519 private key."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def life_of(key: IssuerKey) -> KeyLife:
    """What a plan of rotation has to know of a key."""
    return KeyLife(
        kid=key.kid,
        not_before=key.not_before,
        signs_until=key.signs_until,
        expires_at=key.expires_at,
        state=key.state,
    )


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
