"""CBOR: exactly one byte form a value, and the same one that another library writes."""

import cbor2
from hypothesis import given, strategies as st

from cardcore.cbor import ENTRY_LIMITS, CborValue, parse, serialise
from cardcore.errors import CborError
from tests.fakes.plain_cbor import Plain, encoded
from tests.property.cardcore.strategies import SMALL_CBOR, cbor_values, mutated


def parsed(data: bytes) -> "CborValue | None":
    try:
        return parse(data)
    except CborError:
        return None


@given(cbor_values())
def test_a_value_is_read_back_as_it_was_written(value: Plain) -> None:
    assert parse(serialise(value)) == value


@given(cbor_values(3, 5))
def test_another_encoder_writes_the_same_bytes(value: Plain) -> None:
    assert serialise(value) == encoded(value)


@given(cbor_values(1, 23))
def test_where_length_first_is_the_same_order_cbor2_canonical_agrees(value: Plain) -> None:
    data = serialise(value)
    if not isinstance(value, dict) or all(key >= 0 for key in value):
        assert cbor2.dumps(value, canonical=True) == data
    assert parse(data, ENTRY_LIMITS) == value


@given(st.binary(max_size=64) | st.lists(SMALL_CBOR, max_size=12).map(b"".join))
def test_whatever_parses_has_this_one_form(data: bytes) -> None:
    value = parsed(data)
    if value is not None:
        assert serialise(value) == data == encoded(value)


@given(st.data(), cbor_values(2))
def test_a_changed_form_is_refused_or_is_another_value(data: st.DataObject, value: Plain) -> None:
    good = serialise(value)
    changed = data.draw(mutated(good))
    read = parsed(changed)
    if read is not None:
        assert serialise(read) == changed
        assert (read == value) is (changed == good)
