from pathlib import Path

import pytest

from cardcore.card import Mode
from cardcore.documents import DocumentKind, RootKey, open_document
from cardcore.ids import CardId, Kid, UnixSeconds
from cardcore.keyset import Alg, KeySet
from cardcore.keyset_document import key_set_in
from cardcore.lifecycle import CardStep
from cardcore.reasons import Reason
from cardcore.verify import RejectedCard, VerifiedCard, verify_token
from cardcore.wire import bytes_of
from central.bootstrap import Central
from central.cards.qr import write_qr
from central.errors import ConflictError, Kind, NotAllowedError, NotFoundError, UnprocessableError
from central.ports.records import KeyUse
from tests.fakes.central_material import MAIN, World, card_of_ada, device_of, enrol
from tools.phone import Phone


def keys_at_a_door(central: Central) -> KeySet:
    answer = enrol(central)
    device = device_of(central, answer)
    root = RootKey(kid=Kid(bytes_of(answer.root_kid)), public_key=bytes_of(answer.root_public_key))
    signed = central.signed.key_sets.key_set(device.audience)
    return key_set_in(
        open_document(signed.content, root=root, kind=DocumentKind.KEY_SET, audience=MAIN)
    )


@pytest.mark.parametrize(
    ("use", "alg"), [(KeyUse.PRINT_SIGNATURE, Alg.EDDSA), (KeyUse.PRINT_MAC, Alg.HMAC_256_256)]
)
def test_a_printed_card_is_good_at_the_door_for_as_long_as_it_says(use: KeyUse, alg: Alg) -> None:
    world = World()
    central = world.central()
    card = card_of_ada(central, Mode.PRINT)
    token = central.tokens.mint(card.card_id, print_use=use, print_days=400)
    later = UnixSeconds(world.clock.now() + 399 * 86_400)
    judged = verify_token(token.text, keys_at_a_door(central), {MAIN}, later)
    assert judged == VerifiedCard(claims=token.claims, kid=token.kid, alg=alg)
    assert token.claims.member is None


@pytest.mark.parametrize("mode", [Mode.ROTATING, Mode.ONLINE])
def test_a_card_for_a_screen_gets_an_online_token_of_two_minutes(mode: Mode) -> None:
    world = World()
    central = world.central()
    card = card_of_ada(central, mode)
    token = central.tokens.mint(card.card_id, print_use=KeyUse.PRINT_MAC)
    assert token.claims.expires_at - token.claims.issued_at == 120
    judged = verify_token(token.text, keys_at_a_door(central), {MAIN}, world.clock.now())
    assert judged == VerifiedCard(claims=token.claims, kid=token.kid, alg=Alg.HMAC_256_64)
    assert token.claims.mode is Mode.ONLINE


def test_a_key_that_signs_no_more_is_followed_by_the_next() -> None:
    world = World()
    central = world.central()
    card = card_of_ada(central, Mode.ONLINE)
    first = central.tokens.mint(card.card_id, print_use=KeyUse.PRINT_MAC)
    world.clock.seconds += 400 * 86_400
    later = central.tokens.mint(card.card_id, print_use=KeyUse.PRINT_MAC)
    assert later.kid != first.kid
    world.clock.seconds += 400 * 86_400
    online = central.tokens.mint_online(card.card_id, [MAIN])
    assert online.kid not in {first.kid, later.kid}


def test_two_tokens_of_one_card_differ() -> None:
    central = World().central()
    card = card_of_ada(central)
    tokens = [central.tokens.mint(card.card_id, print_use=KeyUse.PRINT_MAC) for _ in range(2)]
    assert tokens[0].claims.nonce != tokens[1].claims.nonce


def test_a_revoked_card_gets_neither_token_nor_link() -> None:
    central = World().central()
    card = card_of_ada(central)
    central.cards.take(card.card_id, CardStep.REVOKE)
    with pytest.raises(ConflictError):
        central.tokens.mint(card.card_id, print_use=KeyUse.PRINT_MAC)
    with pytest.raises(ConflictError):
        central.tokens.open_link(card.card_id)


def test_there_is_no_token_without_a_card() -> None:
    central = World().central()
    with pytest.raises(NotFoundError):
        central.tokens.mint(CardId(bytes(16)), print_use=KeyUse.PRINT_MAC)


def test_only_a_rotating_card_goes_onto_a_phone() -> None:
    central = World().central()
    card = card_of_ada(central, Mode.PRINT)
    with pytest.raises(ConflictError):
        central.tokens.open_link(card.card_id)


def test_a_phone_makes_cards_that_the_door_believes_until_the_reissue() -> None:
    world = World()
    central = world.central()
    card = card_of_ada(central)
    phone = Phone(card=central.tokens.claim_link(central.tokens.open_link(card.card_id).secret))
    keys = keys_at_a_door(central)
    now = world.clock.now()
    judged = verify_token(phone.token(now), keys, {MAIN}, now)
    assert isinstance(judged, VerifiedCard)
    assert (judged.claims.card_id, judged.claims.mode) == (card.card_id, Mode.ROTATING)
    old = verify_token(phone.token(now, issued_at=now - 300), keys, {MAIN}, now)
    assert isinstance(old, RejectedCard)
    assert old.reason is Reason.EXPIRED
    central.cards.take(card.card_id, CardStep.REISSUE)
    newer = central.tokens.claim_link(central.tokens.open_link(card.card_id).secret)
    assert newer.generation == 1
    assert newer.card_key != phone.card.card_key


def test_a_link_works_once() -> None:
    central = World().central()
    link = central.tokens.open_link(card_of_ada(central).card_id)
    central.tokens.claim_link(link.secret)
    with pytest.raises(NotAllowedError) as refused:
        central.tokens.claim_link(link.secret)
    assert refused.value.kind is Kind.LINK_REFUSED


def test_a_link_works_for_ten_minutes() -> None:
    world = World()
    central = world.central()
    link = central.tokens.open_link(card_of_ada(central).card_id)
    world.clock.seconds += 600
    with pytest.raises(NotAllowedError):
        central.tokens.claim_link(link.secret)


def test_a_link_dies_with_its_card() -> None:
    central = World().central()
    card = card_of_ada(central)
    link = central.tokens.open_link(card.card_id)
    central.cards.take(card.card_id, CardStep.REVOKE)
    with pytest.raises(NotAllowedError):
        central.tokens.claim_link(link.secret)


def test_a_guessed_link_is_refused_like_any_other() -> None:
    central = World().central()
    with pytest.raises(NotAllowedError):
        central.tokens.claim_link("0" * 32)


def test_a_link_is_not_in_the_database() -> None:
    world = World()
    central = world.central()
    link = central.tokens.open_link(card_of_ada(central).card_id)
    with world.fake.read() as tx:
        assert tx.cards.link(link.secret.encode()) is None
        assert tx.cards.link(bytes.fromhex(link.secret)) is None
    assert link.secret not in repr(link)


def test_a_code_is_written_as_its_ending_says(tmp_path: Path) -> None:
    central = World().central()
    token = central.tokens.mint(
        card_of_ada(central, Mode.PRINT).card_id, print_use=KeyUse.PRINT_MAC
    )
    assert write_qr(token, tmp_path / "card.png") in range(5, 12)
    assert (tmp_path / "card.png").read_bytes().startswith(b"\x89PNG")
    write_qr(token, tmp_path / "card.SVG")
    assert b"<svg" in (tmp_path / "card.SVG").read_bytes()
    with pytest.raises(UnprocessableError):
        write_qr(token, tmp_path / "card.bmp")
