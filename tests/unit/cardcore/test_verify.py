"""The order of judging, row by row. The vectors judge the same; here a row is tried against each later one."""

from dataclasses import replace

import pytest

from cardcore.card import Mode
from cardcore.ids import Audience, UnixSeconds
from cardcore.keyset import Alg, Key, KeyState, key_set_of
from cardcore.reasons import Reason
from cardcore.token import UnverifiedToken, parse_token, serialise_token
from cardcore.verify import RejectedCard, VerifiedCard, verify_ed25519, verify_token
from tests.fakes.card_material import (
    DAY,
    KIDS,
    NOW,
    SECRETS,
    VENUE,
    a_key,
    public_key_of,
    some_claims,
    the_keys,
)
from tests.fakes.minting import mint

ALG = Alg.HMAC_256_64
GOOD = mint(some_claims(), ALG)


def judged(text: str, key: Key | None = None, now: int = NOW) -> VerifiedCard | RejectedCard:
    keys = key_set_of([key or a_key(ALG)])
    return verify_token(text, keys, {VENUE}, UnixSeconds(now))


def reason_of(text: str, key: Key | None = None, now: int = NOW) -> Reason:
    result = judged(text, key, now)
    assert isinstance(result, RejectedCard)
    return result.reason


def with_tag(text: str, tag: bytes) -> str:
    token = parse_token(text)
    assert isinstance(token, UnverifiedToken)
    return serialise_token(replace(token, tag=tag))


def test_a_good_card_is_verified_and_says_by_which_key() -> None:
    assert judged(GOOD) == VerifiedCard(claims=some_claims(), kid=KIDS[ALG], alg=ALG)


def test_a_text_that_is_no_token_names_no_key() -> None:
    assert judged("hello") == RejectedCard(reason=Reason.NOT_A_CARD)


def test_an_unknown_key_is_named() -> None:
    result = verify_token(GOOD, key_set_of([]), {VENUE}, NOW)
    assert result == RejectedCard(reason=Reason.UNKNOWN_KEY, kid=KIDS[ALG])


def test_a_revoked_key_is_revoked_before_anything_else_is_said_of_it() -> None:
    revoked = a_key(ALG, state=KeyState.REVOKED, expires_at=0)
    assert reason_of(GOOD, replace(revoked, alg=Alg.HMAC_256_256)) is Reason.REVOKED_KEY


@pytest.mark.parametrize("alg", [Alg.HMAC_256_256, Alg.EDDSA])
def test_a_token_of_another_algorithm_than_its_key_is_a_mismatch(alg: Alg) -> None:
    assert reason_of(GOOD, replace(a_key(ALG), alg=alg)) is Reason.ALGORITHM_MISMATCH


def test_an_algorithm_in_the_other_envelope_is_a_mismatch() -> None:
    swapped = mint(some_claims(mode=Mode.ONLINE), Alg.EDDSA)
    token, mac = parse_token(swapped), parse_token(GOOD)
    assert isinstance(token, UnverifiedToken)
    assert isinstance(mac, UnverifiedToken)
    text = serialise_token(replace(token, envelope=mac.envelope))
    assert reason_of(text, a_key(Alg.EDDSA)) is Reason.ALGORITHM_MISMATCH


@pytest.mark.parametrize(
    ("now", "verified"),
    [(NOW - 31, False), (NOW - 30, True), (NOW + 39, True), (NOW + 40, False)],
)
def test_a_key_judges_from_its_beginning_to_its_end_and_the_skew(
    *, now: int, verified: bool
) -> None:
    key = a_key(ALG, not_before=NOW, expires_at=NOW + 10)
    text = mint(some_claims(issued_at=NOW - 5, expires_at=NOW + 100), ALG)
    result = judged(text, key, now)
    assert isinstance(result, VerifiedCard) is verified
    if isinstance(result, RejectedCard):
        assert result.reason is Reason.KEY_NOT_VALID_NOW


def test_a_retiring_key_still_verifies() -> None:
    assert isinstance(judged(GOOD, a_key(ALG, state=KeyState.RETIRING)), VerifiedCard)


def test_malformed_claims_are_said_before_the_tag_is_looked_at() -> None:
    token = parse_token(GOOD)
    assert isinstance(token, UnverifiedToken)
    text = serialise_token(replace(token, payload=token.payload + b"\x00"))
    assert reason_of(text) is Reason.MALFORMED_CLAIMS


@pytest.mark.parametrize(
    ("mode", "alg"), [(Mode.ROTATING, Alg.EDDSA), (Mode.PRINT, Alg.HMAC_256_64)]
)
def test_a_mode_its_algorithm_may_not_carry_is_said_before_the_tag(mode: Mode, alg: Alg) -> None:
    allowed = Mode.ONLINE
    token = parse_token(mint(some_claims(mode=allowed), alg))
    other = parse_token(mint(some_claims(mode=mode), Alg.HMAC_256_256))
    assert isinstance(token, UnverifiedToken)
    assert isinstance(other, UnverifiedToken)
    text = serialise_token(replace(token, payload=other.payload))
    assert reason_of(text, a_key(alg)) is Reason.MODE_NOT_ALLOWED


@pytest.mark.parametrize("tag", [b"", bytes(7), bytes(8), bytes(9), bytes(32), bytes(64)])
def test_a_wrong_short_long_or_empty_tag_is_a_bad_signature_and_names_no_card(tag: bytes) -> None:
    result = judged(with_tag(GOOD, tag))
    assert result == RejectedCard(reason=Reason.BAD_SIGNATURE, kid=KIDS[ALG])


@pytest.mark.parametrize("tag", [b"", bytes(63), bytes(64), bytes(65)])
def test_a_wrong_ed25519_signature_of_any_length_is_a_bad_signature(tag: bytes) -> None:
    text = with_tag(mint(some_claims(mode=Mode.ONLINE), Alg.EDDSA), tag)
    assert reason_of(text, a_key(Alg.EDDSA)) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("issued_at", "expires_at", "reason"),
    [
        (NOW + 500, NOW + 621, Reason.LIFETIME_TOO_LONG),
        (NOW + 31, NOW + 60, Reason.NOT_YET_VALID),
        (NOW - 90, NOW - 30, Reason.EXPIRED),
    ],
)
def test_a_card_out_of_its_time_says_how_and_whose_it_was(
    issued_at: int, expires_at: int, reason: Reason
) -> None:
    claims = some_claims(issued_at=issued_at, expires_at=expires_at, audience="elsewhere")
    assert judged(mint(claims, ALG)) == RejectedCard(reason=reason, kid=KIDS[ALG], claims=claims)


def test_a_printed_card_lives_for_400_days_and_not_a_second_more() -> None:
    key = a_key(Alg.HMAC_256_256)
    for extra, reason in ((0, None), (1, Reason.LIFETIME_TOO_LONG)):
        claims = some_claims(mode=Mode.PRINT, issued_at=NOW, expires_at=NOW + 400 * DAY + extra)
        result = judged(mint(claims, Alg.HMAC_256_256), key)
        assert (result.reason if isinstance(result, RejectedCard) else None) is reason


def test_a_card_for_another_venue_is_refused_even_if_the_door_serves_both() -> None:
    claims = some_claims(audience="venue-13")
    result = verify_token(mint(claims, ALG), the_keys(), {VENUE, claims.audience}, NOW)
    assert isinstance(result, RejectedCard)
    assert result.reason is Reason.WRONG_AUDIENCE


def test_a_card_of_a_venue_this_door_does_not_serve_is_refused() -> None:
    result = verify_token(GOOD, the_keys(), {Audience("venue-13")}, NOW)
    assert isinstance(result, RejectedCard)
    assert result.reason is Reason.WRONG_AUDIENCE


@pytest.mark.parametrize("public_key", [b"", bytes(31), bytes(33), b"\xff" * 32])
def test_a_public_key_that_is_none_verifies_nothing(public_key: bytes) -> None:
    assert not verify_ed25519(public_key, bytes(64), b"message")


def test_the_right_public_key_verifies_its_own_signature_only() -> None:
    token = parse_token(mint(some_claims(mode=Mode.ONLINE), Alg.EDDSA))
    assert isinstance(token, UnverifiedToken)
    public_key = public_key_of(SECRETS[Alg.EDDSA])
    assert verify_ed25519(public_key, token.tag, token.signed_bytes())
    assert not verify_ed25519(public_key_of(bytes(32)), token.tag, token.signed_bytes())
