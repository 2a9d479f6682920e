"""The audit entry and its chain: one form, no surprise from any bytes, no change unseen."""

import hashlib
from dataclasses import replace

from hypothesis import given, strategies as st

from cardcore.audit import (
    GENESIS,
    START,
    AuditEntry,
    ChainHead,
    entry_hash,
    parse_entry,
    serialise_entry,
    verify_chain,
)
from cardcore.cbor import ENTRY_LIMITS, parse
from cardcore.entry_form import KEYS, STAGES, usual_fields
from cardcore.errors import BrokenAuditChainError, WireError
from cardcore.ids import Epoch, Seq
from tests.fakes.plain_cbor import encoded
from tests.property.cardcore.strategies import ENTRIES, LINES, SMALL_CBOR, cbor_values, mutated

EPOCH = Epoch(b"an epoch")


def parsed(data: bytes) -> AuditEntry | None:
    try:
        return parse_entry(data)
    except WireError:
        return None


@st.composite
def chains(draw: st.DrawFn) -> list[bytes]:
    chain: list[bytes] = []
    for entry in draw(st.lists(LINES, min_size=1, max_size=5)):
        previous = hashlib.sha256(chain[-1]).digest() if chain else GENESIS
        placed = replace(entry, epoch=EPOCH, seq=len(chain) + 1, previous=previous)
        chain.append(serialise_entry(placed))
    return chain


@st.composite
def tampered(draw: st.DrawFn, chain: list[bytes]) -> list[bytes]:
    """The chain with an entry changed, dropped, swapped, doubled, or taken from elsewhere."""
    entries = list(chain)
    at, other = (draw(st.integers(0, len(chain) - 1)) for _ in range(2))
    match draw(st.sampled_from(("change", "edit", "drop", "swap", "twice", "insert"))):
        case "change":
            entries[at] = draw(mutated(entries[at]))
        case "edit":  # by someone who knows the form
            wall, reason = draw(st.integers(0, 9)), draw(st.sampled_from("abc"))
            edited = replace(parse_entry(entries[at]), wall=wall, reason=reason)
            entries[at] = serialise_entry(edited)
        case "drop":
            del entries[at]
        case "swap":
            entries[at], entries[other] = entries[other], entries[at]
        case "twice":
            entries.insert(other, entries[at])
        case _:
            entries.insert(at, serialise_entry(replace(draw(LINES), epoch=EPOCH, seq=at + 1)))
    return entries


def head_of(chain: list[bytes]) -> ChainHead | None:
    try:
        return verify_chain(chain, EPOCH)
    except BrokenAuditChainError:
        return None


@given(ENTRIES)
def test_an_entry_is_read_back_as_it_was_written(entry: AuditEntry) -> None:
    assert parse_entry(serialise_entry(entry)) == entry


@given(ENTRIES)
def test_another_encoder_writes_the_same_bytes(entry: AuditEntry) -> None:
    data = serialise_entry(entry)
    assert encoded(parse(data, ENTRY_LIMITS)) == data


@given(st.data(), ENTRIES)
def test_whatever_parses_has_this_one_form(data: st.DataObject, entry: AuditEntry) -> None:
    changed = data.draw(mutated(serialise_entry(entry)))
    read = parsed(changed)
    if read is not None:
        assert serialise_entry(read) == changed


@given(
    st.binary(max_size=200)
    | st.lists(SMALL_CBOR, max_size=12).map(b"".join)
    | st.dictionaries(st.integers(0, 31), cbor_values(1, 3), max_size=6).map(
        lambda d: encoded(d | {0: 1})
    )
)
def test_any_bytes_are_an_entry_or_refused(data: bytes) -> None:
    read = parsed(data)
    assert read is None or serialise_entry(read) == data


@given(st.lists(st.binary(max_size=100) | LINES.map(serialise_entry), max_size=4))
def test_any_list_of_bytes_is_a_chain_or_names_where_it_breaks(entries: list[bytes]) -> None:
    head_of(entries)


@given(chains())
def test_a_chain_as_written_ends_at_its_last_entry(chain: list[bytes]) -> None:
    assert head_of(chain) == ChainHead(seq=Seq(len(chain)), hash=entry_hash(chain[-1]))


@given(chains(), st.data())
def test_a_chain_can_be_walked_in_two_parts(chain: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(chain)))
    middle = verify_chain(chain[:cut], EPOCH, START)
    assert verify_chain(chain[cut:], EPOCH, middle) == head_of(chain)


@given(chains(), st.data())
def test_a_changed_dropped_or_swapped_entry_is_found(
    chain: list[bytes], data: st.DataObject
) -> None:
    """Only at the very end does it take the head, which central holds, to see it."""
    changed = data.draw(tampered(chain))
    assert (head_of(changed) == head_of(chain)) is (changed == chain)


@given(st.data(), ENTRIES)
def test_the_short_way_reads_what_the_long_way_reads(
    data: st.DataObject, entry: AuditEntry
) -> None:
    written = serialise_entry(entry)
    changed = data.draw(st.just(written) | mutated(written))
    fields = usual_fields(changed)
    if fields is None:
        return
    plain = parse(changed, ENTRY_LIMITS)  # or it raises: what is usual can be read
    assert isinstance(plain, dict)
    stages = plain.pop(KEYS["stages"], {})
    assert fields.pop("stages") == {
        name: stages[key] for name, key in STAGES.items() if key in stages
    }
    assert {KEYS[name]: value for name, value in fields.items() if value is not None} | {
        0: 1
    } == plain
