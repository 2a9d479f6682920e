"""The audit entry, version 1, and the chain it stands in.

Every verdict is one entry. Its bytes are deterministic CBOR with the integer keys below; its hash is SHA-256 over those
bytes, and the hash of the entry before stands inside them. The bytes are fixed: tests/vectors/audit1.json holds them.

     0 form (1)        8 boot id          16 card id            24 policy version
     1 door            9 clock trust      17 generation         25 circuit
     2 device         10 source           18 nonce              26 attendant
     3 epoch          11 direction        19 status value       27 stage times, µs
     4 seq            12 decision         20 status origin      28 traceparent
     5 previous hash  13 reason           21 status age, s      29 program version
     6 wall time, µs  14 kid              22 key set version    30 extensions
     7 monotonic, µs  15 mode             23 lists version

An absent fact has no key. Keys this program does not know are kept as they are, so that an older central hands on
what a newer door wrote. No name and no token text is ever in an entry.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final, cast

import msgspec

from cardcore.cbor import ENTRY_LIMITS, CborValue, parse, serialise
from cardcore.entry_form import KEYS, STAGES, usual_fields
from cardcore.errors import BrokenAuditChainError, CborError, WireError
from cardcore.ids import Epoch, Micros, Seq

FORM: Final = 1
EPOCH_BYTES: Final = 8
HASH_BYTES: Final = 32
GENESIS: Final = bytes(HASH_BYTES)  # the previous hash of an epoch's first entry
MAX_ENTRY_BYTES: Final = 4_096  # a full entry has about 400; the rest is room for extensions

Word = Annotated[
    str, msgspec.Meta(min_length=1, max_length=64, pattern=r"\A[^\x00-\x1f\x7f-\x9f]+\Z")
]
Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class Outcome(StrEnum):
    """What an entry records: a verdict on a card, or something else that happened at the door."""

    ADMIT = "admit"
    REFUSE = "refuse"
    REVIEW = "review"
    RECORD = "record"


class Direction(StrEnum):
    """Which way the holder of the card goes."""

    ENTRY = "entry"
    EXIT = "exit"


class ClockTrust(StrEnum):
    """How far the door's clock can be believed."""

    TRUSTED = "trusted"
    HOLDOVER = "holdover"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of a door's log. The module's docstring has keys and units."""

    door: Word
    device: Word
    epoch: Annotated[bytes, msgspec.Meta(min_length=EPOCH_BYTES, max_length=EPOCH_BYTES)]
    seq: Count
    previous: Annotated[bytes, msgspec.Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
    wall: Count
    mono: Count
    boot_id: Annotated[bytes, msgspec.Meta(max_length=16)]
    clock: ClockTrust
    source: Word
    direction: Direction
    decision: Outcome
    reason: Word
    kid: Annotated[bytes, msgspec.Meta(min_length=4, max_length=4)] | None = None
    mode: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    card_id: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)] | None = None
    generation: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None
    nonce: Annotated[bytes, msgspec.Meta(min_length=8, max_length=16)] | None = None
    status: Word | None = None
    status_origin: Word | None = None
    status_age_s: Count | None = None
    keyset_version: Count | None = None
    lists_version: Count | None = None
    policy_version: Count | None = None
    circuit: Word | None = None
    attendant: Word | None = None
    stages: Annotated[dict[Word, Count], msgspec.Meta(max_length=16)] = field(default_factory=dict)
    traceparent: Word | None = None
    program: Word | None = None
    extensions: dict[int, object] = field(default_factory=dict)
    unknown: dict[int, object] = field(default_factory=dict)


_ENUMERATIONS: Final[Mapping[str, Mapping[object, StrEnum]]] = {
    name: {word.value: word for word in words}
    for name, words in (("clock", ClockTrust), ("direction", Direction), ("decision", Outcome))
}
_AS_THEY_ARE: Final = (bytes,)  # or msgspec would take text for Base64
_NAMES: Final = {key: name for name, key in KEYS.items()}
_KNOWN: Final = frozenset((0, *_NAMES))
_STAGE_NAMES: Final = {key: name for name, key in STAGES.items()}


def serialise_entry(entry: AuditEntry) -> bytes:
    """The one byte form of ``entry``.

    Raises:
        WireError: a field out of its bounds; nothing is written that :func:`parse_entry` would refuse.
    """
    if not _KNOWN.isdisjoint(entry.unknown):
        msg = "entry has no byte form: a known key among the unknown ones"
        raise WireError(msg)
    try:
        written = _map_of(entry)
        data = serialise(written)
        if entry.extensions or entry.unknown:  # the only values of free shape
            parse(data, ENTRY_LIMITS)
    except (CborError, KeyError) as error:
        msg = f"entry has no byte form: {error}"
        raise WireError(msg) from error
    _check_size(data)
    _entry_of(written)
    return data


def parse_entry(data: bytes) -> AuditEntry:
    """The entry in ``data``.

    Raises:
        WireError: not an entry of version 1, or not its one byte form.
    """
    _check_size(data)
    return _usual_entry(data) or _any_entry(data)


def _usual_entry(data: bytes) -> AuditEntry | None:
    """The entry in ``data``, if that has the form that nearly all have, and no form of its own."""
    fields = usual_fields(data)
    if fields is None:
        return None
    for name, words in _ENUMERATIONS.items():
        word = fields[name]
        if word not in words:
            return None
        fields[name] = words[word]
    return AuditEntry(**fields)  # type: ignore[arg-type]


def _any_entry(data: bytes) -> AuditEntry:
    try:
        value = parse(data, ENTRY_LIMITS)
    except CborError as error:
        msg = f"not an entry: {error}"
        raise WireError(msg) from error
    if not isinstance(value, Mapping) or value.get(0) != FORM:
        msg = f"not an entry of form {FORM}"
        raise WireError(msg)
    entry = _entry_of(value)
    if not _is_written_as(entry, value, data):
        msg = "not the one byte form of its entry"
        raise WireError(msg)
    return entry


def _is_written_as(entry: AuditEntry, value: Mapping[int, CborValue], data: bytes) -> bool:
    """Whether ``entry`` would be written as it was read.

    CBOR that could be read has one byte form, and no field is converted: what is left to differ are empty maps, which
    would not be written, and values of free shape.
    """
    if entry.extensions or entry.unknown:
        return serialise(_map_of(entry)) == data
    return KEYS["extensions"] not in value and (bool(entry.stages) or KEYS["stages"] not in value)


def entry_hash(data: bytes) -> bytes:
    """The 32-byte hash of an entry's bytes: what the next entry names as its previous."""
    return hashlib.sha256(data).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """Where a chain ends: the last entry's number and hash."""

    seq: Seq
    hash: bytes


START: Final = ChainHead(seq=Seq(0), hash=GENESIS)


def verify_chain(entries: Iterable[bytes], epoch: Epoch, head: ChainHead = START) -> ChainHead:
    """Walk the bytes of consecutive entries of one epoch, on from ``head``; the new head.

    Raises:
        BrokenAuditChainError: the first entry that does not follow the one before it.
    """
    for data in entries:
        at = head.seq + 1
        try:
            entry = parse_entry(data)
        except WireError as error:
            raise BrokenAuditChainError(at, str(error)) from error
        check_link(entry, epoch, head)
        head = ChainHead(seq=Seq(at), hash=entry_hash(data))
    return head


def check_link(entry: AuditEntry, epoch: Epoch, head: ChainHead) -> None:
    """Check that ``entry`` is the one that follows ``head`` in ``epoch``.

    Raises:
        BrokenAuditChainError: it is not.
    """
    at = head.seq + 1
    if entry.epoch != epoch or entry.seq != at:
        raise BrokenAuditChainError(at, f"holds entry {entry.seq} of {entry.epoch.hex()}")
    if entry.previous != head.hash:
        raise BrokenAuditChainError(at, "does not name the hash of the entry before")


def _check_size(data: bytes) -> None:
    if len(data) > MAX_ENTRY_BYTES:
        msg = f"entry of {len(data)} bytes, at most {MAX_ENTRY_BYTES}"
        raise WireError(msg)


def _map_of(entry: AuditEntry) -> dict[int, CborValue]:
    written: dict[int, CborValue] = {0: FORM}
    for name, key in KEYS.items():
        value = getattr(entry, name)
        if value is None or value == {}:
            continue
        written[key] = _stages_out(value) if name == "stages" else value
    return written | cast("dict[int, CborValue]", entry.unknown)


def _stages_out(stages: Mapping[str, int]) -> dict[int, CborValue]:
    return {STAGES[name]: Micros(took) for name, took in stages.items()}


def _entry_of(value: Mapping[int, CborValue]) -> AuditEntry:
    fields: dict[str, object] = {_NAMES[key]: item for key, item in value.items() if key in _NAMES}
    if len(fields) < len(value) - 1:  # the form stands beside them
        fields["unknown"] = {key: item for key, item in value.items() if key not in _KNOWN}
    if "stages" in fields:
        fields["stages"] = _stages_in(fields["stages"])
    try:
        return msgspec.convert(fields, AuditEntry, builtin_types=_AS_THEY_ARE)
    except msgspec.ValidationError as error:
        msg = f"not an entry: {error}"
        raise WireError(msg) from error


def _stages_in(stages: object) -> dict[str, object]:
    if not isinstance(stages, Mapping) or not stages.keys() <= _STAGE_NAMES.keys():
        msg = "stage times of another form"
        raise WireError(msg)
    return {_STAGE_NAMES[key]: took for key, took in stages.items()}
