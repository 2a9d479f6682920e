"""The trail of keys: what the storage in memory and the real one both promise."""

from dataclasses import replace

import pytest

from cardcore.card import Mode
from cardcore.ids import CardId, Kid, Micros, UnixSeconds
from cardcore.keyset import KeyState
from cardcore.lifecycle import CardState
from central.ports.key_trail import KeyRevocation
from central.ports.records import LinkedPhone
from central.ports.storage import Storage
from tests.contract.central.test_storage import CARD, KEY
from tests.fakes.central_material import ADA, MAIN, POOL, some_device
from tests.fakes.central_world import NOON

PRINTED = replace(CARD, card_id=CardId(b"p" * 16), mode=Mode.PRINT)
MODES = (Mode.PRINT,)
REVOKED = KeyRevocation(
    kid=KEY.kid, audience=MAIN, revoked_at=UnixSeconds(NOON), venues={MAIN: 5}, why="stolen"
)


@pytest.fixture
def peopled(storage: Storage) -> Storage:
    with storage.write() as tx:
        for audience in (MAIN, POOL):
            tx.documents.touch(audience)
        tx.members.put([ADA])
        tx.cards.add(CARD)
        tx.cards.add(PRINTED)
        tx.keys.add(KEY)
        for number in range(3):
            tx.devices.add(some_device(f"d-{number}", POOL if number == 2 else MAIN))
    return storage


def test_a_card_is_affected_as_long_as_it_is_what_the_key_signed_for(peopled: Storage) -> None:
    with peopled.write() as tx:
        assert tx.key_trail.affected(MAIN, KEY.kid, MODES, 9) == []
        tx.key_trail.signed(PRINTED, KEY.kid, UnixSeconds(NOON))
        tx.key_trail.signed(PRINTED, KEY.kid, UnixSeconds(NOON + 1))
        tx.key_trail.signed(CARD, KEY.kid, UnixSeconds(NOON))
        assert tx.key_trail.affected(MAIN, KEY.kid, MODES, 9) == [PRINTED]
        assert len(tx.key_trail.affected(MAIN, KEY.kid, tuple(Mode), 9)) == 2
        assert len(tx.key_trail.affected(MAIN, KEY.kid, tuple(Mode), 1)) == 1
        assert tx.key_trail.affected(MAIN, Kid(b"else"), MODES, 9) == []
        assert tx.key_trail.affected(POOL, KEY.kid, MODES, 9) == []
        tx.cards.replace(replace(PRINTED, generation=4))
        assert tx.key_trail.affected(MAIN, KEY.kid, MODES, 9) == []


def test_where_it_was_not_noted_any_key_may_have_signed(peopled: Storage) -> None:
    with peopled.write() as tx:
        tx.key_trail.signed(PRINTED, Kid(b""), UnixSeconds(NOON))
        assert tx.key_trail.affected(MAIN, KEY.kid, MODES, 9) == [PRINTED]
        tx.cards.replace(replace(PRINTED, state=CardState.REVOKED))
        assert tx.key_trail.affected(MAIN, KEY.kid, MODES, 9) == []


def test_each_device_learns_of_a_revocation_once(peopled: Storage) -> None:
    mine, other, elsewhere = (some_device(f"d-{n}", POOL if n == 2 else MAIN) for n in range(3))
    with peopled.write() as tx:
        assert tx.key_trail.revocation(KEY.kid) is None
        tx.key_trail.add_revocation(REVOKED)
        tx.key_trail.heard(mine, 4, Micros(1))
        assert tx.key_trail.learned(KEY.kid) == {}
        tx.key_trail.heard(mine, 5, Micros(2))
        tx.key_trail.heard(mine, 6, Micros(3))
        tx.key_trail.heard(other, 9, Micros(4))
        tx.key_trail.heard(elsewhere, 9, Micros(5))
    with peopled.read() as tx:
        assert tx.key_trail.revocation(KEY.kid) == REVOKED
        assert tx.key_trail.learned(KEY.kid) == {mine.device_id: 2, other.device_id: 4}


def test_each_venue_has_a_first_key_set_of_its_own_that_says_so(peopled: Storage) -> None:
    of_chain = replace(REVOKED, venues={MAIN: 5, POOL: 9})
    mine, _, elsewhere = (some_device(f"d-{n}", POOL if n == 2 else MAIN) for n in range(3))
    with peopled.write() as tx:
        tx.key_trail.add_revocation(of_chain)
        tx.key_trail.heard(elsewhere, 8, Micros(1))
        tx.key_trail.heard(mine, 5, Micros(2))
        assert tx.key_trail.learned(KEY.kid) == {mine.device_id: 2}
        tx.key_trail.heard(elsewhere, 9, Micros(3))
    with peopled.read() as tx:
        assert tx.key_trail.revocation(KEY.kid) == of_chain
        assert tx.key_trail.learned(KEY.kid) == {mine.device_id: 2, elsewhere.device_id: 3}


def test_a_key_is_found_and_changed(peopled: Storage) -> None:
    changed = replace(KEY, state=KeyState.RETIRING, signs_until=UnixSeconds(NOON + 5))
    with peopled.write() as tx:
        assert tx.keys.find(KEY.kid) == KEY
        assert tx.keys.find(Kid(b"none")) is None
        tx.keys.replace(changed)
    with peopled.read() as tx:
        assert tx.keys.of(MAIN) == [changed]


def test_phones_of_one_generation_move_to_another(peopled: Storage) -> None:
    with peopled.write() as tx:
        for number, generation in enumerate((CARD.generation, CARD.generation - 1)):
            tx.cards.add_phone(
                LinkedPhone(
                    token_hash=bytes([number]) * 32,
                    card_id=CARD.card_id,
                    generation=generation,
                    linked_at=UnixSeconds(NOON),
                )
            )
        tx.cards.replace(replace(CARD, generation=CARD.generation + 1))
        assert tx.cards.move_phones(CARD.card_id, CARD.generation, CARD.generation + 1) == 1
        assert tx.cards.phone(bytes(32)) is not None
        assert tx.cards.phone(b"\x01" * 32) is None


def test_all_audiences_are_told(peopled: Storage) -> None:
    with peopled.read() as tx:
        assert tx.documents.audiences() == [MAIN, POOL]
