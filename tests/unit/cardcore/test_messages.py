import pytest

from cardcore.enrolment import EnrolmentCode, parse_code, serialise_code
from cardcore.errors import WireError
from cardcore.phone import LinkAnswer, LinkClaim
from cardcore.policy import DoorPolicy, Handling
from cardcore.wire import (
    MAX_BATCH_ENTRIES,
    AuditBatch,
    EnrolAnswer,
    EnrolRequest,
    MarkAnswer,
    parse,
    serialise,
)

CODE = EnrolmentCode(selector=b"12345", secret=b"0123456789", fingerprint=b"abcdefghij")


def test_an_enrolment_code_reads_like_this() -> None:
    assert serialise_code(CODE) == "GEZDGNBV-GAYTEMZUGU3DOOBZ-MFRGGZDFMZTWQ2LK"
    assert parse_code(" gezdgnbv-gaytemzugu3doobz-mfrggzdfmztwq2lk\n") == CODE


def test_a_code_never_shows_its_secret() -> None:
    assert "0123456789" not in repr(CODE)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "three groups"),
        ("GEZDGNBV", "8, 16 and 16"),
        ("GEZDGNBV-GAYTEMZUGU3DOOBZ", "8, 16 and 16"),
        ("GEZDGNBV-GAYTEMZUGU3DOOBZ-MFRGGZDFMZTWQ2LK-MFRGGZDF", "8, 16 and 16"),
        ("GAYTEMZUGU3DOOBZ-GEZDGNBV-MFRGGZDFMZTWQ2LK", "8, 16 and 16"),
        ("GE======-GAYTEMZUGU3DOOBZ-MFRGGZDFMZTWQ2LK", "8, 16 and 16"),
        ("GEZDGNB1-GAYTEMZUGU3DOOBZ-MFRGGZDFMZTWQ2LK", "A-Z and digits 2-7"),
        ("GEZDGNB-GAYTEMZUGU3DOOBZ-MFRGGZDFMZTWQ2LK", "A-Z and digits 2-7"),
        ("GEZDGNBÄ-GAYTEMZUGU3DOOBZ-MFRGGZDFMZTWQ2LK", "A-Z and digits 2-7"),
    ],
)
def test_what_is_no_code_says_what_one_looks_like(text: str, says: str) -> None:
    with pytest.raises(WireError, match="not an enrolment code") as caught:
        parse_code(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a MarkAnswer"),
        (b"\xff", "not a MarkAnswer"),
        (b"[" * 100_000, "not a MarkAnswer"),
        (b'{"epoch":"aa","mark":1}', "hash"),
        (b'{"epoch":"aa","mark":-1,"hash":""}', "$.mark"),
        (b'{"epoch":"aa","mark":9223372036854775808,"hash":""}', "$.mark"),
        (b'{"epoch":"aa","mark":1.0,"hash":""}', "$.mark"),
        (b'{"epoch":"aa","mark":true,"hash":""}', "$.mark"),
        (b'{"epoch":"AA","mark":1,"hash":""}', "$.epoch"),
        (b'{"epoch":"a","mark":1,"hash":""}', "$.epoch"),
        (b'{"epoch":"aa\\n","mark":1,"hash":""}', "$.epoch"),
        (b'{"epoch":"aa","mark":1,"hash":""} x', "trailing"),
    ],
)
def test_another_shape_says_which_field(data: bytes, says: str) -> None:
    with pytest.raises(WireError) as caught:
        parse(data, MarkAnswer)
    assert says in str(caught.value)


def test_json_nested_without_end_is_refused() -> None:
    data = b'{"selector":' + b"[" * 200_000
    with pytest.raises(WireError):
        parse(data, EnrolRequest)
    with pytest.raises(WireError):
        parse(b'{"later":' + b"[" * 200_000, EnrolRequest)


def test_a_batch_holds_one_entry_at_least_and_500_at_most() -> None:
    for count, fits in (
        (0, False),
        (1, True),
        (MAX_BATCH_ENTRIES, True),
        (MAX_BATCH_ENTRIES + 1, False),
    ):
        data = serialise(AuditBatch(epoch="aa", first=1, entries=[b"x"] * count))
        if fits:
            assert len(parse(data, AuditBatch).entries) == count
            continue
        with pytest.raises(WireError, match="entries"):
            parse(data, AuditBatch)


def test_a_policy_left_out_in_part_is_the_shipped_one() -> None:
    answer = parse(
        b'{"device_id":"d","door":"Front","audience":"v","token":"t","root_kid":"00",'
        b'"root_public_key":"00","policy":{"fresh_s":10}}',
        EnrolAnswer,
    )
    assert answer.policy == DoorPolicy(fresh_s=10)
    assert answer.policy.door.absent is Handling.REVIEW
    assert answer.policy.kiosk.absent is Handling.REFUSE


def test_a_phones_messages_never_show_their_secrets() -> None:
    claim = LinkClaim(link="a-secret-link")
    answer = LinkAnswer(
        card_id="aa",
        generation=1,
        audience="v",
        kid="bb",
        alg=4,
        card_key="0123456789abcdef",
        signs_until=1,
    )
    assert parse(serialise(claim), LinkClaim) == claim
    assert parse(serialise(answer), LinkAnswer) == answer
    assert "a-secret-link" not in repr(claim)
    assert "0123456789abcdef" not in repr(answer)
