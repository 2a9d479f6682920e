"""The fixture venue: its TEST keys, its cards as central knows them, and the door's documents that say so.

Every secret here is published in this file and worth nothing. No door outside the tests may trust one.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.card import CARD_ID_BYTES
from cardcore.cbor import CborValue
from cardcore.derivation import derive_venue_key
from cardcore.documents import Document, DocumentKind, RootKey, sign_document
from cardcore.ids import Audience, CardId, Kid, UnixSeconds
from cardcore.keyset import Alg, Key, KeySet, KeyState, key_set_of
from cardcore.keyset_document import key_set_body
from cardcore.lifecycle import CardState
from cardcore.membership import CardStanding, MemberStatus
from cardcore.snapshot_document import SnapshotRow, snapshot_body

T0: Final = 1_790_000_000  # the evening's first picture; seconds since 1970, 21 September 2026
VENUE: Final = Audience("fixture-venue")
FOREIGN_VENUE: Final = Audience("foreign-venue")
SNAPSHOT_AT: Final = T0 - 20
_DAY: Final = 86_400
_VERSION: Final = 1


def fixed_bytes(name: str, size: int = 32) -> bytes:
    """The fixed bytes of this name: for TEST keys, card ids and nonces, guessable by anyone."""
    return hashlib.sha256(b"Gatepost fixture, for tests alone: " + name.encode()).digest()[:size]


TEST_SIGNING_ROOT: Final = fixed_bytes("signing root")  # raw Ed25519 private key
TEST_ROOT_KID: Final = Kid(b"root")


@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureKey:
    """One TEST key of central's: the root of an HMAC venue key, or a raw Ed25519 private key, in ``secret``."""

    kid: Kid
    alg: Alg
    state: KeyState
    lapsed: bool = False

    @property
    def secret(self) -> bytes:
        """The 32 bytes that central alone would have."""
        return fixed_bytes("key " + self.kid.decode("ascii"))

    def at_door(self, audience: Audience = VENUE) -> bytes:
        """The 32 bytes a door of ``audience`` has: the venue key, or the public key."""
        if self.alg is Alg.EDDSA:
            return public_half(self.secret)
        return derive_venue_key(self.secret, audience)

    def entry(self) -> Key:
        """The key as the fixture venue's key set has it."""
        end = T0 - _DAY if self.lapsed else T0 + 430 * _DAY
        return Key(
            kid=self.kid,
            alg=self.alg,
            secret=self.at_door(),
            audience=VENUE,
            not_before=UnixSeconds(T0 - 500 * _DAY),
            signs_until=UnixSeconds(min(end, T0 + 30 * _DAY)),
            expires_at=UnixSeconds(end),
            state=self.state,
        )


def public_half(private_key: bytes) -> bytes:
    """The raw public key of a raw Ed25519 private key."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def _key(kid: bytes, alg: Alg, state: KeyState, *, lapsed: bool = False) -> FixtureKey:
    return FixtureKey(kid=Kid(kid), alg=alg, state=state, lapsed=lapsed)


TEST_SHORT: Final = _key(b"sh-a", Alg.HMAC_256_64, KeyState.ACTIVE)
TEST_LONG: Final = _key(b"lo-a", Alg.HMAC_256_256, KeyState.ACTIVE)
TEST_ISSUER: Final = _key(b"is-a", Alg.EDDSA, KeyState.ACTIVE)
TEST_SHORT_RETIRING: Final = _key(b"sh-r", Alg.HMAC_256_64, KeyState.RETIRING)
TEST_ISSUER_RETIRING: Final = _key(b"is-r", Alg.EDDSA, KeyState.RETIRING)
TEST_SHORT_REVOKED: Final = _key(b"sh-x", Alg.HMAC_256_64, KeyState.REVOKED)
TEST_ISSUER_REVOKED: Final = _key(b"is-x", Alg.EDDSA, KeyState.REVOKED)
TEST_LONG_LAPSED: Final = _key(b"lo-l", Alg.HMAC_256_256, KeyState.RETIRING, lapsed=True)
TEST_FOREIGN: Final = _key(b"fo-a", Alg.HMAC_256_64, KeyState.ACTIVE)  # in no key set here

_AT_THE_DOOR: Final = (
    TEST_SHORT,
    TEST_LONG,
    TEST_ISSUER,
    TEST_SHORT_RETIRING,
    TEST_ISSUER_RETIRING,
    TEST_SHORT_REVOKED,
    TEST_ISSUER_REVOKED,
    TEST_LONG_LAPSED,
)


def door_keys() -> KeySet:
    """The key set of the fixture door."""
    return key_set_of((key.entry() for key in _AT_THE_DOOR), _VERSION)


# ── Cards ───────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureCard:
    """A card of the fixture venue. ``known`` is False for one that central never heard of."""

    name: str
    generation: int = 1
    state: CardState = CardState.ACTIVE
    member: MemberStatus = MemberStatus.ACTIVE
    known: bool = True

    @property
    def card_id(self) -> CardId:
        """The card's 16 bytes."""
        return CardId(fixed_bytes("card " + self.name, CARD_ID_BYTES))


PLAIN_CARDS: Final = tuple(FixtureCard(name=f"member {number:03}") for number in range(120))
SUPERSEDED: Final = FixtureCard(name="reissued", generation=2)
SUPERSEDED_PRINT: Final = FixtureCard(name="reissued in print", generation=3)
REVOKED: Final = FixtureCard(name="revoked", state=CardState.REVOKED)
SUSPENDED: Final = FixtureCard(name="suspended", state=CardState.SUSPENDED)
ISSUED: Final = FixtureCard(name="not yet active", state=CardState.ISSUED)
EXPIRED: Final = FixtureCard(name="expired", state=CardState.EXPIRED)
MEMBER_SUSPENDED: Final = FixtureCard(name="of one suspended", member=MemberStatus.SUSPENDED)
MEMBER_CANCELLED: Final = FixtureCard(name="of one who left", member=MemberStatus.CANCELLED)
MEMBER_EXPIRED: Final = FixtureCard(name="of one in arrears", member=MemberStatus.EXPIRED)
UNKNOWN: Final = FixtureCard(name="nobody's", known=False)
UNKNOWN_PRINT: Final = FixtureCard(name="nobody's in print", known=False)

_CARDS: Final = (
    *PLAIN_CARDS,
    SUPERSEDED,
    SUPERSEDED_PRINT,
    REVOKED,
    SUSPENDED,
    ISSUED,
    EXPIRED,
    MEMBER_SUSPENDED,
    MEMBER_CANCELLED,
    MEMBER_EXPIRED,
    UNKNOWN,
    UNKNOWN_PRINT,
)


# ── The door's documents ────────────────────────────────────────────────────
DEVICE: Final = {"device_id": "fixture-device", "door": "Fixture door", "audience": str(VENUE)}


def root_key() -> RootKey:
    """The public half of the TEST root, as the fixture door pinned it."""
    return RootKey(kid=TEST_ROOT_KID, public_key=public_half(TEST_SIGNING_ROOT))


def door_documents() -> dict[str, bytes]:
    """By file name: who the door is, its key set and its snapshot."""
    root = root_key()
    device = DEVICE | {
        "token": "fixture",
        "central_url": "http://127.0.0.1:9",  # the discard port: central is away
        "root_kid": root.kid.hex(),
        "root_public_key": root.public_key.hex(),
        "policy": {},
    }
    rows = (_row(card) for card in _CARDS if card.known)
    return {
        "device.json": (json.dumps(device, indent=1) + "\n").encode(),
        "keyset.cose": _signed(DocumentKind.KEY_SET, T0 - 600, key_set_body(door_keys())),
        "snapshot.cose": _signed(DocumentKind.SNAPSHOT, SNAPSHOT_AT, snapshot_body(rows)),
    }


def _signed(kind: DocumentKind, issued_at: int, body: CborValue) -> bytes:
    document = Document(
        kind=kind,
        audience=VENUE,
        version=_VERSION,
        issued_at=UnixSeconds(issued_at),
        expires_at=UnixSeconds(T0 + 365 * _DAY),
        body=body,
    )
    return sign_document(document, kid=TEST_ROOT_KID, private_key=TEST_SIGNING_ROOT)


def _row(card: FixtureCard) -> SnapshotRow:
    standing = CardStanding(
        state=card.state,
        generation=card.generation,
        member=card.member,
        display_name=None,
        as_of=UnixSeconds(SNAPSHOT_AT),
    )
    return SnapshotRow(card_id=card.card_id, standing=standing)
