import pytest

from cardcore.card import Mode
from cardcore.cbor import CborValue, serialise
from cardcore.errors import TokenError
from cardcore.ids import Kid
from cardcore.keyset import Alg
from cardcore.reasons import Reason
from cardcore.token import (
    MAX_TOKEN_CHARS,
    PREFIX,
    Envelope,
    UnverifiedToken,
    parse_message,
    parse_token,
    protected_header,
    serialise_message,
    serialise_token,
    signed_bytes,
)
from tests.fakes.card_material import KIDS, some_claims
from tests.fakes.minting import mint

HEADER = serialise({1: 4, 4: b"kid!"})
TOKEN = UnverifiedToken(
    envelope=Envelope.MAC0,
    protected=HEADER,
    alg=4,
    kid=Kid(b"kid!"),
    payload=b"payload",
    tag=b"tag",
)


def test_a_message_is_read_back_part_by_part() -> None:
    assert parse_message(serialise_message(TOKEN)) == TOKEN


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xd1",
        b"\xd0" + serialise((HEADER, {}, b"", b"")),
        b"\xd1" + serialise({}),
        b"\xd1" + serialise((HEADER, {}, b"")),
        b"\xd1" + serialise((HEADER, {}, b"", b"", b"")),
        b"\xd1" + serialise((HEADER, (), b"", b"")),
        b"\xd1" + serialise((HEADER, {1: 4}, b"", b"")),
        b"\xd1" + serialise((HEADER, b"", b"", b"")),
        b"\xd1" + serialise(({1: 4}, {}, b"", b"")),
        b"\xd1" + serialise((HEADER, {}, "", b"")),
        b"\xd1" + serialise((HEADER, {}, b"", ())),
        b"\xd1" + serialise((HEADER, {}, b"", b"")) + b"\x00",
    ],
    ids=bytes.hex,
)
def test_another_shape_is_no_message(message: bytes) -> None:
    assert parse_message(message) is None


@pytest.mark.parametrize(
    "header",
    [
        (),
        {1: 4},
        {1: 4, 4: b"kid!", 5: 0},
        {1: 4, 5: b"kid!"},
        {1: "4", 4: b"kid!"},
        {1: 4, 4: "kid!"},
        {1: 4, 4: b"kid"},
        {1: 4, 4: b"kid!!"},
    ],
    ids=repr,
)
def test_a_header_of_anything_but_algorithm_and_id_is_no_message(header: CborValue) -> None:
    message = b"\xd1" + serialise((serialise(header), {}, b"", b""))
    assert parse_message(message) is None


def test_a_header_that_is_no_cbor_is_no_message() -> None:
    assert parse_message(b"\xd1" + serialise((b"\xff", {}, b"", b""))) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PREFIX + "0" * (MAX_TOKEN_CHARS - 3), Reason.TOKEN_TOO_LONG),
        ("x" * (MAX_TOKEN_CHARS + 1), Reason.TOKEN_TOO_LONG),
        ("", Reason.NOT_A_CARD),
        ("mc1:00", Reason.NOT_A_CARD),
        (" MC1:00", Reason.NOT_A_CARD),
        ("https://example.com", Reason.NOT_A_CARD),
        ("MC1:0", Reason.MALFORMED_ENCODING),
        ("MC1:ab", Reason.MALFORMED_ENCODING),
        ("MC1:::", Reason.MALFORMED_ENCODING),
        ("MC1::::", Reason.MALFORMED_ENCODING),
        ("MC1:00\n", Reason.MALFORMED_ENCODING),
        ("MC1:\n", Reason.MALFORMED_ENCODING),
        ("MC1:\ud800\ud800", Reason.MALFORMED_ENCODING),
        ("MC1:", Reason.MALFORMED_ENVELOPE),
        ("MC1:00", Reason.MALFORMED_ENVELOPE),
    ],
)
def test_text_that_holds_no_message_says_which_row_it_fails(text: str, reason: Reason) -> None:
    assert parse_token(text) is reason


def test_a_token_as_long_as_a_door_reads_is_read() -> None:
    encoded = mint(some_claims(), Alg.HMAC_256_64)
    assert not isinstance(parse_token(encoded), Reason)
    assert parse_token(PREFIX + "0" * (MAX_TOKEN_CHARS - 4)) is Reason.MALFORMED_ENCODING


def test_a_token_longer_than_a_door_reads_is_not_made() -> None:
    claims = some_claims(mode=Mode.ONLINE, audience="🂡" * 32, member="🂡" * 24, nonce=bytes(16))
    with pytest.raises(TokenError, match="a door reads at most 512"):
        mint(claims, Alg.EDDSA)


def test_a_header_has_a_key_id_of_four_bytes() -> None:
    assert protected_header(4, KIDS[Alg.HMAC_256_64])[:5].hex() == "a201040444"
    with pytest.raises(TokenError, match="3 bytes"):
        protected_header(4, Kid(b"kid"))


def test_a_mac_is_made_over_other_bytes_than_a_signature() -> None:
    mac, signature = (serialise_message(TOKEN), TOKEN.signed_bytes())
    assert mac[:1].hex() == "d1"
    assert signature == signed_bytes(Envelope.MAC0, HEADER, b"payload")
    assert signature.startswith(b"\x84\x64MAC0")
    assert signed_bytes(Envelope.SIGN1, HEADER, b"").startswith(b"\x84\x6aSignature1")
    assert serialise_token(TOKEN).startswith(PREFIX)
