"""The token's vectors, made by another implementation: every one must come out exactly."""

import json
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
import pytest

from cardcore.card import Claims, Mode
from cardcore.derivation import derive_card_key, derive_venue_key
from cardcore.ids import Audience, CardId, Kid, UnixSeconds
from cardcore.keyset import Key, KeySet, key_set_of, parse_alg, parse_key_state
from cardcore.verify import SKEW, VerifiedCard, verify_token

FILE: Final = Path(__file__).with_name("mc1.json")
Hex: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{2})+\Z")]


class KeyLine(msgspec.Struct, forbid_unknown_fields=True):
    kid: Hex
    alg: Literal[4, 5, -8]
    key: Hex
    nbf: int
    exp: int
    state: Literal["active", "retiring", "revoked"]


class Derivation(msgspec.Struct, forbid_unknown_fields=True):
    root: Hex
    audience: str
    mode: Literal[0, 1, 2]
    card_id: Hex
    generation: int
    venue_key: Hex
    card_key: Hex


class ExpectedClaims(msgspec.Struct, forbid_unknown_fields=True):
    audience: str
    expires_at: int
    issued_at: int
    nonce: Hex
    mode: Literal["online", "rotating", "print"]
    card_id: Hex
    generation: int
    member: str | None


class Verified(msgspec.Struct, forbid_unknown_fields=True, tag_field="result", tag="verified"):
    claims: ExpectedClaims


class Rejected(msgspec.Struct, forbid_unknown_fields=True, tag_field="result", tag="rejected"):
    reason: str


class Vector(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    comment: str
    token: str
    now: int
    audience: str
    expected: Verified | Rejected


class VectorFile(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["MC1"]
    skew: int
    keyset: list[KeyLine]
    derivation: list[Derivation]
    vectors: list[Vector]


VECTORS: Final = msgspec.json.decode(FILE.read_bytes(), type=VectorFile)


def keys_for(audience: str) -> KeySet:
    """The file's keys belong to no venue by name: to the vector's own."""
    return key_set_of(
        Key(
            kid=Kid(bytes.fromhex(line.kid)),
            alg=parse_alg(line.alg),
            secret=bytes.fromhex(line.key),
            audience=Audience(audience),
            not_before=UnixSeconds(line.nbf),
            signs_until=UnixSeconds(line.exp),
            expires_at=UnixSeconds(line.exp),
            state=parse_key_state(line.state),
        )
        for line in VECTORS.keyset
    )


def as_printed(claims: Claims) -> ExpectedClaims:
    return ExpectedClaims(
        audience=claims.audience,
        expires_at=claims.expires_at,
        issued_at=claims.issued_at,
        nonce=claims.nonce.hex(),
        mode=msgspec.convert(claims.mode.word, Literal["online", "rotating", "print"]),
        card_id=claims.card_id.hex(),
        generation=claims.generation,
        member=claims.member,
    )


@pytest.mark.parametrize("vector", VECTORS.vectors, ids=lambda vector: vector.id)
def test_vector_comes_out_exactly(vector: Vector) -> None:
    audience = Audience(vector.audience)
    result = verify_token(vector.token, keys_for(audience), {audience}, UnixSeconds(vector.now))
    if isinstance(result, VerifiedCard):
        assert Verified(claims=as_printed(result.claims)) == vector.expected
    else:
        assert Rejected(reason=result.reason.value) == vector.expected


@pytest.mark.parametrize("derivation", VECTORS.derivation, ids=lambda line: line.root[:8])
def test_derivation_comes_out_exactly(derivation: Derivation) -> None:
    venue_key = derive_venue_key(bytes.fromhex(derivation.root), Audience(derivation.audience))
    card_key = derive_card_key(
        venue_key,
        Mode(derivation.mode),
        CardId(bytes.fromhex(derivation.card_id)),
        derivation.generation,
    )
    assert (venue_key.hex(), card_key.hex()) == (derivation.venue_key, derivation.card_key)


def test_the_file_has_all_its_vectors() -> None:
    assert (len(VECTORS.vectors), len(VECTORS.derivation)) == (180, 4)
    assert len({vector.id for vector in VECTORS.vectors}) == 180
    assert VECTORS.skew == SKEW


# Where a field could be added, and the text in the file in front of which it would stand.
PLACES: Final = {
    "file": '"format"',
    "key": '"kid"',
    "derivation": '"root"',
    "vector": '"id"',
    "verified": '"result": "verified"',
    "rejected": '"result": "rejected"',
    "claims": '"audience": "venue-12", "expires_at"',
}


@pytest.mark.parametrize("place", PLACES)
def test_an_unknown_field_is_not_passed_over(place: str) -> None:
    text = json.dumps(json.loads(FILE.read_text("utf-8")))
    assert msgspec.json.decode(text, type=VectorFile) == VECTORS
    assert PLACES[place] in text
    changed = text.replace(PLACES[place], '"unheard_of": 1, ' + PLACES[place], 1)
    with pytest.raises(msgspec.ValidationError, match="unheard_of"):
        msgspec.json.decode(changed, type=VectorFile)


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        ('"result": "verified"', '"result": "perhaps"'),
        ('"state": "active"', '"state": "resting"'),
        ('"alg": 4', '"alg": 6'),
        ('"mode": "online"', '"mode": "wallet"'),
    ],
)
def test_an_unknown_word_is_not_passed_over(known: str, unknown: str) -> None:
    text = json.dumps(json.loads(FILE.read_text("utf-8")))
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text.replace(known, unknown, 1), type=VectorFile)
