"""A central in memory, who calls it, and a member's card."""

from collections.abc import AsyncIterator

import httpx
import pytest

from cardcore.ids import CardId
from central.bootstrap import Central
from central.ports.records import Device
from tests.fakes.central_http import client_of
from tests.fakes.central_material import MAIN, World, card_of_ada, device_of, enrol


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


@pytest.fixture
def device(central: Central) -> Device:
    """One that was enrolled at the main venue."""
    return device_of(central, enrol(central, MAIN))


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever asks it over HTTP."""
    async with client_of(world) as client:
        yield client
