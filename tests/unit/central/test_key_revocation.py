"""A key that somebody else may have: who refuses it when, what is made anew, and who is told what."""

from dataclasses import replace

import pytest

from cardcore.audit import ClockTrust, Outcome
from cardcore.card import Mode
from cardcore.documents import DocumentKind, open_document
from cardcore.ids import Audience, CardId, Kid, Micros
from cardcore.keyset import KeyState
from cardcore.keyset_document import key_set_in
from cardcore.lifecycle import CardStep
from cardcore.wire import Heartbeat
from central.auth import secret_hash
from central.bootstrap import Central, wire_central
from central.errors import ConflictError, NotAllowedError, NotFoundError
from central.keys import revocation
from central.ports.chain import Chain
from central.ports.events import COMMAND_LINE
from central.ports.records import Device, KeyUse
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import ADA, MAIN, POOL, World, device_of, enrol


def key_of(central: Central, use: KeyUse) -> Kid:
    [found] = [
        key.kid
        for key in central.keys.all(MAIN)
        if key.use is use and key.state is not KeyState.REVOKED
    ]
    return found


def issue(central: Central, mode: Mode) -> CardId:
    return central.cards.issue(MAIN, ADA.member_id, mode).card_id


def printed(central: Central) -> CardId:
    card = issue(central, Mode.PRINT)
    central.tokens.mint(card, print_use=KeyUse.PRINT_SIGNATURE)
    return card


def on_phone(central: Central) -> tuple[CardId, str]:
    card = issue(central, Mode.ROTATING)
    answer = central.tokens.claim_link(central.tokens.open_link(card).secret)
    assert answer.phone_token is not None
    return card, answer.phone_token


def generation(central: Central, card: CardId) -> int:
    with central.storage.read() as tx:
        found = tx.cards.find(card)
    assert found is not None
    return found.generation


def beat(keyset_version: int) -> Heartbeat:
    return Heartbeat(
        program="test/1",
        wall_us=0,
        clock=ClockTrust.TRUSTED,
        outbox=0,
        circuit="closed",
        keyset_version=keyset_version,
    )


def reissued(central: Central, kid: Kid) -> list[revocation.Reissued]:
    return central.signed.revocations.reissue(kid, by=COMMAND_LINE, progress=progressed.append)


progressed: list[int] = []


@pytest.fixture
def peopled(central: Central, card: CardId) -> Central:
    del card
    return central


@pytest.fixture
def door(peopled: Central) -> Device:
    return device_of(peopled, enrol(peopled))


def test_the_next_key_set_says_that_the_key_is_revoked_and_has_another(peopled: Central) -> None:
    kid = key_of(peopled, KeyUse.SCREEN)
    told = peopled.signed.revocations.revoke(kid, why="stolen")
    signed = peopled.signed.key_sets.key_set(MAIN)
    assert told.venues == {MAIN: signed.version}
    document = open_document(
        signed.content,
        root=peopled.keys.root_key(),
        kind=DocumentKind.KEY_SET,
        audience=MAIN,
    )
    keys = key_set_in(document).keys
    assert keys[kid].state is KeyState.REVOKED
    new = key_of(peopled, KeyUse.SCREEN)
    assert keys[new].state is KeyState.ACTIVE


def test_cards_are_signed_by_another_key_at_once(peopled: Central) -> None:
    kid = key_of(peopled, KeyUse.PRINT_SIGNATURE)
    peopled.signed.revocations.revoke(kid, why="")
    card = issue(peopled, Mode.PRINT)
    assert peopled.tokens.mint(card, print_use=KeyUse.PRINT_SIGNATURE).kid != kid


def test_revoked_twice_it_is_revoked_since_the_first_time(world: World, peopled: Central) -> None:
    kid = key_of(peopled, KeyUse.SCREEN)
    first = peopled.signed.revocations.revoke(kid, why="stolen")
    world.clock.seconds += 60
    assert peopled.signed.revocations.revoke(kid, why="again") == first


def test_only_the_cards_that_the_key_signed_for_are_made_anew(peopled: Central) -> None:
    signed, phone, _ = printed(peopled), *on_phone(peopled)
    never = issue(peopled, Mode.PRINT)
    gone = printed(peopled)
    peopled.cards.take(gone, CardStep.REVOKE)
    kid = key_of(peopled, KeyUse.PRINT_SIGNATURE)
    peopled.signed.revocations.revoke(kid, why="")
    found = reissued(peopled, kid)
    assert [(one.card_id, one.mode, one.on_phone) for one in found] == [(signed, Mode.PRINT, False)]
    assert [generation(peopled, card) for card in (signed, phone, never, gone)] == [1, 0, 0, 0]
    assert reissued(peopled, kid) == []


def test_a_phone_stays_linked_and_gets_its_next_key(peopled: Central) -> None:
    card, token = on_phone(peopled)
    other = issue(peopled, Mode.ROTATING)
    kid = key_of(peopled, KeyUse.SCREEN)
    peopled.signed.revocations.revoke(kid, why="")
    [one] = reissued(peopled, kid)
    assert (one.card_id, one.on_phone) == (card, True)
    with peopled.storage.read() as tx:
        phone = tx.cards.phone(secret_hash(token))
    assert phone is not None
    answer = peopled.tokens.next_key(phone, card)
    assert (answer.generation, answer.kid) == (1, key_of(peopled, KeyUse.SCREEN).hex())
    assert answer.card_key is not None
    assert answer.phone_token is None
    with pytest.raises(NotFoundError):
        peopled.tokens.next_key(phone, other)


def test_a_reissue_by_hand_ends_the_phone_as_ever(peopled: Central) -> None:
    card, token = on_phone(peopled)
    peopled.cards.take(card, CardStep.REISSUE)
    with peopled.storage.read() as tx:
        assert tx.cards.phone(secret_hash(token)) is None
    with pytest.raises(NotAllowedError):
        peopled.tokens.claim_link("used before")


def test_many_cards_are_made_anew_a_few_at_a_time(
    peopled: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation, "BATCH", 2)
    progressed.clear()
    cards = {printed(peopled) for _ in range(5)}
    kid = key_of(peopled, KeyUse.PRINT_SIGNATURE)
    peopled.signed.revocations.revoke(kid, why="")
    assert {one.card_id for one in reissued(peopled, kid)} == cards
    assert progressed == [2, 2, 1]


def test_a_root_is_not_revoked_but_rotated(peopled: Central) -> None:
    with pytest.raises(ConflictError, match="rotate --root"):
        peopled.signed.revocations.revoke(peopled.keys.root_key().kid, why="")


def test_what_was_not_revoked_is_made_anew_by_nobody(peopled: Central) -> None:
    with pytest.raises(NotFoundError):
        peopled.signed.revocations.revoke(Kid(b"none"), why="")
    with pytest.raises(NotFoundError, match="not revoked"):
        reissued(peopled, key_of(peopled, KeyUse.SCREEN))
    with pytest.raises(NotFoundError):
        peopled.signed.revocations.exposure(key_of(peopled, KeyUse.SCREEN))


def test_a_door_accepts_the_key_until_it_tells_of_a_key_set_that_says_so(
    world: World, peopled: Central, door: Device
) -> None:
    kid = key_of(peopled, KeyUse.SCREEN)
    version = peopled.signed.revocations.revoke(kid, why="").venues[MAIN]
    peopled.presence.beat(door, beat(version - 1))
    _, [exposed] = peopled.signed.revocations.exposure(kid)
    assert (exposed.door, exposed.learned_at) == (door.door, None)
    world.clock.seconds += 45
    peopled.presence.beat(door, beat(version))
    learned = world.clock.micros()
    world.clock.seconds += 45
    peopled.presence.beat(door, beat(version + 1))
    _, [exposed] = peopled.signed.revocations.exposure(kid)
    assert exposed.learned_at == learned


def test_admissions_under_the_key_since_then_are_counted(
    world: World, peopled: Central, door: Device
) -> None:
    kid = key_of(peopled, KeyUse.SCREEN)
    peopled.signed.revocations.revoke(kid, why="")
    log = FakeDoor(peopled, door)
    for number, (late, under, decision) in enumerate(
        (
            (-1, kid, Outcome.ADMIT),
            (5, kid, Outcome.ADMIT),
            (9, kid, Outcome.ADMIT),
            (12, Kid(b"else"), Outcome.ADMIT),
            (15, kid, Outcome.REFUSE),
        )
    ):
        log.log(
            at=late,
            nonce=b"nonce-%02d" % number,
            kid=under,
            decision=decision,
            reason="ok" if decision is Outcome.ADMIT else "expired",
        )
    log.hand_in()
    _, [exposed] = peopled.signed.revocations.exposure(kid)
    assert exposed.admitted == 2
    assert exposed.last_at == Micros((world.clock.seconds + 9) * 1_000_000)


def test_a_chains_key_was_good_at_every_venue_and_each_door_of_them_is_listed(
    world: World,
) -> None:
    central = wire_central(
        world.fake, clock=world.clock, randomness=world.randomness, chain=Chain(audience=POOL)
    )
    central.members.import_members(POOL, [replace(ADA, audience=POOL)])
    central.cards.issue(POOL, ADA.member_id, Mode.PRINT)
    door = device_of(central, enrol(central))
    before = central.signed.key_sets.key_set(MAIN).version
    [kid] = [key.kid for key in central.keys.all(POOL)]
    told = central.signed.revocations.revoke(kid, why="the root of the chain was read")
    assert told.venues == {MAIN: before + 1, POOL: 1}
    log = FakeDoor(central, door)
    log.log(at=5, nonce=b"nonce-01", kid=kid, decision=Outcome.ADMIT, reason="ok")
    log.hand_in()
    assert central.signed.key_sets.key_set(MAIN).version == before + 1
    central.presence.beat(door, beat(before + 1))
    revocation, [exposed] = central.signed.revocations.exposure(kid)
    assert (revocation.audience, exposed.audience, exposed.door) == (POOL, MAIN, door.door)
    assert (exposed.admitted, exposed.learned_at) == (1, world.clock.micros())
    late = device_of(central, enrol(central, Audience("new venue"), "West"))
    assert late.device_id not in {
        one.device_id for one in central.signed.revocations.exposure(kid)[1]
    }
