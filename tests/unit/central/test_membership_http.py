"""The membership system over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from cardcore.membership import MemberStatus
from central.ports.records import Role
from tests.fakes.central_http import API, client_of, problem_in
from tests.fakes.central_material import ADA, MAIN, World
from tests.fakes.central_office import operator

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
    "changed",
    [
        {"event": "born"},
        {"member": ""},
        {"member": "a\x00b"},
        {"occurred_at": "yesterday"},
        {"occurred_at": "2027-01-15T08:00:00"},
        {"occurred_at": "2027-13-15T08:00:00Z"},
        {"occurred_at": "1969-12-31T23:59:59Z"},
        {"occurred_at": "2027-01-15T08:06:00Z"},
        {"occurred_at": "0001-01-01T00:00:00+23:59"},
        {"sequence": -1},
        {"version": "1"},
        {"name": ""},
        {"venue": "x" * 33},
    ],
)
async def test_a_membership_event_of_another_form_changes_nothing(
    world: World, client: httpx.AsyncClient, changed: dict[str, object]
) -> None:
    world.central().members.import_members(MAIN, [ADA])
    body = SUSPENDED | changed
    answer = await client.post(f"{API}/membership-events", json=body, headers=sender(world))
    assert (answer.status_code, problem_in(answer)) == (400, "malformed")
    assert world.central().members.all(MAIN) == [ADA]


async def test_only_the_membership_system_sends_its_events(
    world: World, client: httpx.AsyncClient
) -> None:
    for headers in (sender(world, Role.READ), sender(world, Role.MANAGE)):
        answer = await client.post(f"{API}/membership-events", json=SUSPENDED, headers=headers)
        assert problem_in(answer) == "not_permitted"
    headers = sender(world)
    answer = await client.get(f"{API}/cards/{NOBODY}", headers=headers)
    assert problem_in(answer) == "not_permitted"
    body = SUSPENDED | {"venue": "pool"}
    answer = await client.post(f"{API}/membership-events", json=body, headers=headers)
    assert problem_in(answer) == "not_permitted"


async def test_a_member_follows_the_membership_system(
    world: World, client: httpx.AsyncClient
) -> None:
    client.headers.update(sender(world))

    async def send(event: str, minute: int, **more: object) -> tuple[str, MemberStatus]:
        at = f"2027-01-15T07:{minute:02d}:00+00:00"
        body = {"event": event, "member": "M-7", "occurred_at": at, **more}
        answer = await client.post(f"{API}/membership-events", json=body)
        [member] = world.central().members.all(MAIN)
        assert member.display_name == "Grace H."
        return answer.json()["outcome"], member.status

    assert await send("joined", 10, name="Grace H.") == ("applied", MemberStatus.ACTIVE)
    assert await send("suspended", 11) == ("applied", MemberStatus.SUSPENDED)
    assert await send("suspended", 11) == ("duplicate", MemberStatus.SUSPENDED)
    assert await send("reinstated", 12, id="E-1") == ("applied", MemberStatus.ACTIVE)
    assert await send("reinstated", 13, id="E-1") == ("duplicate", MemberStatus.ACTIVE)
    assert await send("cancelled", 9) == ("stale", MemberStatus.ACTIVE)
    assert await send("expired", 20, sequence=2) == ("applied", MemberStatus.EXPIRED)
    assert await send("reinstated", 30, sequence=1) == ("stale", MemberStatus.EXPIRED)
    assert await send("cancelled", 31) == ("applied", MemberStatus.CANCELLED)


async def test_what_changes_nothing_makes_no_new_documents(
    world: World, client: httpx.AsyncClient
) -> None:
    world.central().members.import_members(MAIN, [ADA])
    with world.fake.read() as tx:
        before = tx.documents.revision(MAIN)
    body = SUSPENDED | {"event": "reinstated"}
    answer = await client.post(f"{API}/membership-events", json=body, headers=sender(world))
    assert answer.json() == {"outcome": "applied"}
    with world.fake.read() as tx:
        assert tx.documents.revision(MAIN) == before


async def test_under_a_key_the_first_answer_comes_again(
    world: World, client: httpx.AsyncClient
) -> None:
    world.central().members.import_members(MAIN, [ADA])
    client.headers.update(sender(world))
    keyed = {"Idempotency-Key": "one"}

    async def send(body: object, headers: dict[str, str]) -> httpx.Response:
        return await client.post(f"{API}/membership-events", json=body, headers=headers)

    assert (await send(SUSPENDED, keyed)).json() == {"outcome": "applied"}
    assert (await send(SUSPENDED, keyed)).json() == {"outcome": "applied"}
    assert (await send(SUSPENDED, {})).json() == {"outcome": "duplicate"}
    assert (await send(SUSPENDED, {"Idempotency-Key": "two"})).json() == {"outcome": "duplicate"}
    other = await send(SUSPENDED | {"event": "cancelled"}, keyed)
    assert (other.status_code, problem_in(other)) == (422, "key_reused")
    bad = await send(SUSPENDED, {"Idempotency-Key": "tab\tbed"})
    assert (bad.status_code, problem_in(bad)) == (400, "malformed")
    [member] = world.central().members.all(MAIN)
    assert member.status is MemberStatus.SUSPENDED


async def test_an_event_that_cannot_be_kept_leaves_no_answer_under_its_key(
    world: World, client: httpx.AsyncClient
) -> None:
    world.central().members.import_members(MAIN, [ADA])
    client.headers.update(sender(world) | {"Idempotency-Key": "one"})
    world.fake.is_down = True
    answer = await client.post(f"{API}/membership-events", json=SUSPENDED)
    assert answer.status_code == 503
    world.fake.is_down = False
    answer = await client.post(f"{API}/membership-events", json=SUSPENDED)
    assert answer.json() == {"outcome": "applied"}
