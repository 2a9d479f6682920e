"""The audit entry's vectors: a door that writes other bytes breaks every chain that is already written."""

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Final, Literal

import msgspec
import pytest

from cardcore.audit import (
    AuditEntry,
    ChainHead,
    entry_hash,
    parse_entry,
    serialise_entry,
    verify_chain,
)
from cardcore.errors import BrokenAuditChainError, WireError
from cardcore.ids import Epoch, Seq
from tests.fakes.plain_cbor import Plain, encoded, from_json

FILE: Final = Path(__file__).with_name("audit1.json")
# Written out once more, since a renumbered key in the product must not renumber the test.
KEYS: Final = {
    "door": 1,
    "device": 2,
    "epoch": 3,
    "seq": 4,
    "previous": 5,
    "wall": 6,
    "mono": 7,
    "boot_id": 8,
    "clock": 9,
    "source": 10,
    "direction": 11,
    "decision": 12,
    "reason": 13,
    "kid": 14,
    "mode": 15,
    "card_id": 16,
    "generation": 17,
    "nonce": 18,
    "status": 19,
    "status_origin": 20,
    "status_age_s": 21,
    "keyset_version": 22,
    "lists_version": 23,
    "policy_version": 24,
    "circuit": 25,
    "attendant": 26,
    "stages": 27,
    "traceparent": 28,
    "program": 29,
    "extensions": 30,
}
STAGES: Final = {"decode": 1, "verify": 2, "replay": 3, "status": 4, "decide": 5}


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    comment: str
    entry: dict[str, object]
    bytes: str
    hash: str


class Head(msgspec.Struct, forbid_unknown_fields=True):
    seq: int
    hash: str

    def of_chain(self) -> ChainHead:
        return ChainHead(seq=Seq(self.seq), hash=bytes.fromhex(self.hash))


class Chain(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    comment: str
    epoch: str
    start: Head = msgspec.field(name="from")
    entries: list[str]
    head: Head


class Refused(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    bytes: str
    says: str


class BrokenChain(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    epoch: str
    entries: list[str]
    at_seq: int
    says: str


class VectorFile(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["audit entry and chain"]
    version: Literal[1]
    entries: list[Entry]
    chains: list[Chain]
    refused: list[Refused]
    broken_chains: list[BrokenChain]


VECTORS: Final = msgspec.json.decode(FILE.read_bytes(), type=VectorFile)


def by_hand(entry: dict[str, object]) -> bytes:
    """The entry's bytes from docs/reference/audit-entry.md alone."""
    written: dict[int, Plain] = {0: 1}
    for name, value in entry.items():
        if name == "unknown":
            unknown = from_json(value)
            assert isinstance(unknown, dict)
            written |= unknown
        elif name == "stages":
            assert isinstance(value, dict)
            written[27] = {STAGES[stage]: from_json(took) for stage, took in value.items()}
        else:
            written[KEYS[name]] = from_json(value)
    return encoded(written)


def entry_of(values: dict[str, object]) -> AuditEntry:
    found = {
        name: value if name == "stages" else from_json(value) for name, value in values.items()
    }
    return msgspec.convert(found, AuditEntry)


def chained(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


@pytest.mark.parametrize("vector", VECTORS.entries, ids=lambda vector: vector.id)
def test_entry_has_exactly_these_bytes_and_this_hash(vector: Entry) -> None:
    data = bytes.fromhex(vector.bytes)
    assert serialise_entry(entry_of(vector.entry)) == data
    assert entry_hash(data).hex() == vector.hash


@pytest.mark.parametrize("vector", VECTORS.entries, ids=lambda vector: vector.id)
def test_entry_is_read_back_as_it_was(vector: Entry) -> None:
    assert parse_entry(bytes.fromhex(vector.bytes)) == entry_of(vector.entry)


@pytest.mark.parametrize("vector", VECTORS.entries, ids=lambda vector: vector.id)
def test_another_encoder_writes_the_same_bytes(vector: Entry) -> None:
    data = by_hand(vector.entry)
    assert data.hex() == vector.bytes
    assert hashlib.sha256(data).hexdigest() == vector.hash


@pytest.mark.parametrize("vector", VECTORS.chains, ids=lambda vector: vector.id)
def test_chain_ends_where_it_should(vector: Chain) -> None:
    epoch = Epoch(bytes.fromhex(vector.epoch))
    head = verify_chain(chained(vector.entries), epoch, vector.start.of_chain())
    assert head == vector.head.of_chain()


@pytest.mark.parametrize("vector", VECTORS.refused, ids=lambda vector: vector.id)
def test_what_is_no_entry_is_refused_and_says_why(vector: Refused) -> None:
    with pytest.raises(WireError) as caught:
        parse_entry(bytes.fromhex(vector.bytes))
    assert vector.says in str(caught.value)


@pytest.mark.parametrize("vector", VECTORS.broken_chains, ids=lambda vector: vector.id)
def test_broken_chain_is_found_at_its_first_broken_entry(vector: BrokenChain) -> None:
    with pytest.raises(BrokenAuditChainError) as caught:
        verify_chain(chained(vector.entries), Epoch(bytes.fromhex(vector.epoch)))
    assert caught.value.at_seq == vector.at_seq
    assert vector.says in caught.value.why


def test_the_vectors_use_every_key_of_version_1() -> None:
    used = {name for vector in VECTORS.entries for name in vector.entry}
    assert used == {field.name for field in fields(AuditEntry)} == {*KEYS, "unknown"}


@pytest.mark.parametrize("place", ['"format"', '"comment"', '"seq"', '"says"', '"at_seq"'])
def test_an_unknown_field_is_not_passed_over(place: str) -> None:
    text = json.dumps(json.loads(FILE.read_text("utf-8")))
    before, found, after = text.rpartition(place)
    assert found
    with pytest.raises(msgspec.ValidationError, match="unheard_of"):
        msgspec.json.decode(f'{before}"unheard_of": 1, {found}{after}', type=VectorFile)


def test_an_unknown_name_in_an_entry_is_not_passed_over() -> None:
    with pytest.raises(KeyError):
        by_hand({"unheard_of": 1})
