"""What a door must refuse, reason by reason, in the order of token.md; and what it must not refuse with it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cardcore.audit import Outcome
from cardcore.card import Claims, Mode
from cardcore.cbor import serialise
from cardcore.reasons import Reason
from cardcore.token import Envelope
from tools.fixture_keys import (
    EXPIRED,
    FOREIGN_VENUE,
    ISSUED,
    MEMBER_CANCELLED,
    MEMBER_EXPIRED,
    MEMBER_SUSPENDED,
    REVOKED,
    SUPERSEDED,
    SUPERSEDED_PRINT,
    SUSPENDED,
    TEST_FOREIGN,
    TEST_ISSUER,
    TEST_ISSUER_REVOKED,
    TEST_LONG,
    TEST_LONG_LAPSED,
    TEST_SHORT,
    TEST_SHORT_REVOKED,
    UNKNOWN,
    UNKNOWN_PRINT,
    FixtureCard,
)
from tools.fixture_shots import ADMIT, Expected, Reel, refused
from tools.fixture_tokens import (
    DAY,
    NOW,
    PRINTED,
    Life,
    claims_of,
    encoded,
    forbidden_mode,
    mint,
    odd_claims,
    relabelled,
    under_public_key,
    with_payload_of,
    with_short_tag,
    with_tag,
    with_tag_bit_flipped,
)

UNKNOWN_CARD: Final = Expected(decision=Outcome.REVIEW, reason=Reason.CARD_UNKNOWN)
Cards = Iterator[FixtureCard]


def _rotating(card: FixtureCard, reel: Reel, life: Life = NOW) -> Claims:
    return claims_of(card, Mode.ROTATING, reel.at, life)


def _online(card: FixtureCard, reel: Reel, life: Life = NOW) -> Claims:
    return claims_of(card, Mode.ONLINE, reel.at, life)


def _print(card: FixtureCard, reel: Reel, life: Life = PRINTED) -> Claims:
    return claims_of(card, Mode.PRINT, reel.at, life)


def refuse_texts(reel: Reel) -> None:
    """Rows 1 to 4: no card at all, or nothing that could be one."""
    not_a_card = refused(Reason.NOT_A_CARD)
    too_long = refused(Reason.TOKEN_TOO_LONG)
    reel.phone("https://venue.example/tickets?id=4711", "straight", not_a_card, "Web address")
    reel.card("WIFI:T:WPA;S:Guests;P:welcome;;", "glare", not_a_card, "Wireless password")
    reel.phone("Grüße aus Köln, 東京 🎟", "perspective", not_a_card, "Text in many scripts")
    reel.phone("mc1:6BFOXN", "straight", not_a_card, "Prefix in small letters")
    reel.phone("MC1:" + "0123456789ABCDEF" * 32, "straight", too_long, "Too long: 516 characters")
    long_address = "HTTPS://VENUE.EXAMPLE/" + "X" * 500
    reel.phone(long_address, "straight", too_long, "Too long address: 522 characters")
    encoding = refused(Reason.MALFORMED_ENCODING)
    reel.phone("MC1:6bf not base45", "straight", encoding, "Not Base45")
    reel.card("MC1:6BFOXN:::", "straight", encoding, "Base45 out of range")
    envelope = refused(Reason.MALFORMED_ENVELOPE)
    reel.phone(encoded(b"\xd2" + serialise({1: "ticket"})), "noise", envelope, "Another envelope")


def refuse_tokens(reel: Reel, cards: Cards) -> None:
    """Rows 9 to 15: the key is right, what was made with it is not."""
    _refuse_claims(reel, cards)
    _refuse_tags(reel, cards)
    _refuse_lives(reel, cards)


def _refuse_claims(reel: Reel, cards: Cards) -> None:
    odd = refused(Reason.MALFORMED_CLAIMS)
    claims = _rotating(next(cards), reel)
    text = odd_claims(claims, TEST_SHORT, nonce=claims.nonce[:7], member=None)
    reel.phone(text, "straight", odd, "Short nonce: 7 bytes")
    text = odd_claims(claims, TEST_SHORT, nonce=claims.nonce, member="Eve\x1b[2J\x1b[H")
    reel.phone(text, "blur", odd, "Name that clears the screen: control characters")
    wrong_mode = refused(Reason.MODE_NOT_ALLOWED)
    text = forbidden_mode(_print(next(cards), reel), TEST_SHORT)
    reel.card(text, "straight", wrong_mode, "Print under alg 4: months are too long for 8 bytes")
    text = forbidden_mode(_rotating(next(cards), reel), TEST_ISSUER)
    reel.phone(text, "straight", wrong_mode, "Rotating under alg -8: no phone holds that key")


def _refuse_tags(reel: Reel, cards: Cards) -> None:
    forged = refused(Reason.BAD_SIGNATURE)
    mine, other = _rotating(next(cards), reel), _rotating(next(cards), reel)
    good = mint(mine, TEST_SHORT)
    text = with_tag_bit_flipped(good)
    reel.phone(text, "perspective", forged, "Forged tag alg 4: one bit off")
    reel.phone(good, "straight", ADMIT, "Genuine after forged: the forgery burned nothing")
    paper = mint(_print(next(cards), reel), TEST_LONG)
    reel.card(with_tag_bit_flipped(paper), "straight", forged, "Forged tag alg 5: one bit off")
    reel.card(with_short_tag(paper, 8), "blur", forged, "Short tag: 8 bytes of 32")
    reel.card(with_tag(paper, b""), "glare", forged, "Empty tag")
    signed = mint(_print(next(cards), reel), TEST_ISSUER)
    text = with_tag_bit_flipped(signed)
    reel.card(text, "perspective", forged, "Forged signature alg -8: one bit off")
    text = with_payload_of(mint(_rotating(next(cards), reel), TEST_SHORT), other)
    reel.phone(text, "low-light", forged, "Tag of another card")


def _refuse_lives(reel: Reel, cards: Cards) -> None:
    too_long = refused(Reason.LIFETIME_TOO_LONG)
    text = mint(_rotating(next(cards), reel, Life(age=5, life=121)), TEST_SHORT)
    reel.phone(text, "straight", too_long, "Rotating for 121 s: one more than allowed")
    text = mint(_print(next(cards), reel, Life(age=DAY, life=401 * DAY)), TEST_LONG)
    reel.card(text, "straight", too_long, "Print for 401 days: one more than allowed")
    early = refused(Reason.NOT_YET_VALID)
    text = mint(_rotating(next(cards), reel, Life(age=-31, life=30)), TEST_SHORT)
    reel.phone(text, "noise", early, "Not yet valid: 31 s ahead")
    text = mint(_print(next(cards), reel, Life(age=-DAY, life=30 * DAY)), TEST_LONG)
    reel.card(text, "perspective", early, "Not yet valid print: from tomorrow on")
    late = refused(Reason.EXPIRED)
    text = mint(_rotating(next(cards), reel, Life(age=60, life=30)), TEST_SHORT)
    reel.phone(text, "straight", late, "Expired rotating: 30 s ago")
    text = mint(_online(next(cards), reel, Life(age=3_600, life=120)), TEST_ISSUER)
    reel.phone(text, "glare", late, "Expired online: an hour ago")
    text = mint(_print(next(cards), reel, Life(age=366 * DAY, life=365 * DAY)), TEST_ISSUER)
    reel.card(text, "motion", late, "Expired print: yesterday")


def refuse_keys(reel: Reel, cards: Cards) -> None:
    """Rows 5 to 8, and row 15: keys that do not count here, and other venues."""
    claims = replace(_rotating(next(cards), reel), audience=FOREIGN_VENUE)
    text = mint(claims, TEST_FOREIGN, FOREIGN_VENUE)
    reel.phone(text, "straight", refused(Reason.UNKNOWN_KEY), "Foreign venue its own key")
    text = mint(claims, TEST_SHORT, FOREIGN_VENUE)
    shows = "Foreign venue shared key id: the id is known here, that venue's key is not"
    reel.phone(text, "perspective", refused(Reason.BAD_SIGNATURE), shows)
    away = refused(Reason.WRONG_AUDIENCE)
    text = mint(replace(_print(next(cards), reel), audience=FOREIGN_VENUE), TEST_ISSUER)
    reel.card(text, "straight", away, "Foreign venue signed: by the issuer of both")
    text = mint(replace(_rotating(next(cards), reel), audience=FOREIGN_VENUE), TEST_SHORT)
    reel.phone(text, "blur", away, "Foreign venue named: under this venue's own key")
    revoked = refused(Reason.REVOKED_KEY)
    text = mint(_rotating(next(cards), reel), TEST_SHORT_REVOKED)
    reel.phone(text, "straight", revoked, "Revoked key alg 4")
    text = mint(_print(next(cards), reel), TEST_ISSUER_REVOKED)
    reel.card(text, "glare", revoked, "Revoked key alg -8")
    text = mint(_print(next(cards), reel), TEST_LONG_LAPSED)
    reel.card(text, "straight", refused(Reason.KEY_NOT_VALID_NOW), "Lapsed key: since yesterday")
    confused = refused(Reason.ALGORITHM_MISMATCH)
    text = under_public_key(_print(next(cards), reel), TEST_ISSUER)
    reel.card(
        text, "straight", confused, "Confusion public key: a MAC keyed with what is no secret"
    )
    paper = mint(_print(next(cards), reel), TEST_LONG)
    text = with_short_tag(relabelled(paper, 4, Envelope.MAC0), 8)
    reel.card(text, "noise", confused, "Confusion weaker: alg 4 under a key of alg 5")
    signed = mint(_online(next(cards), reel), TEST_ISSUER)
    text = relabelled(signed, -8, Envelope.MAC0)
    reel.phone(
        text, "straight", confused, "Confusion envelope: a signature that calls itself a MAC"
    )


def refuse_cards(reel: Reel, cards: Cards) -> None:
    """The door's own reasons: what became of the card, who was here before, what became of the member."""
    _refuse_standing(reel)
    _refuse_repeats(reel, cards)
    _other_nonce(reel, cards)


def _refuse_standing(reel: Reel) -> None:
    text = mint(replace(_rotating(SUPERSEDED, reel), generation=1), TEST_SHORT)
    reel.phone(text, "straight", refused(Reason.SUPERSEDED), "Superseded rotating: the lost phone")
    text = mint(_rotating(SUPERSEDED, reel), TEST_SHORT)
    reel.phone(text, "straight", ADMIT, "Reissued: the new phone of the same card")
    text = mint(replace(_print(SUPERSEDED_PRINT, reel), generation=2), TEST_LONG)
    reel.card(text, "perspective", refused(Reason.SUPERSEDED), "Superseded print: the old paper")
    text = mint(_print(REVOKED, reel), TEST_ISSUER)
    reel.card(text, "straight", refused(Reason.CARD_REVOKED), "Revoked card")
    text = mint(_online(UNKNOWN, reel), TEST_SHORT)
    reel.phone(text, "straight", UNKNOWN_CARD, "Unknown card online: central has no such card")
    text = mint(_print(UNKNOWN_PRINT, reel), TEST_ISSUER)
    reel.card(text, "blur", UNKNOWN_CARD, "Unknown card print: central has no such card")
    for card, reason, view in (
        (MEMBER_SUSPENDED, Reason.MEMBER_SUSPENDED, "straight"),
        (MEMBER_CANCELLED, Reason.MEMBER_CANCELLED, "low-light"),
        (MEMBER_EXPIRED, Reason.MEMBER_EXPIRED, "glare"),
        (ISSUED, Reason.CARD_NOT_ACTIVE, "straight"),
        (SUSPENDED, Reason.CARD_SUSPENDED, "motion"),
        (EXPIRED, Reason.CARD_EXPIRED, "noise"),
    ):
        text = mint(_rotating(card, reel), TEST_SHORT)
        shows = (
            f"{reason.value.replace('_', ' ').capitalize()}: a good token of the card {card.name}"
        )
        reel.phone(text, view, refused(reason), shows)


def _refuse_repeats(reel: Reel, cards: Cards) -> None:
    replayed, passback = refused(Reason.REPLAYED), refused(Reason.PASSBACK)
    card = next(cards)
    text = mint(_rotating(card, reel), TEST_SHORT)
    reel.phone(text, "straight", ADMIT, "Rotating first: admitted")
    first = reel.last
    reel.again(first, [replayed], "Replayed same picture: the very same bytes")
    reel.phone(
        text, "perspective", replayed, "Replayed screenshot: a friend's phone, the same code"
    )
    text = mint(_online(next(cards), reel), TEST_LONG)
    reel.phone(text, "blur", ADMIT, "Online first: admitted")
    reel.again(reel.last, [replayed], "Replayed online: the very same bytes")
    text = mint(_print(next(cards), reel), TEST_ISSUER)
    reel.card(text, "straight", ADMIT, "Print first: admitted")
    reel.again(reel.last, [passback], "Passback same print: the very same bytes")
    reel.card(text, "perspective", passback, "Passback print: handed back over the fence")
    text = mint(_rotating(card, reel), TEST_SHORT)
    reel.phone(
        text, "straight", passback, "Passback rotating: the next code of a card that is inside"
    )


def _other_nonce(reel: Reel, cards: Cards) -> None:
    """The replay key is card and nonce: nobody burns a stranger's."""
    one, other = next(cards), next(cards)
    theirs = _online(one, reel)
    copied = replace(_online(other, reel), nonce=theirs.nonce)
    text = mint(copied, TEST_SHORT)
    reel.phone(text, "straight", ADMIT, "Copied nonce: another member's under one's own key")
    reel.phone(
        mint(theirs, TEST_SHORT), "noise", ADMIT, "Owner of the nonce: not burned by the copy"
    )
