"""Operators over HTTP: cards and their trails, tokens, dead letters."""

from collections.abc import AsyncIterator

import httpx
import pytest

from cardcore import wire
from cardcore.card import Mode
from cardcore.keyset import key_set_of
from cardcore.lifecycle import CardState
from cardcore.office import (
    CardAnswer,
    CardHistory,
    CardMode,
    DeadLetters,
    TokenAnswer,
)
from cardcore.verify import VerifiedCard, verify_token
from central.keys.service import door_key
from central.ports.records import Role
from tests.fakes.central_http import API, client_of, problem_in
from tests.fakes.central_material import ADA, MAIN, POOL, World, card_of_ada
from tests.fakes.central_office import Refusing, operator, publisher_of

NOBODY = "00" * 16
SUSPENDED = {"event": "suspended", "member": "M-1", "occurred_at": "2027-01-15T08:00:00.000001Z"}


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(world) as client:
        client.headers.update(operator(world.fake, "grace"))
        yield client


def sender(world: World, *roles: Role) -> dict[str, str]:
    return operator(world.fake, "membership", *((role, MAIN) for role in roles or [Role.EVENTS]))


@pytest.mark.parametrize(
    "path",
    ["/cards", f"/cards/{NOBODY}/revoke", f"/cards/{NOBODY}/token", "/membership-events"],
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"why": 1, "member_id": [], "event": "x"}',
        b'{"why": "a\\u0000b", "member_id": "", "event": ""}',
        b'{"expires_at": -1, "member_id": "M-1", "why": "' + b"x" * 257 + b'"}',
        b'{"why": "\\ud800", "member_id": "\\ud800"}',
    ],
)
async def test_a_body_of_another_form_is_malformed(
    world: World, client: httpx.AsyncClient, path: str, body: bytes
) -> None:
    headers = sender(world) if path == "/membership-events" else {}
    answer = await client.post(API + path, content=body, headers=headers)
    if path.endswith("/token") and body.startswith(b'{"') and b"ud800" not in body:
        assert problem_in(answer) == "unknown_card"  # a field that nobody knows is no fault
    else:
        assert (answer.status_code, problem_in(answer)) == (400, "malformed")


@pytest.mark.parametrize("card_id", [NOBODY, "00", "zz" * 16, "%20", "A" * 32])
@pytest.mark.parametrize("step", ["activate", "suspend", "revoke", "reissue", "expire", "token"])
async def test_a_card_that_nobody_has_is_unknown(
    client: httpx.AsyncClient, card_id: str, step: str
) -> None:
    answer = await client.post(f"{API}/cards/{card_id}/{step}", json={})
    assert (answer.status_code, problem_in(answer)) == (404, "unknown_card")
    answer = await client.get(f"{API}/cards/{card_id}")
    assert (answer.status_code, problem_in(answer)) == (404, "unknown_card")


async def test_a_card_of_another_venue_is_unknown(world: World, client: httpx.AsyncClient) -> None:
    card_id = card_of_ada(world.central()).card_id.hex()
    stranger = operator(world.fake, "stranger", (Role.MANAGE, POOL))
    for step in ("revoke", "token"):
        answer = await client.post(f"{API}/cards/{card_id}/{step}", json={}, headers=stranger)
        assert problem_in(answer) == "unknown_card"
    answer = await client.get(f"{API}/cards/{card_id}", headers=stranger)
    assert problem_in(answer) == "unknown_card"
    body = {"member_id": "M-1", "audience": "main"}
    answer = await client.post(f"{API}/cards", json=body, headers=stranger)
    assert (answer.status_code, problem_in(answer)) == (403, "not_permitted")


async def test_who_has_several_venues_says_which(world: World, client: httpx.AsyncClient) -> None:
    card_of_ada(world.central())
    both = operator(world.fake, "both", (Role.MANAGE, MAIN), (Role.MANAGE, POOL))
    answer = await client.post(f"{API}/cards", json={"member_id": "M-1"}, headers=both)
    assert problem_in(answer) == "malformed"
    body = {"member_id": "M-1", "audience": "main"}
    answer = await client.post(f"{API}/cards", json=body, headers=both)
    assert answer.status_code == 200


async def test_nobody_gets_a_card_who_is_no_member(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/cards", json={"member_id": "M-9"})
    assert (answer.status_code, problem_in(answer)) == (404, "unknown_member")


@pytest.mark.parametrize("role", [Role.READ, Role.EVENTS])
async def test_another_role_changes_nothing(
    world: World, client: httpx.AsyncClient, role: Role
) -> None:
    card_id = card_of_ada(world.central()).card_id.hex()
    weak = operator(world.fake, "weak", (role, MAIN))
    for path in ("/cards", f"/cards/{card_id}/revoke", f"/cards/{card_id}/token"):
        answer = await client.post(API + path, json={"member_id": "M-1"}, headers=weak)
        assert (answer.status_code, problem_in(answer)) == (403, "not_permitted")
    answer = await client.get(f"{API}/cards/{card_id}", headers=weak)
    assert answer.status_code == (200 if role is Role.READ else 403)


async def test_the_life_of_a_card(world: World, client: httpx.AsyncClient) -> None:
    world.central().members.import_members(MAIN, [ADA])
    body = {"member_id": "M-1", "mode": "online", "active": False, "why": "joined today"}
    answer = await client.post(f"{API}/cards", json=body)
    card = taken = wire.parse(answer.content, CardAnswer)
    assert (card.state, card.mode, card.expires_at) == (CardState.ISSUED, CardMode.ONLINE, None)
    for step, state, generation in (
        ("activate", "active", 0),
        ("suspend", "suspended", 0),
        ("expire", "expired", 0),
        ("reissue", "active", 1),
        ("revoke", "revoked", 1),
    ):
        world.clock.seconds += 1
        answer = await client.post(f"{API}/cards/{card.card_id}/{step}", json={"why": step})
        taken = wire.parse(answer.content, CardAnswer)
        assert (taken.state.value, taken.generation) == (state, generation)
    answer = await client.post(f"{API}/cards/{card.card_id}/activate", json={})
    assert (answer.status_code, problem_in(answer)) == (409, "illegal_step")
    publisher_of(world).publish_all()
    answer = await client.get(f"{API}/cards/{card.card_id}")
    history = wire.parse(answer.content, CardHistory)
    assert history.card == taken
    assert {line.who for line in history.trail} == {"grace"}
    assert [line.why for line in history.trail] == [
        "joined today",
        *("activate", "suspend", "expire", "reissue", "revoke"),
    ]


async def test_a_reissue_may_say_when_the_card_ends(
    world: World, client: httpx.AsyncClient
) -> None:
    world.central().members.import_members(MAIN, [ADA])
    body = {"member_id": "M-1", "expires_at": world.clock.seconds + 10}
    answer = await client.post(f"{API}/cards", json=body)
    card = wire.parse(answer.content, CardAnswer)
    assert card.expires_at == world.clock.seconds + 10
    later = {"expires_at": world.clock.seconds + 99}
    answer = await client.post(f"{API}/cards/{card.card_id}/reissue", json=later)
    assert wire.parse(answer.content, CardAnswer).expires_at == world.clock.seconds + 99


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
async def test_a_token_for_a_screen(
    world: World, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    card_id = card_of_ada(world.central()).card_id.hex()
    answers = [
        await client.post(f"{API}/cards/{card_id}/token", json={}, headers=headers)
        for _ in range(2)
    ]
    tokens = [wire.parse(answer.content, TokenAnswer) for answer in answers]
    assert (tokens[0] == tokens[1]) is bool(headers)
    assert tokens[0].expires_at - tokens[0].issued_at == 120
    enrolled = wire.bytes_of(tokens[0].kid)
    with world.fake.read() as tx:
        [root] = [key for key in tx.keys.of(MAIN) if key.kid == enrolled]
    keys = key_set_of([door_key(root, MAIN)])
    judged = verify_token(tokens[0].token, keys, frozenset((MAIN,)), world.clock.now())
    assert isinstance(judged, VerifiedCard)
    assert (judged.claims.mode, judged.claims.card_id.hex()) == (Mode.ONLINE, card_id)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
async def test_there_is_no_such_token_for_paper_or_the_dead(
    world: World, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    printed = card_of_ada(world.central(), Mode.PRINT).card_id.hex()
    answer = await client.post(f"{API}/cards/{printed}/token", json={}, headers=headers)
    assert (answer.status_code, problem_in(answer)) == (409, "illegal_step")
    dead = card_of_ada(world.central()).card_id.hex()
    await client.post(f"{API}/cards/{dead}/revoke", json={})
    answer = await client.post(f"{API}/cards/{dead}/token", json={})
    assert problem_in(answer) == "illegal_step"


async def test_a_post_sent_again_has_one_effect(world: World, client: httpx.AsyncClient) -> None:
    world.central().members.import_members(MAIN, [ADA])
    client.headers["Idempotency-Key"] = "one"
    answers = [await client.post(f"{API}/cards", json={"member_id": "M-1"}) for _ in range(3)]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert len(world.central().cards.all(MAIN)) == 1
    answer = await client.post(f"{API}/cards", json={"member_id": "M-1", "why": "other"})
    assert (answer.status_code, problem_in(answer)) == (422, "key_reused")
    client.headers["Idempotency-Key"] = "tab\tbed"
    answer = await client.post(f"{API}/cards", json={"member_id": "M-1"})
    assert problem_in(answer) == "malformed"


async def test_dead_letters_are_told_to_their_venue_and_retried(
    world: World, client: httpx.AsyncClient
) -> None:
    card_of_ada(world.central())
    publisher_of(world, Refusing(1), tries=1).publish_all()
    answer = await client.get(f"{API}/events/dead")
    [dead] = wire.parse(answer.content, DeadLetters).dead
    assert (dead.event, dead.tries) == ("CardIssued", 1)
    stranger = operator(world.fake, "stranger", (Role.MANAGE, POOL))
    answer = await client.get(f"{API}/events/dead", headers=stranger)
    assert answer.json() == {"dead": []}
    retry = f"{API}/events/{dead.event_id}/retry"
    answer = await client.post(retry, json={}, headers=stranger)
    assert (answer.status_code, problem_in(answer)) == (404, "unknown_event")
    assert (await client.post(retry, json={})).json() == {"event_id": dead.event_id}
    assert problem_in(await client.post(retry, json={})) == "unknown_event"
    assert publisher_of(world).publish_all() == 1
