"""The signed documents' vectors: what a door takes from central, and what it refuses."""

import hmac
import json
from pathlib import Path
from typing import Final, Literal, TypeAlias

import cbor2
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.documents import (
    Document,
    DocumentKind,
    RootKey,
    accept_document,
    open_document,
    sign_document,
)
from cardcore.errors import (
    DocumentError,
    ExpiredError,
    KeySetError,
    RollbackError,
    UntrustedError,
)
from cardcore.ids import Audience, CardId, Kid, UnixSeconds
from cardcore.keyset_document import key_set_body, key_set_in
from cardcore.list_document import delta_body, delta_in, list_body, list_in
from cardcore.lists import hash_of
from cardcore.policy_document import policy_body, policy_in
from cardcore.root_document import next_root, root_body
from cardcore.snapshot_document import rows_in, snapshot_body
from cardcore.snapshot_manifest import manifest_body, manifest_in
from cardcore.verify import SKEW
from tests.fakes.plain_cbor import encoded, from_json

FILE: Final = Path(__file__).with_name("documents1.json")
KindWord: TypeAlias = Literal[
    "keyset",
    "snapshot",
    "snapshot-manifest",
    "root",
    "policy",
    "revoked",
    "revoked-delta",
    "active",
    "active-delta",
]


class Root(msgspec.Struct, forbid_unknown_fields=True):
    kid: str
    private_key: str
    public_key: str


class Signed(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    kind: KindWord
    audience: str
    version: int
    issued_at: int
    expires_at: int
    body: list[object] | dict[str, object]
    bytes: str


class Hashed(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    card_id: str
    hash: str


class Chunk(msgspec.Struct, forbid_unknown_fields=True):
    bits: int
    no: int
    rows: list[object]
    bytes: str
    hash: str


class RefusedChunk(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    bytes: str
    says: str


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    kind: KindWord
    audience: str
    in_force: int
    now: int


class Judged(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    ask: Ask
    result: Literal["accepted", "rollback", "expired", "untrusted"]


class Refused(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    bytes: str
    refusal: Literal["untrusted"] | KindWord
    says: str


class VectorFile(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["signed document"]
    version: Literal[1]
    skew: int
    root: Root
    documents: list[Signed]
    hashes: list[Hashed]
    chunks: list[Chunk]
    refused_chunks: list[RefusedChunk]
    judged: list[Judged]
    refused: list[Refused]


VECTORS: Final = msgspec.json.decode(FILE.read_bytes(), type=VectorFile)
ROOT: Final = RootKey(
    kid=Kid(bytes.fromhex(VECTORS.root.kid)),
    public_key=bytes.fromhex(VECTORS.root.public_key),
)
PRIVATE_KEY: Final = bytes.fromhex(VECTORS.root.private_key)
VENUE: Final = Audience("venue-12")


def document_of(vector: Signed) -> Document:
    return Document(
        kind=DocumentKind(vector.kind),
        audience=Audience(vector.audience),
        version=vector.version,
        issued_at=UnixSeconds(vector.issued_at),
        expires_at=UnixSeconds(vector.expires_at),
        body=from_json(vector.body),
    )


def by_hand(vector: Signed) -> bytes:
    """The document's bytes from docs/reference/documents.md alone."""
    payload = encoded(
        {
            3: vector.audience,
            4: vector.expires_at,
            6: vector.issued_at,
            -65_538: vector.kind,
            -65_539: vector.version,
            -65_540: from_json(vector.body),
        }
    )
    protected = encoded({1: -8, 4: ROOT.kid})
    to_sign = cbor2.dumps(["Signature1", protected, b"", payload])
    signature = Ed25519PrivateKey.from_private_bytes(PRIVATE_KEY).sign(to_sign)
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))


def opened(vector: Signed) -> Document:
    return open_document(
        bytes.fromhex(vector.bytes),
        root=ROOT,
        kind=DocumentKind(vector.kind),
        audience=Audience(vector.audience),
    )


def written_again(document: Document) -> object:
    match document.kind:
        case DocumentKind.KEY_SET:
            return key_set_body(key_set_in(document))
        case DocumentKind.SNAPSHOT:
            return snapshot_body(rows_in(document))
        case DocumentKind.SNAPSHOT_MANIFEST:
            return manifest_body(manifest_in(document))
        case DocumentKind.REVOKED | DocumentKind.ACTIVE:
            return list_body(list_in(document))
        case DocumentKind.REVOKED_DELTA | DocumentKind.ACTIVE_DELTA:
            return delta_body(delta_in(document))
        case DocumentKind.POLICY:
            return policy_body(policy_in(document))
        case _:
            signed = sign_document(document, kid=ROOT.kid, private_key=PRIVATE_KEY)
            return root_body(next_root(signed, root=ROOT, audience=VENUE, now=None))


@pytest.mark.parametrize("vector", VECTORS.hashes, ids=lambda vector: vector.card_id)
def test_a_card_has_exactly_this_hash(vector: Hashed) -> None:
    key, card = bytes.fromhex(vector.key), CardId(bytes.fromhex(vector.card_id))
    assert hash_of(key, card).hex() == vector.hash
    by_hand = hmac.new(key, card, "sha256").hexdigest()
    assert by_hand.startswith(vector.hash)
    assert len(vector.hash) == 16


@pytest.mark.parametrize("vector", VECTORS.documents, ids=lambda vector: vector.id)
def test_document_has_exactly_these_bytes(vector: Signed) -> None:
    made = sign_document(document_of(vector), kid=ROOT.kid, private_key=PRIVATE_KEY)
    assert made.hex() == vector.bytes


@pytest.mark.parametrize("vector", VECTORS.documents, ids=lambda vector: vector.id)
def test_other_libraries_make_the_same_bytes(vector: Signed) -> None:
    assert by_hand(vector).hex() == vector.bytes


@pytest.mark.parametrize("vector", VECTORS.documents, ids=lambda vector: vector.id)
def test_document_is_read_back_as_it_was(vector: Signed) -> None:
    document = opened(vector)
    assert document == document_of(vector)
    assert written_again(document) == document.body


@pytest.mark.parametrize("vector", VECTORS.judged, ids=lambda vector: vector.id)
def test_key_set_is_taken_only_by_the_rules(vector: Judged) -> None:
    result = "accepted"
    try:
        accept_document(
            bytes.fromhex(VECTORS.documents[0].bytes),
            root=ROOT,
            kind=DocumentKind(vector.ask.kind),
            audience=Audience(vector.ask.audience),
            in_force=vector.ask.in_force,
            now=UnixSeconds(vector.ask.now),
        )
    except DocumentError as error:
        words = {RollbackError: "rollback", ExpiredError: "expired", UntrustedError: "untrusted"}
        result = words[type(error)]
    assert result == vector.result


@pytest.mark.parametrize("vector", VECTORS.refused, ids=lambda vector: vector.id)
def test_what_is_no_good_document_is_refused_and_says_why(vector: Refused) -> None:
    untrusted = vector.refusal == "untrusted"
    kind = DocumentKind.KEY_SET if untrusted else DocumentKind(vector.refusal)
    data = bytes.fromhex(vector.bytes)
    if untrusted:
        with pytest.raises(UntrustedError) as caught:
            open_document(data, root=ROOT, kind=kind, audience=VENUE)
        assert vector.says in str(caught.value)
        return
    document = open_document(data, root=ROOT, kind=kind, audience=VENUE)
    with pytest.raises(KeySetError) as refused:
        written_again(document)
    assert vector.says in str(refused.value)


def test_the_file_says_the_skew_that_doors_allow() -> None:
    assert VECTORS.skew == SKEW


@pytest.mark.parametrize(
    "place", ['"format"', '"private_key"', '"issued_at"', '"in_force"', '"ask"', '"says"']
)
def test_an_unknown_field_is_not_passed_over(place: str) -> None:
    text = json.dumps(json.loads(FILE.read_text("utf-8")))
    before, found, after = text.rpartition(place)
    assert found
    with pytest.raises(msgspec.ValidationError, match="unheard_of"):
        msgspec.json.decode(f'{before}"unheard_of": 1, {found}{after}', type=VectorFile)
