"""A member's phone under /mapi: its own card, and tokens of mode 0 for it."""

import httpx
import pytest

from cardcore import wire
from cardcore.card import Mode
from cardcore.keyset import key_set_of
from cardcore.lifecycle import CardStep
from cardcore.office import CardAnswer, CardMode, TokenAnswer
from cardcore.phone import PHONE_ROOT, LinkAnswer, LinkClaim
from cardcore.verify import VerifiedCard, verify_token
from central.auth import PHONE_CALLS_A_MINUTE
from central.keys.service import door_key
from central.ports.records import Card
from tests.fakes.central_http import API, JSON, problem_in
from tests.fakes.central_material import MAIN, World, card_of_ada, enrol
from tests.fakes.central_office import operator


async def linked(world: World, client: httpx.AsyncClient, card: Card) -> LinkAnswer:
    """The phone that claimed a link for this card; it makes the client's calls from now on."""
    link = world.central().tokens.open_link(card.card_id).secret
    body = wire.serialise(LinkClaim(link=link))
    answer = await client.post(f"{PHONE_ROOT}/links/claim", content=body, headers=JSON)
    claimed = wire.parse(answer.content, LinkAnswer)
    client.headers.update({"Authorization": f"Bearer {claimed.phone_token}"})
    return claimed


def token_of(card: Card) -> str:
    return f"{PHONE_ROOT}/cards/{card.card_id.hex()}/token"


@pytest.mark.parametrize("mode", [Mode.ONLINE, Mode.ROTATING])
async def test_a_phone_gets_tokens_that_a_door_believes(
    world: World, client: httpx.AsyncClient, mode: Mode
) -> None:
    card = card_of_ada(world.central(), mode)
    claimed = await linked(world, client, card)
    assert claimed.mode is CardMode(mode.word)
    assert (claimed.card_key is None) is (mode is Mode.ONLINE)
    tokens = [
        wire.parse((await client.post(token_of(card), json={})).content, TokenAnswer)
        for _ in range(2)
    ]
    assert tokens[0].token != tokens[1].token
    assert tokens[0].expires_at - tokens[0].issued_at == 120
    with world.fake.read() as tx:
        [key] = [key for key in tx.keys.of(MAIN) if key.kid.hex() == tokens[0].kid]
    keys = key_set_of([door_key(key, MAIN)])
    judged = verify_token(tokens[0].token, keys, frozenset((MAIN,)), world.clock.now())
    assert isinstance(judged, VerifiedCard)
    assert (judged.claims.mode, judged.claims.card_id) == (Mode.ONLINE, card.card_id)


async def test_a_phone_sees_its_own_card_alone(world: World, client: httpx.AsyncClient) -> None:
    card, other = (card_of_ada(world.central(), Mode.ONLINE) for _ in range(2))
    await linked(world, client, card)
    answer = await client.get(token_of(card).removesuffix("/token"))
    seen = wire.parse(answer.content, CardAnswer)
    assert (seen.card_id, seen.state.value) == (card.card_id.hex(), "active")
    answers = [
        await client.get(token_of(other).removesuffix("/token")),
        await client.post(token_of(other), json={}),
        await client.get(f"{PHONE_ROOT}/cards/x"),
    ]
    assert [problem_in(answer) for answer in answers] == ["unknown_card"] * 3


async def test_a_phone_may_do_nothing_else(world: World, client: httpx.AsyncClient) -> None:
    card = card_of_ada(world.central(), Mode.ONLINE)
    await linked(world, client, card)
    for path in (f"cards/{card.card_id.hex()}", "devices/me/keyset", "incidents"):
        answer = await client.get(f"{API}/{path}")
        assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")


async def test_nobody_else_speaks_for_a_phone(world: World, client: httpx.AsyncClient) -> None:
    card = card_of_ada(world.central(), Mode.ONLINE)
    device = {"Authorization": f"Bearer {enrol(world.central()).token}"}
    for headers in ({}, {"Authorization": "Bearer x"}, device, operator(world.fake, "ann")):
        answer = await client.post(token_of(card), json={}, headers=headers)
        assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")


async def test_a_phone_ends_with_the_reissue_of_its_card(
    world: World, client: httpx.AsyncClient
) -> None:
    central = world.central()
    card = card_of_ada(central, Mode.ONLINE)
    await linked(world, client, card)
    central.cards.take(card.card_id, CardStep.REISSUE)
    answer = await client.post(token_of(card), json={})
    assert problem_in(answer) == "not_authenticated"
    await linked(world, client, card)
    assert (await client.post(token_of(card), json={})).status_code == 200
    central.cards.take(card.card_id, CardStep.REVOKE)
    answer = await client.post(token_of(card), json={})
    assert (answer.status_code, problem_in(answer)) == (409, "illegal_step")


async def test_a_phone_that_asks_without_end_is_told_to_wait(
    world: World, client: httpx.AsyncClient
) -> None:
    card = card_of_ada(world.central(), Mode.ONLINE)
    await linked(world, client, card)
    answers = [await client.post(token_of(card), json={}) for _ in range(PHONE_CALLS_A_MINUTE)]
    assert problem_in(answers[-1]) == "too_many_calls"
    world.clock.seconds += 1
    assert (await client.post(token_of(card), json={})).status_code == 200


async def test_a_phones_token_is_not_in_the_database(
    world: World, client: httpx.AsyncClient
) -> None:
    claimed = await linked(world, client, card_of_ada(world.central()))
    assert claimed.phone_token is not None
    with world.fake.read() as tx:
        assert tx.cards.phone(bytes.fromhex(claimed.phone_token)) is None
    assert claimed.phone_token not in repr(claimed)
