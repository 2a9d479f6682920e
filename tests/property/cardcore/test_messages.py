"""JSON messages and enrolment codes: what was written is read back, any other bytes are a WireError."""

import json
from collections.abc import Callable
from typing import Final

from hypothesis import given, strategies as st

from cardcore.enrolment import EnrolmentCode, fingerprint_of, parse_code, serialise_code
from cardcore.errors import WireError
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from cardcore.policy import DoorPolicy, Handling, StatusRules
from cardcore.wire import (
    AuditBatch,
    BatchAnswer,
    CardStatusAnswer,
    EnrolAnswer,
    EnrolRequest,
    MarkAnswer,
    Problem,
    bytes_of,
    parse,
    serialise,
)
from tests.property.cardcore.strategies import COUNTS, UTF8

KINDS: Final = (
    EnrolRequest,
    EnrolAnswer,
    CardStatusAnswer,
    MarkAnswer,
    AuditBatch,
    BatchAnswer,
    Problem,
)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=64)
HEX = st.binary(max_size=64).map(bytes.hex)
HANDLING = st.builds(
    StatusRules,
    fresh=st.sampled_from(Handling),
    stale=st.sampled_from(Handling),
    unknown=st.sampled_from(Handling),
    absent=st.sampled_from(Handling),
)
MESSAGES: st.SearchStrategy[object] = st.one_of(
    st.builds(EnrolRequest, selector=NAMES, secret=NAMES, program=NAMES),
    st.builds(
        EnrolAnswer,
        device_id=NAMES,
        door=NAMES,
        audience=NAMES,
        token=NAMES,
        root_kid=HEX,
        root_public_key=HEX,
        policy=st.builds(DoorPolicy, version=COUNTS, door=HANDLING, kiosk=HANDLING),
    ),
    st.builds(
        CardStatusAnswer,
        card_id=HEX,
        state=st.sampled_from(CardState),
        generation=COUNTS,
        member_status=st.sampled_from(MemberStatus),
        display_name=st.none() | st.text(UTF8, max_size=64),
        as_of=COUNTS,
    ),
    st.builds(MarkAnswer, epoch=HEX, mark=COUNTS, hash=HEX),
    st.builds(
        AuditBatch,
        epoch=HEX,
        first=COUNTS,
        entries=st.lists(st.binary(max_size=300), min_size=1, max_size=5),
    ),
    st.builds(
        BatchAnswer,
        epoch=HEX,
        mark=COUNTS,
        hash=HEX,
        accepted=COUNTS,
        duplicate=COUNTS,
        quarantined=st.lists(COUNTS, max_size=3),
    ),
    st.builds(
        Problem,
        type=st.text(UTF8),
        title=st.text(UTF8),
        status=st.integers(100, 599),
        detail=st.text(UTF8),
        mark=st.none() | COUNTS,
    ),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def read_or_none(data: bytes, kind: type[object]) -> object | None:
    try:
        return parse(data, kind)
    except WireError:
        return None


@given(MESSAGES)
def test_a_message_is_read_back_as_it_was_written(message: object) -> None:
    assert parse(serialise(message), type(message)) == message


@given(MESSAGES, st.text(min_size=1), JSON)
def test_a_field_of_a_later_version_is_passed_over(
    message: object, name: str, value: object
) -> None:
    later = json.loads(serialise(message)) | {f"later {name}": value}
    assert parse(json.dumps(later).encode(), type(message)) == message


@given(MESSAGES, st.data(), JSON)
def test_any_value_in_any_field_is_a_message_or_refused(
    message: object, data: st.DataObject, value: object
) -> None:
    fields = json.loads(serialise(message))
    fields[data.draw(st.sampled_from(sorted(fields)))] = value
    read = read_or_none(json.dumps(fields).encode(), type(message))
    assert read is None or read_or_none(serialise(read), type(message)) == read


@given(st.binary() | JSON.map(json.dumps).map(str.encode), st.sampled_from(KINDS))
def test_any_bytes_are_a_message_or_refused(data: bytes, kind: type[object]) -> None:
    assert read_or_none(data, kind) is None


@given(st.binary(max_size=64))
def test_a_hex_field_gives_its_bytes(data: bytes) -> None:
    assert bytes_of(data.hex()) == data


CODES = st.builds(
    EnrolmentCode,
    selector=st.binary(min_size=5, max_size=5),
    secret=st.binary(min_size=10, max_size=10),
    fingerprint=st.binary(min_size=10, max_size=10),
)


@given(CODES, st.text(" \t\n", max_size=3), st.sampled_from((str.upper, str.lower)))
def test_a_code_is_read_however_it_is_typed(
    code: EnrolmentCode, around: str, typed: Callable[[str], str]
) -> None:
    assert parse_code(around + typed(serialise_code(code)) + around) == code


@given(
    st.text()
    | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-= abc", max_size=50)
    | st.lists(st.text("ABC234567=", max_size=16), max_size=4).map("-".join)
)
def test_any_text_is_a_code_or_refused(text: str) -> None:
    try:
        code = parse_code(text)
    except WireError:
        return
    assert serialise_code(code) == text.strip().upper()


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_code_trusts_its_own_root_alone(root: bytes, other: bytes) -> None:
    code = EnrolmentCode(selector=bytes(5), secret=bytes(10), fingerprint=fingerprint_of(root))
    assert code.trusts(root)
    assert code.trusts(other) is (other == root)
