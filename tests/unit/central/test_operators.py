"""Who may call what, and where."""

import logging

import httpx
import pytest

from cardcore.ids import Audience
from central.auth import Allowance, secret_hash
from central.bootstrap import wire_app
from central.errors import CentralError, Kind
from central.ports.records import Role
from tests.fakes.central_http import API, problem_in
from tests.fakes.central_material import MAIN, POOL, World, batch, chain, device_of, enrol

READS = ["incidents", "devices", "keys", "audit"]
UNKNOWN = "0" * 24


def login(world: World, *roles: Role, audiences: tuple[Audience, ...] = (MAIN,)) -> dict[str, str]:
    made = world.central().operators.add(
        f"op-{len(world.central().operators.all())}", roles=roles, audiences=audiences
    )
    return {"Authorization": f"Bearer {made.token}"}


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic dTpw"])
@pytest.mark.parametrize("path", READS)
async def test_nobody_reads_without_a_token(
    client: httpx.AsyncClient, path: str, value: str
) -> None:
    answer = await client.get(f"{API}/{path}", headers={"Authorization": value})
    assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", READS)
async def test_a_devices_token_is_no_operators(
    world: World, client: httpx.AsyncClient, path: str
) -> None:
    token = {"Authorization": f"Bearer {enrol(world.central()).token}"}
    answer = await client.get(f"{API}/{path}", headers=token)
    assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")


async def test_an_operators_token_is_no_devices(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{API}/devices/me/keyset", headers=login(world, Role.MANAGE))
    assert problem_in(answer) == "not_authenticated"


@pytest.mark.parametrize(
    ("role", "read", "manage"),
    [(Role.READ, 200, 403), (Role.MANAGE, 200, 404), (Role.EVENTS, 403, 403)],
)
async def test_each_role_may_do_its_own(
    world: World, client: httpx.AsyncClient, role: Role, read: int, manage: int
) -> None:
    token = login(world, role)
    for path in READS:
        assert (await client.get(f"{API}/{path}", headers=token)).status_code == read
    answer = await client.post(f"{API}/incidents/{UNKNOWN}/handled", headers=token)
    assert answer.status_code == manage
    assert problem_in(answer) == ("not_permitted" if manage == 403 else "unknown_incident")


async def test_an_incident_is_handled_once_under_a_key(
    world: World, client: httpx.AsyncClient
) -> None:
    central = world.central()
    device = device_of(central, enrol(central, MAIN, "North"))
    central.audit.ingest(device, batch([*chain(1, device.device_id), b"strange"]))
    token = login(world, Role.MANAGE)
    found = (await client.get(f"{API}/incidents", headers=token)).json()
    path = f"{API}/incidents/{found['incidents'][0]['id']}/handled"
    keyed = {**token, "Idempotency-Key": "one"}
    first, again = [await client.post(path, headers=keyed) for _ in range(2)]
    assert (first.status_code, again.content) == (200, first.content)
    other = await client.post(f"{API}/incidents/{UNKNOWN}/handled", headers=keyed)
    assert (other.status_code, problem_in(other)) == (422, "key_reused")


async def test_a_revoked_operator_is_nobody(world: World, client: httpx.AsyncClient) -> None:
    token = login(world, Role.READ)
    assert (await client.get(f"{API}/keys", headers=token)).status_code == 200
    world.central().operators.revoke("op-0")
    assert problem_in(await client.get(f"{API}/keys", headers=token)) == "not_authenticated"
    assert (await client.get("/openapi.json", headers=token)).status_code == 401


async def test_venues_do_not_see_each_other(world: World, client: httpx.AsyncClient) -> None:
    central = world.central()
    for audience, door in ((MAIN, "North"), (POOL, "Pool")):
        device = device_of(central, enrol(central, audience, door))
        central.audit.ingest(device, batch([*chain(1, device.device_id), b"strange"]))
    for audience, door in ((MAIN, "North"), (POOL, "Pool")):
        token = login(world, Role.MANAGE, audiences=(audience,))
        seen = {path: (await client.get(f"{API}/{path}", headers=token)).json() for path in READS}
        assert [device["door"] for device in seen["devices"]["devices"]] == [door]
        assert {key["audience"] for key in seen["keys"]["keys"]} == {audience, None}
        assert {i["audience"] for i in seen["incidents"]["incidents"]} == {audience}
        assert len({line["device_id"] for line in seen["audit"]["entries"]}) == 1
    pool = login(world, Role.READ, audiences=(POOL,))
    found = (await client.get(f"{API}/incidents", headers=pool)).json()
    foreign = found["incidents"][0]["id"]
    token = login(world, Role.MANAGE, audiences=(MAIN,))
    answer = await client.post(f"{API}/incidents/{foreign}/handled", headers=token)
    assert problem_in(answer) == "unknown_incident"
    both = login(world, Role.READ, audiences=(MAIN, POOL))
    devices = (await client.get(f"{API}/devices", headers=both)).json()["devices"]
    assert [device["door"] for device in devices] == ["North", "Pool"]


async def test_no_secret_of_a_key_is_told(world: World, client: httpx.AsyncClient) -> None:
    enrol(world.central())
    answer = await client.get(f"{API}/keys", headers=login(world, Role.READ))
    with world.fake.read() as tx:
        secrets = [key.secret.hex() for key in tx.keys.of(MAIN)]
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in answer.text]


async def test_failed_logins_are_slowed_down_and_good_ones_are_not(
    world: World, client: httpx.AsyncClient
) -> None:
    token = login(world, Role.READ)
    for _ in range(60):
        assert (await client.get(f"{API}/keys")).status_code == 401
    for path in (f"{API}/keys", f"{API}/devices/me/keyset", "/openapi.json"):
        answer = await client.get(path, headers={"Authorization": "Bearer guess"})
        assert (answer.status_code, problem_in(answer)) == (429, "too_many_tries")
        assert answer.headers["Retry-After"] == "60"
    assert (await client.get(f"{API}/keys", headers=token)).status_code == 200
    world.clock.seconds += 60
    assert (await client.get(f"{API}/keys")).status_code == 401


async def test_a_device_that_calls_too_often_is_told_to_wait(world: World) -> None:
    allowance = Allowance(a_second=1.0, at_once=3)
    transport = httpx.ASGITransport(wire_app(world.central(), allowance=allowance))
    first, other = enrol(world.central()).token, enrol(world.central(), door="South").token
    async with httpx.AsyncClient(transport=transport, base_url="http://central.test") as client:

        async def ask(token: str | None) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}"}
            return await client.get(f"{API}/devices/me/keyset", headers=headers)

        assert [(await ask(first)).status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = await ask(first)
        assert problem_in(answer) == "too_many_calls"
        assert answer.headers["Retry-After"] == "5"
        assert (await ask(other)).status_code == 200
        world.clock.seconds += 2
        assert [(await ask(first)).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("path", ["/openapi.json", f"{API}/keys", f"{API}/devices/me/keyset"])
async def test_nothing_but_health_is_told_without_a_login(
    client: httpx.AsyncClient, path: str
) -> None:
    assert (await client.get(path)).status_code == 401
    assert (await client.get("/health/live")).status_code == 200


async def test_every_answer_has_the_headers_of_safety(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/nowhere", f"{API}/keys"):
        answer = await client.get(path)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in answer.headers
    answer = await client.get("https://central.test/health/live")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def refused(
    world: World, name: str, roles: tuple[Role, ...], audiences: tuple[Audience, ...]
) -> Kind:
    with pytest.raises(CentralError) as caught:
        world.central().operators.add(name, roles=roles, audiences=audiences)
    return caught.value.kind


@pytest.mark.parametrize("name", ["", "n" * 65, "a\nb"])
def test_an_operator_has_a_name_that_can_be_shown(world: World, name: str) -> None:
    assert refused(world, name, (Role.READ,), (MAIN,)) is Kind.MALFORMED


def test_an_operator_has_a_role_somewhere(world: World) -> None:
    assert refused(world, "ann", (), (MAIN,)) is Kind.MALFORMED
    assert refused(world, "ann", (Role.READ,), ()) is Kind.MALFORMED


def test_a_name_is_taken_until_its_operator_is_revoked(world: World) -> None:
    operators = world.central().operators
    first = operators.add("ann", roles=[Role.READ], audiences=[MAIN])
    assert refused(world, "ann", (Role.READ,), (MAIN,)) is Kind.OPERATOR_EXISTS
    assert operators.revoke("ann") == operators.revoke("ann")
    second = operators.add("ann", roles=[Role.MANAGE], audiences=[POOL])
    assert second.token != first.token
    [kept] = operators.all()
    assert kept.audiences(Role.READ) == {POOL}
    with pytest.raises(CentralError):
        operators.revoke("bob")


def test_neither_a_repr_nor_the_storage_has_the_token(world: World) -> None:
    made = world.central().operators.add("ann", roles=[Role.READ], audiences=[MAIN])
    with world.fake.read() as tx:
        kept = f"{tx.operators.all()!r} {made!r}"
    assert made.token not in kept
    assert len(made.token) == 64


async def test_no_token_of_an_operator_is_in_a_log_or_an_answer(
    world: World, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="gatepost")
    headers = login(world, Role.MANAGE)
    token = headers["Authorization"].removeprefix("Bearer ")
    told = ""
    for is_down in (False, True):
        world.fake.is_down = is_down
        for path in (*(f"{API}/{name}" for name in READS), "/openapi.json", "/nowhere"):
            answer = await client.get(path, headers=headers)
            told += f"{answer.headers} {answer.text}"
    assert "storage" in caplog.text
    assert token not in caplog.text + told
    assert secret_hash(token).hex() not in caplog.text + told


async def test_a_database_that_comes_back_is_used_again(
    world: World, client: httpx.AsyncClient
) -> None:
    headers = login(world, Role.READ)
    world.fake.is_down = True
    for path in READS:
        answer = await client.get(f"{API}/{path}", headers=headers)
        assert (answer.status_code, problem_in(answer)) == (503, "storage_down")
        assert answer.headers["Retry-After"] == "5"
    world.fake.is_down = False
    assert (await client.get(f"{API}/keys", headers=headers)).status_code == 200
