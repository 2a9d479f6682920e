"""Codes and links that are long past are dropped, and nothing that still counts."""

import pytest

from cardcore.card import Mode
from cardcore.enrolment import base32, parse_code
from cardcore.ids import DoorId
from central.bootstrap import Central
from central.devices.service import KEEP_S
from central.errors import NotAllowedError
from central.ports.storage import Storage
from tests.fakes.central_material import MAIN, World, card_of_ada, enrol, request_of


@pytest.fixture
def world(storage: Storage) -> World:
    return World(storage=storage)


@pytest.fixture
def central(world: World) -> Central:
    return world.central()


def test_codes_go_thirty_days_after_their_end_used_or_not(world: World, central: Central) -> None:
    used = enrol(central)
    left = central.devices.make_code(MAIN, DoorId(used.door))
    world.clock.seconds = left.expires_at + KEEP_S
    fresh = central.devices.make_code(MAIN, DoorId(used.door))
    assert central.devices.clean_up() == 0
    world.clock.seconds += 1
    assert central.devices.clean_up() == 2
    assert central.devices.clean_up() == 0
    with pytest.raises(NotAllowedError):
        central.devices.enrol(request_of(left.text))
    assert central.devices.enrol(request_of(fresh.text)).door == used.door
    with central.storage.read() as tx:
        assert tx.devices.code(base32(parse_code(left.text).selector)) is None


def test_links_go_thirty_days_after_their_end_and_their_phones_stay(
    world: World, central: Central
) -> None:
    card = card_of_ada(central, Mode.ONLINE)
    claimed = central.tokens.claim_link(central.tokens.open_link(card.card_id).secret)
    left = central.tokens.open_link(card.card_id)
    world.clock.seconds = left.expires_at + KEEP_S
    fresh = central.tokens.open_link(card.card_id)
    assert central.tokens.clean_up() == 0
    world.clock.seconds += 1
    assert central.tokens.clean_up() == 2
    with pytest.raises(NotAllowedError):
        central.tokens.claim_link(left.secret)
    assert central.tokens.claim_link(fresh.secret).card_id == claimed.card_id
