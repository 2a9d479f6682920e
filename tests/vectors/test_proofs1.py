"""The vectors of checkpoints and of whom to trust: made again by other hands, and what is refused."""

import hashlib
from pathlib import Path
from typing import Final, Literal

import cbor2
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardcore.checkpoint import Checkpoint, checkpoint_in, countersigned_in
from cardcore.documents import RootKey
from cardcore.enrolment import parse_code
from cardcore.errors import UntrustedError
from cardcore.ids import Audience, DeviceId, Epoch, Kid, Micros, Seq
from cardcore.trust_document import Trust, trust_in
from tests.fakes.plain_cbor import Plain, encoded

FILE: Final = Path(__file__).with_name("proofs1.json")
COUNTERSIGNED_LIFE_S: Final = 3_650 * 86_400


class Root(msgspec.Struct, forbid_unknown_fields=True):
    kid: str
    private_key: str
    public_key: str


class Device(msgspec.Struct, forbid_unknown_fields=True):
    private_key: str
    public_key: str


class Said(msgspec.Struct, forbid_unknown_fields=True):
    device: str
    epoch: str
    size: int
    head: str
    instant: int
    bytes: str


class Countersigned(msgspec.Struct, forbid_unknown_fields=True):
    audience: str
    issued_at: int
    bytes: str


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    code: str
    nonce: str
    certificate: str
    issued_at: int
    bytes: str


class Refused(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    bytes: str


class VectorFile(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["proofs"]
    version: Literal[1]
    root: Root
    device: Device
    checkpoint: Said
    countersigned: Countersigned
    refused_checkpoints: list[Refused]
    refused_countersigned: list[Refused]
    trust: list[Asked]
    refused_trust: list[Refused]


VECTORS: Final = msgspec.json.decode(FILE.read_bytes(), type=VectorFile)
ROOT: Final = RootKey(
    kid=Kid(bytes.fromhex(VECTORS.root.kid)), public_key=bytes.fromhex(VECTORS.root.public_key)
)
PUBLIC: Final = bytes.fromhex(VECTORS.device.public_key)
VENUE: Final = Audience(VECTORS.countersigned.audience)
CHECKPOINT: Final = bytes.fromhex(VECTORS.checkpoint.bytes)


def sealed(payload: Plain, kid: bytes, private_key: str) -> bytes:
    """A COSE_Sign1 message from docs/reference/documents.md alone."""
    protected, content = encoded({1: -8, 4: kid}), encoded(payload)
    to_sign = cbor2.dumps(["Signature1", protected, b"", content])
    signature = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private_key)).sign(to_sign)
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, content, signature]))


def document(kind: str, body: Plain, audience: str, issued_at: int, life_s: int) -> bytes:
    payload: Plain = {
        3: audience,
        4: issued_at + life_s,
        6: issued_at,
        -65_538: kind,
        -65_539: issued_at,
        -65_540: body,
    }
    return sealed(payload, ROOT.kid, VECTORS.root.private_key)


def test_other_libraries_make_the_same_checkpoint() -> None:
    said = VECTORS.checkpoint
    items = (
        said.device,
        bytes.fromhex(said.epoch),
        said.size,
        bytes.fromhex(said.head),
        said.instant,
    )
    kid = hashlib.sha256(PUBLIC).digest()[:4]
    assert sealed({-65_541: items}, kid, VECTORS.device.private_key) == CHECKPOINT


def test_a_checkpoint_is_read_back_as_it_was() -> None:
    said = VECTORS.checkpoint
    assert checkpoint_in(CHECKPOINT, PUBLIC) == Checkpoint(
        device=DeviceId(said.device),
        epoch=Epoch(bytes.fromhex(said.epoch)),
        seq=Seq(said.size),
        hash=bytes.fromhex(said.head),
        at=Micros(said.instant),
    )


def test_other_libraries_make_the_same_countersignature() -> None:
    vector = VECTORS.countersigned
    made = document(
        "checkpoint", CHECKPOINT, vector.audience, vector.issued_at, COUNTERSIGNED_LIFE_S
    )
    assert made.hex() == vector.bytes
    assert countersigned_in(made, VENUE, root=ROOT) == CHECKPOINT


@pytest.mark.parametrize("vector", VECTORS.refused_checkpoints, ids=lambda vector: vector.id)
def test_what_is_no_checkpoint_of_the_device_is_refused(vector: Refused) -> None:
    with pytest.raises(UntrustedError):
        checkpoint_in(bytes.fromhex(vector.bytes), PUBLIC)


@pytest.mark.parametrize("vector", VECTORS.refused_countersigned, ids=lambda vector: vector.id)
def test_what_central_did_not_countersign_is_refused(vector: Refused) -> None:
    with pytest.raises(UntrustedError):
        countersigned_in(bytes.fromhex(vector.bytes), VENUE, root=ROOT)


@pytest.mark.parametrize("vector", VECTORS.trust, ids=lambda vector: vector.id)
def test_whom_to_trust_has_exactly_these_bytes(vector: Asked) -> None:
    body = (bytes.fromhex(vector.nonce), ROOT.public_key, vector.certificate)
    made = document("trust", body, "*", vector.issued_at, 60)
    assert made.hex() == vector.bytes
    found = trust_in(made, bytes.fromhex(vector.nonce), parse_code(vector.code))
    assert found == Trust(root=ROOT, certificate=vector.certificate or None)


@pytest.mark.parametrize("vector", VECTORS.refused_trust, ids=lambda vector: vector.id)
def test_what_the_root_in_the_code_did_not_say_is_refused(vector: Refused) -> None:
    asked = VECTORS.trust[0]
    with pytest.raises(UntrustedError):
        trust_in(bytes.fromhex(vector.bytes), bytes.fromhex(asked.nonce), parse_code(asked.code))


@pytest.mark.parametrize("place", ['"format"', '"public_key"', '"size"', '"nonce"', '"id"'])
def test_an_unknown_field_is_not_passed_over(place: str) -> None:
    before, found, after = FILE.read_text("utf-8").rpartition(place)
    assert found
    with pytest.raises(msgspec.ValidationError, match="unheard_of"):
        msgspec.json.decode(f'{before}"unheard_of": 1, {found}{after}', type=VectorFile)
