"""A central in memory, and a member's card."""

import pytest

from cardcore.ids import CardId
from central.bootstrap import Central
from tests.fakes.central_material import World, card_of_ada


@pytest.fixture
def world() -> World:
    """What stands around central."""
    return World()


@pytest.fixture
def central(world: World) -> Central:
    """Central itself."""
    return world.central()


@pytest.fixture
def card(central: Central) -> CardId:
    """Ada's."""
    return card_of_ada(central).card_id
