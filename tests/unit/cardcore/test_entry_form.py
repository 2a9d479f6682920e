"""The usual form of an entry: exactly that is read the short way, and all else is left to the reader that refuses."""

from dataclasses import replace

import pytest

from cardcore.audit import AuditEntry, parse_entry, serialise_entry
from cardcore.cbor import ENTRY_LIMITS, parse, serialise
from cardcore.entry_form import KEYS, STAGES, usual_fields
from cardcore.errors import WireError
from tests.unit.cardcore.test_audit import ENTRY

FULL = replace(
    ENTRY,
    seq=1 << 32,
    wall=(1 << 63) - 1,
    mono=256,
    boot_id=bytes(range(16)),
    kid=b"kid1",
    mode=24,
    card_id=bytes(range(16)),
    generation=65_535,
    nonce=bytes(range(12)),
    status="active",
    status_origin="live",
    status_age_s=65_536,
    keyset_version=23,
    lists_version=24,
    policy_version=255,
    circuit="closed",
    attendant="Ada",
    stages={"decode": 900, "status": 0},
    traceparent="00-" + "0af7651916cd43dd8448eb211c80319c" + "-b7ad6b7169203331-01",
    program="gatepost 0.1.0",
)


@pytest.mark.parametrize("entry", [ENTRY, FULL, replace(FULL, door="d" * 64, stages={})])
def test_an_entry_as_doors_write_it_is_in_the_usual_form(entry: AuditEntry) -> None:
    data = serialise_entry(entry)
    fields = usual_fields(data)
    assert fields is not None
    read = parse(data, ENTRY_LIMITS)
    assert isinstance(read, dict)
    stages = {name: read.get(KEYS["stages"], {}).get(key) for name, key in STAGES.items()}
    assert fields.pop("stages") == {name: took for name, took in stages.items() if took is not None}
    assert fields == {name: read.get(KEYS[name]) for name in fields}
    assert parse_entry(data) == entry


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRY, door="Tür"),
        replace(ENTRY, door="ü" * 64),
        replace(ENTRY, extensions={1: "lost his phone"}),
        replace(ENTRY, unknown={31: 1}),
        replace(ENTRY, unknown={-1: 1}),
    ],
    ids=repr,
)
def test_a_rarer_entry_is_read_the_long_way(entry: AuditEntry) -> None:
    data = serialise_entry(entry)
    assert usual_fields(data) is None
    assert parse_entry(data) == entry


DATA = serialise_entry(FULL)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xb8\x1e", b"\xb8\x1d"),  # one key less than there are
        (b"\xb8\x1e", b"\xb8\x1f"),
        (b"\x18\x1b\xa2", b"\x18\x1b\xa1"),  # one stage less
        (b"\x18\x1b\xa2", b"\x18\x1b\xa3"),
        (b"\x04\x00", b"\x04\x18\x00"),  # a stage of 0 in two bytes
        (b"\x16\x17", b"\x16\x18\x17"),  # heads longer than needed
        (b"\x07\x19\x01\x00", b"\x07\x19\x00\xff"),
        (b"\x15\x1a\x00\x01\x00\x00", b"\x15\x1a\x00\x00\xff\xff"),
        (b"\x04\x1b\x00\x00\x00\x01", b"\x04\x1b\x00\x00\x00\x00"),
        (b"\x06\x1b\x7f", b"\x06\x1b\x80"),  # 64 bits
        (b"\x11\x19\xff\xff", b"\x11\x1a\x00\x01\x00\x00"),  # a generation of 17 bits
        (b"\x0f\x18\x18", b"\x0f\x19\x01\x00"),  # a mode of 9 bits
        (b"\x0e\x44kid1", b"\x0e\x43kid"),
        (b"\x0e\x44kid1", b"\x0e\x64kid1"),  # text where bytes belong
        (b"\x09\x67trusted", b"\x09\x67Trusted"),  # a word that is none of the three
        (b"\x0b\x65entry", b"\x0b\x64exit\x0b\x64exit"),  # a key twice
        (b"\x01\x6aFront door", b"\x01\x6aFront\x00door"),
        (b"\x01\x6aFront door", b"\x01\x60"),
        (b"\x01\x6aFront door", b"\x01\x78\x0aFront door"),
        (b"\x01\x6aFront door\x02\x65dev-1", b"\x02\x65dev-1\x01\x6aFront door"),
        (b"\x00\x01\x01", b"\x00\x02\x01"),  # another form
    ],
    ids=repr,
)
def test_what_is_not_quite_an_entry_is_refused(before: bytes, after: bytes) -> None:
    assert DATA.count(before) == 1
    with pytest.raises(WireError):
        parse_entry(DATA.replace(before, after))
    with pytest.raises(WireError):
        parse_entry(DATA.replace(before, after) + b"\x00")


def test_every_cut_of_an_entry_is_refused() -> None:
    for end in range(len(DATA)):
        with pytest.raises(WireError):
            parse_entry(DATA[:end])
    with pytest.raises(WireError):
        parse_entry(DATA + b"\x00")


@pytest.mark.parametrize("bits", range(8))
def test_whatever_bit_falls_over_the_form_stays_the_one_of_what_is_read(bits: int) -> None:
    for at in range(len(DATA)):
        changed = bytearray(DATA)
        changed[at] ^= 1 << bits
        try:
            read = parse_entry(bytes(changed))
        except WireError:
            continue
        assert serialise_entry(read) == bytes(changed)
        assert serialise(parse(bytes(changed), ENTRY_LIMITS)) == bytes(changed)
