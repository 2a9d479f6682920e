from types import MappingProxyType

import pytest

from cardcore.cbor import DOCUMENT_LIMITS, ENTRY_LIMITS, CborValue, Limits, parse, serialise
from cardcore.errors import CborError


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65_535, "19ffff"),
        (65_536, "1a00010000"),
        ((1 << 32) - 1, "1affffffff"),
        (1 << 32, "1b0000000100000000"),
        ((1 << 64) - 1, "1bffffffffffffffff"),
        (-1, "20"),
        (-24, "37"),
        (-25, "3818"),
        (-(1 << 64), "3bffffffffffffffff"),
        (b"", "40"),
        ("ü", "62c3bc"),
        ((1, (2,)), "82018102"),
        ({1: 2, -1: 3, 24: 4}, "a3010218180420" + "03"),
    ],
)
def test_each_kind_of_value_has_its_form_of_rfc_8949(value: CborValue, form: str) -> None:
    assert serialise(value).hex() == form
    assert parse(bytes.fromhex(form)) == value


def test_keys_are_sorted_by_their_bytes_whatever_order_they_came_in() -> None:
    assert serialise({-1: 0, 24: 0, 1: 0}) == serialise({1: 0, 24: 0, -1: 0})
    assert serialise(MappingProxyType({24: 0, -1: 0})).hex() == "a21818002000"


def test_a_list_is_written_as_an_array() -> None:
    assert serialise([1, [2]]) == serialise((1, (2,)))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "cut short"),
        ("18", "cut short"),
        ("42ff", "cut short"),
        ("5bffffffffffffffff", "cut short"),
        ("8201", "cut short"),
        ("0000", "bytes after the value"),
        ("1817", "longer head"),
        ("1900ff", "longer head"),
        ("1a0000ffff", "longer head"),
        ("1b00000000ffffffff", "longer head"),
        ("580100", "longer head"),
        ("1c", "reserved head"),
        ("5f", "indefinite length"),
        ("c000", "tag, float or simple value"),
        ("f5", "tag, float or simple value"),
        ("f93c00", "tag, float or simple value"),
        ("61ff", "not UTF-8"),
        ("63eda080", "not UTF-8"),
        ("a1610000", "no integer"),
        ("a1400000", "no integer"),
        ("a18000", "nested too deeply"),
        ("a202000100", "not in order"),
        ("a201000100", "not in order"),
        ("a220000000", "not in order"),
        ("a22000181800", "not in order"),
        ("a220002000", "not in order"),
        ("a2181800181800", "not in order"),
        ("8900", "9 entries, more than 8"),
        ("a900", "9 entries, more than 8"),
    ],
)
def test_anything_but_the_one_form_is_refused(data: str, says: str) -> None:
    with pytest.raises(CborError) as caught:
        parse(bytes.fromhex(data))
    assert says in str(caught.value)


@pytest.mark.parametrize("limits", [Limits(depth=4, entries=8), ENTRY_LIMITS, DOCUMENT_LIMITS])
def test_nesting_ends_where_the_limits_say(limits: Limits) -> None:
    deepest = b"\x81" * (limits.depth - 1) + b"\x80"
    assert serialise(parse(deepest, limits)) == deepest
    with pytest.raises(CborError, match="nested too deeply"):
        parse(b"\x81" + deepest, limits)


def test_an_array_as_long_as_the_limits_say_is_read() -> None:
    assert parse(b"\x88" + bytes(8)) == (0,) * 8


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (True, "no form for bool"),
        (None, "no form for NoneType"),
        (1.0, "no form for float"),
        (bytearray(b"x"), "no form for bytearray"),
        ({1: None}, "no form for NoneType"),
        (1 << 64, "more than 64 bits"),
        (-(1 << 64) - 1, "more than 64 bits"),
        ("\ud800", "lone surrogate"),
        ({"x": 1}, "key of type str"),
        ({True: 1}, "key of type bool"),
    ],
)
def test_what_has_no_form_is_not_written(value: CborValue, says: str) -> None:
    with pytest.raises(CborError) as caught:
        serialise(value)
    assert says in str(caught.value)
