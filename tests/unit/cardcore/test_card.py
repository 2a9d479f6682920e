from dataclasses import replace

import pytest

from cardcore.card import Claims, Mode, is_plain_text, parse_claims, printable, serialise_claims
from cardcore.cbor import CborValue, serialise
from cardcore.errors import TokenError
from cardcore.ids import Audience, UnixSeconds
from tests.fakes.card_material import some_claims

GOOD: dict[int, CborValue] = {
    3: "venue-12",
    4: 200,
    6: 100,
    7: bytes(8),
    -65_537: (1, bytes(16), 0),
}


def test_the_plainest_claims_are_read() -> None:
    assert parse_claims(serialise(GOOD)) == some_claims(
        issued_at=100, expires_at=200, nonce=bytes(8), card_id=bytes(16), generation=0
    )


@pytest.mark.parametrize(
    "changed",
    [
        {3: ""},
        {3: "v" * 33},
        {3: b"venue"},
        {3: "a\tb"},
        {3: "a\u202eb"},
        {4: 100},
        {4: 1 << 33},
        {4: "200"},
        {6: -1},
        {6: 200},
        {6: b"1"},
        {7: bytes(7)},
        {7: bytes(17)},
        {7: "nonce678"},
        {5: 1},
        {-65_537: 1},
        {-65_537: (1, bytes(16))},
        {-65_537: (1, bytes(16), 0, "m", "m")},
        {-65_537: (3, bytes(16), 0)},
        {-65_537: (-1, bytes(16), 0)},
        {-65_537: ("1", bytes(16), 0)},
        {-65_537: (1, bytes(15), 0)},
        {-65_537: (1, "0" * 16, 0)},
        {-65_537: (1, bytes(16), -1)},
        {-65_537: (1, bytes(16), 65_536)},
        {-65_537: (1, bytes(16), "0")},
        {-65_537: (1, bytes(16), 0, "")},
        {-65_537: (1, bytes(16), 0, "m" * 25)},
        {-65_537: (1, bytes(16), 0, 7)},
        {-65_537: (1, bytes(16), 0, "m\x7f")},
    ],
    ids=repr,
)
def test_claims_out_of_their_bounds_are_none(changed: dict[int, CborValue]) -> None:
    assert parse_claims(serialise(GOOD | changed)) is None


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_a_missing_claim_is_none(missing: int) -> None:
    rest = {key: value for key, value in GOOD.items() if key != missing}
    assert parse_claims(serialise(rest)) is None


@pytest.mark.parametrize("payload", [b"", b"\xff", serialise((1,)), serialise(GOOD) + b"\x00"])
def test_what_is_no_map_of_claims_is_none(payload: bytes) -> None:
    assert parse_claims(payload) is None


@pytest.mark.parametrize(
    "claims",
    [
        replace(some_claims(), audience=Audience("v" * 33)),
        replace(some_claims(), audience=Audience("\ud800")),
        replace(some_claims(), expires_at=UnixSeconds(1 << 64)),
        replace(some_claims(), generation=65_536),
        replace(some_claims(), generation=True),
        replace(some_claims(), member=""),
    ],
)
def test_claims_out_of_their_bounds_are_never_written(claims: Claims) -> None:
    with pytest.raises(TokenError):
        serialise_claims(claims)


@pytest.mark.parametrize(
    ("mode", "word", "days", "burns"),
    [
        (Mode.ONLINE, "online", 0, True),
        (Mode.ROTATING, "rotating", 0, True),
        (Mode.PRINT, "print", 400, False),
    ],
)
def test_a_mode_has_a_word_a_longest_life_and_burns_its_nonce_or_not(
    *, mode: Mode, word: str, days: int, burns: bool
) -> None:
    assert mode.word == word
    assert mode.longest_life == (days * 86_400 or 120)
    assert mode.burns_nonce is burns


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a", True),
        ("a" * 5, True),
        ("a" * 6, False),
        ("", False),
        ("é中🂡", True),
        ("a\n", False),
        ("\u200b", False),
    ],
)
def test_plain_text_has_no_control_and_its_length(*, text: str, plain: bool) -> None:
    assert is_plain_text(text, 5) is plain


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Zoë\u200dÅ", "Zoë\u200dÅ"),
        ("\x1b[2JAda", "\ufffd[2JAda"),
        ("Ada\nADMIT", "Ada\ufffdADMIT"),
        ("\u202eadA", "\ufffdadA"),
    ],
)
def test_a_name_cannot_rewrite_the_line_it_is_shown_on(name: str, shown: str) -> None:
    assert printable(name) == shown
