"""The bodies of the vectors of lists, deltas, roots and policies: good ones, and what must be refused."""

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.cbor import CborValue
from cardcore.documents import DocumentKind, RootKey
from cardcore.ids import CardId, Kid
from cardcore.list_document import delta_body, list_body
from cardcore.lists import LIST_KEY_BYTES, delta_between, hash_of, list_of
from cardcore.policy import DoorPolicy, Handling, StatusRules
from cardcore.policy_document import policy_body
from cardcore.root_document import root_body
from tools.vector_json import Json

Bodies = dict[str, tuple[DocumentKind, int, CborValue]]  # name: kind, version, body


def _fixed(name: str, size: int = 32) -> bytes:
    return hashlib.sha256(f"Gatepost test vectors: {name}".encode()).digest()[:size]


_KEY: Final = _fixed("list key", LIST_KEY_BYTES)
_CARDS: Final = tuple(CardId(_fixed(f"card {number}", 16)) for number in range(1, 6))
_BEFORE: Final = list_of(_KEY, _CARDS[:3])
_AFTER: Final = list_of(_KEY, _CARDS[1:])
_NEXT_ROOT: Final = RootKey(
    kid=Kid(_fixed("next root kid", 4)),
    public_key=Ed25519PrivateKey.from_private_bytes(_fixed("next root"))
    .public_key()
    .public_bytes_raw(),
)
_POLICY: Final = DoorPolicy(
    version=3,
    capacity=250,
    when_full=Handling.REVIEW,
    door=StatusRules(lists=Handling.REVIEW),
    active_list=True,
)

GOOD: Final[Bodies] = {
    "revoked cards": (DocumentKind.REVOKED, 20, list_body(_BEFORE)),
    "no revoked cards": (DocumentKind.REVOKED, 1, list_body(list_of(_KEY, ()))),
    "revoked cards, what changed": (
        DocumentKind.REVOKED_DELTA,
        24,
        delta_body(delta_between(20, _BEFORE, _AFTER)),
    ),
    "revoked cards, nothing changed": (
        DocumentKind.REVOKED_DELTA,
        25,
        delta_body(delta_between(20, _BEFORE, _BEFORE)),
    ),
    "active cards": (DocumentKind.ACTIVE, 8, list_body(_AFTER)),
    "active cards, what changed": (
        DocumentKind.ACTIVE_DELTA,
        9,
        delta_body(delta_between(8, _AFTER, _BEFORE)),
    ),
    "the next root": (DocumentKind.ROOT, 1, root_body(_NEXT_ROOT)),
    "policy": (DocumentKind.POLICY, 12, policy_body(_POLICY)),
    "policy without a capacity": (DocumentKind.POLICY, 13, policy_body(DoorPolicy(version=1))),
}

_DIGEST: Final = bytes(32)
_RULES: Final = (0, 0, 0, 0, 0)
_WHOLE: Final[dict[int, CborValue]] = {
    1: 1, 2: 300, 3: 14_400, 4: 43_200, 6: 2, 7: 0, 8: _RULES, 9: _RULES, 10: 86_400, 11: 0
}  # fmt: skip

REFUSED: Final[dict[str, tuple[DocumentKind, CborValue, str]]] = {
    "list: no list": (DocumentKind.REVOKED, b"", "no list of hashes"),
    "list: three items": (DocumentKind.REVOKED, (_KEY, b"", b""), "no list of hashes"),
    "list: key of 15": (DocumentKind.REVOKED, (_KEY[1:], b""), "16 bytes"),
    "list: half a hash": (DocumentKind.REVOKED, (_KEY, bytes(12)), "not in order"),
    "list: one hash twice": (DocumentKind.REVOKED, (_KEY, bytes(16)), "not in order"),
    "list: out of order": (
        DocumentKind.ACTIVE,
        (_KEY, _BEFORE.hashes[8:16] + _BEFORE.hashes[:8]),
        "not in order",
    ),
    "list: hashes in text": (DocumentKind.ACTIVE, (_KEY, "0" * 8), "not in order"),
    "delta: four items": (DocumentKind.REVOKED_DELTA, (1, _DIGEST, _DIGEST, b""), "no delta"),
    "delta: from version 0": (
        DocumentKind.REVOKED_DELTA,
        (0, _DIGEST, _DIGEST, b"", b""),
        "from version 0",
    ),
    "delta: from a later version": (
        DocumentKind.REVOKED_DELTA,
        (8, _DIGEST, _DIGEST, b"", b""),
        "from version 8",
    ),
    "delta: digest of 31": (
        DocumentKind.ACTIVE_DELTA,
        (1, _DIGEST[1:], _DIGEST, b"", b""),
        "a digest has 32",
    ),
    "delta: out of order": (
        DocumentKind.ACTIVE_DELTA,
        (1, _DIGEST, _DIGEST, bytes(16), b""),
        "not in order",
    ),
    "root: one item": (DocumentKind.ROOT, (bytes(4),), "no root"),
    "root: id of 3": (DocumentKind.ROOT, (bytes(3), _DIGEST), "key id of its own"),
    "root: key of 31": (DocumentKind.ROOT, (bytes(4), _DIGEST[1:]), "32 bytes"),
    "policy: a list": (DocumentKind.POLICY, (), "no policy"),
    "policy: no version": (
        DocumentKind.POLICY,
        {key: value for key, value in _WHOLE.items() if key != 1},
        "policy key 1",
    ),
    "policy: a negative time": (DocumentKind.POLICY, _WHOLE | {2: -1}, "policy key 2"),
    "policy: four rules": (DocumentKind.POLICY, _WHOLE | {8: _RULES[1:]}, "5 items"),
    "policy: a fourth handling": (DocumentKind.POLICY, _WHOLE | {6: 3}, "no handling"),
}


def hashes() -> Json:
    """Cards with their hashes under the lists' key."""
    return [
        {"key": _KEY.hex(), "card_id": card.hex(), "hash": hash_of(_KEY, card).hex()}
        for card in _CARDS
    ]
