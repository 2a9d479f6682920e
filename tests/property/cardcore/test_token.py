"""Tokens: what was minted verifies, nothing else does, and no text makes the judge fail."""

import base45
from hypothesis import example, given, strategies as st

from cardcore.card import Claims, parse_claims, serialise_claims
from cardcore.cbor import serialise
from cardcore.ids import Audience, UnixSeconds
from cardcore.keyset import Alg, KeySet, key_set_of
from cardcore.reasons import Reason
from cardcore.token import (
    PREFIX,
    UnverifiedToken,
    parse_message,
    parse_token,
    serialise_message,
    serialise_token,
)
from cardcore.verify import RejectedCard, VerifiedCard, verify_token
from tests.fakes.card_material import ALLOWED, KIDS, NOW, VENUE, a_key, some_claims, the_keys
from tests.fakes.minting import mint
from tests.property.cardcore.strategies import UTF8, cards, cbor_values, mutated

KEYS = the_keys()
GOOD = {
    f"{mode.word} {alg.name}": mint(some_claims(mode=mode, member="7"), alg)
    for mode, alg in ALLOWED
}
TEXTS = st.text(UTF8 | st.characters(categories=["Cs"]))
BASE45_TEXTS = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:\n", max_size=300)
INSTANTS = st.integers()


def text_of(message: bytes) -> str:
    encoded: bytes = base45.b45encode(message)
    return PREFIX + encoded.decode("ascii")


def message_of(text: str) -> bytes:
    message: bytes = base45.b45decode(text.removeprefix(PREFIX))
    return message


def keys_of(claims: Claims, alg: Alg) -> KeySet:
    key = a_key(
        alg,
        audience=claims.audience,
        not_before=claims.issued_at,
        expires_at=claims.expires_at,
    )
    return key_set_of([key])


@given(cards(), st.data())
def test_a_minted_card_verifies_all_its_life(card: tuple[Claims, Alg], data: st.DataObject) -> None:
    claims, alg = card
    now = UnixSeconds(data.draw(st.integers(claims.issued_at - 30, claims.expires_at + 29)))
    result = verify_token(mint(claims, alg), keys_of(claims, alg), {claims.audience}, now)
    assert result == VerifiedCard(claims=claims, kid=KIDS[alg], alg=alg)


@given(cards(), st.integers(0, 1 << 34))
def test_a_minted_card_verifies_at_no_other_time(card: tuple[Claims, Alg], away: int) -> None:
    claims, alg = card
    text, keys = mint(claims, alg), keys_of(claims, alg)
    for now in (claims.issued_at - 31 - away, claims.expires_at + 30 + away):
        result = verify_token(text, keys, {claims.audience}, UnixSeconds(now))
        assert isinstance(result, RejectedCard)


@given(cards())
def test_claims_have_one_form(card: tuple[Claims, Alg]) -> None:
    claims, _ = card
    assert parse_claims(serialise_claims(claims)) == claims


@given(cards())
def test_a_token_has_one_text(card: tuple[Claims, Alg]) -> None:
    claims, alg = card
    text = mint(claims, alg)
    token = parse_token(text)
    assert isinstance(token, UnverifiedToken)
    assert serialise_token(token) == text
    assert parse_message(serialise_message(token)) == token


@given(TEXTS | TEXTS.map(PREFIX.__add__) | BASE45_TEXTS.map(PREFIX.__add__), INSTANTS)
@example("", 0)
@example(PREFIX, 0)
@example(PREFIX + "\n", 0)
def test_any_text_at_any_instant_is_judged(text: str, now: int) -> None:
    assert isinstance(verify_token(text, KEYS, {VENUE}, UnixSeconds(now)), RejectedCard)


@given(st.binary(max_size=400) | cbor_values(2).map(serialise).map(b"\xd1".__add__))
def test_any_bytes_in_the_text_are_judged(message: bytes) -> None:
    result = verify_token(text_of(message), KEYS, {VENUE}, NOW)
    assert isinstance(result, RejectedCard)


@given(st.data(), st.sampled_from(sorted(GOOD)))
def test_a_changed_message_never_verifies(data: st.DataObject, name: str) -> None:
    good = message_of(GOOD[name])
    changed = data.draw(mutated(good))
    result = verify_token(text_of(changed), KEYS, {VENUE}, NOW)
    assert isinstance(result, VerifiedCard) is (changed == good)


@given(st.data(), st.sampled_from(sorted(GOOD)))
def test_a_changed_text_never_verifies(data: st.DataObject, name: str) -> None:
    good = GOOD[name]
    changed = data.draw(mutated(good.encode("ascii"))).decode("latin-1")
    result = verify_token(changed, KEYS, {VENUE}, NOW)
    assert isinstance(result, VerifiedCard) is (changed == good)


@given(st.data(), st.sampled_from(sorted(GOOD)))
def test_changed_claims_under_the_old_tag_never_verify(data: st.DataObject, name: str) -> None:
    token = parse_token(GOOD[name])
    assert isinstance(token, UnverifiedToken)
    payload = data.draw(mutated(token.payload) | st.binary(max_size=80))
    changed = UnverifiedToken(
        envelope=token.envelope,
        protected=token.protected,
        alg=token.alg,
        kid=token.kid,
        payload=payload,
        tag=token.tag,
    )
    text = text_of(serialise_message(changed))
    result = verify_token(text, KEYS, {VENUE}, NOW)
    if isinstance(result, VerifiedCard):
        assert serialise_claims(result.claims) == token.payload == payload


@given(st.data(), st.sampled_from(sorted(GOOD)))
def test_whatever_parses_as_a_token_has_this_one_text(data: st.DataObject, name: str) -> None:
    text = text_of(data.draw(mutated(message_of(GOOD[name]))))
    token = parse_token(text)
    if isinstance(token, UnverifiedToken):
        assert serialise_token(token) == text


@given(st.binary(max_size=120) | cbor_values(2).map(serialise))
def test_whatever_parses_as_claims_has_this_one_form(payload: bytes) -> None:
    claims = parse_claims(payload)
    if claims is not None:
        assert serialise_claims(claims) == payload


@given(st.data(), st.sampled_from(sorted(GOOD)))
def test_changed_claims_have_one_form_too(data: st.DataObject, name: str) -> None:
    token = parse_token(GOOD[name])
    assert isinstance(token, UnverifiedToken)
    payload = data.draw(mutated(token.payload))
    claims = parse_claims(payload)
    if claims is not None:
        assert serialise_claims(claims) == payload


@given(st.sampled_from(sorted(GOOD)), st.text(min_size=1, max_size=20))
def test_no_card_is_good_at_a_venue_it_is_not_for(name: str, venue: str) -> None:
    if venue != VENUE:
        result = verify_token(GOOD[name], KEYS, {Audience(venue)}, NOW)
        assert isinstance(result, RejectedCard)
        assert result.reason is Reason.WRONG_AUDIENCE
