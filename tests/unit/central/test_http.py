"""What doors and phones get over HTTP when all is well."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from starlette.types import Message, Scope

from cardcore import wire
from cardcore.documents import DocumentKind, RootKey, open_document
from cardcore.ids import DoorId, Kid, MemberId
from cardcore.keyset_document import key_set_in
from cardcore.membership import MemberStatus
from cardcore.phone import LinkAnswer, LinkClaim
from cardcore.snapshot_document import rows_in
from central.bootstrap import wire_app
from tests.fakes.central_http import API, JSON, client_of, problem_in
from tests.fakes.central_material import (
    ADA,
    BOB,
    EPOCH,
    MAIN,
    POOL,
    World,
    batch,
    card_of_ada,
    chain,
    enrol,
    request_of,
)
from tests.fakes.central_world import NOON

STRANGER = MemberId("M-3")


@pytest.fixture
def enrolled(world: World) -> wire.EnrolAnswer:
    return enrol(world.central())


@pytest.fixture
async def client(world: World, enrolled: wire.EnrolAnswer) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(world) as client:
        client.headers["Authorization"] = f"Bearer {enrolled.token}"
        yield client


def root_of(answer: wire.EnrolAnswer) -> RootKey:
    return RootKey(
        kid=Kid(wire.bytes_of(answer.root_kid)), public_key=wire.bytes_of(answer.root_public_key)
    )


async def test_a_door_enrols_and_gets_its_key_set(world: World) -> None:
    code = world.central().devices.make_code(MAIN, DoorId("North"))
    async with client_of(world) as client:
        body = wire.serialise(request_of(code.text))
        answer = await client.post(f"{API}/devices/enrol", content=body, headers=JSON)
        assert answer.status_code == 200
        enrolled = wire.parse(answer.content, wire.EnrolAnswer)
        token = {"Authorization": f"bearer {enrolled.token}"}
        answer = await client.get(f"{API}/devices/me/keyset", headers=token)
    assert answer.headers["Content-Type"] == wire.DOCUMENT_TYPE
    document = open_document(
        answer.content, root=root_of(enrolled), kind=DocumentKind.KEY_SET, audience=MAIN
    )
    assert len(key_set_in(document).keys) == 3
    assert document.expires_at - document.issued_at == 7 * 86_400


async def test_a_snapshot_has_every_card(
    world: World, client: httpx.AsyncClient, enrolled: wire.EnrolAnswer
) -> None:
    card = card_of_ada(world.central())
    answer = await client.get(f"{API}/devices/me/snapshot")
    document = open_document(
        answer.content, root=root_of(enrolled), kind=DocumentKind.SNAPSHOT, audience=MAIN
    )
    [row] = rows_in(document)
    assert (row.card_id, row.standing.display_name) == (card.card_id, ADA.display_name)
    assert document.expires_at - document.issued_at == 86_400


@pytest.mark.parametrize("path", ["keyset", "snapshot"])
async def test_a_document_that_the_door_has_is_not_sent_again(
    world: World, client: httpx.AsyncClient, path: str
) -> None:
    url = f"{API}/devices/me/{path}"
    tag = (await client.get(url)).headers["ETag"]
    again = await client.get(url, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    card_of_ada(world.central())
    assert (await client.get(url, headers={"If-None-Match": tag})).status_code == 200


async def test_a_door_asks_how_a_card_stands(world: World, client: httpx.AsyncClient) -> None:
    card = card_of_ada(world.central())
    world.central().members.set_status(MAIN, ADA.member_id, MemberStatus.EXPIRED)
    answer = await client.get(f"{API}/cards/{card.card_id.hex()}/status")
    standing = wire.parse(answer.content, wire.CardStatusAnswer)
    assert standing.member_status is MemberStatus.EXPIRED
    assert answer.headers["Content-Type"] == "application/vnd.digitalcard.v1.0+json"


@pytest.mark.parametrize("packed", [True, False])
async def test_a_door_hands_in_its_log(
    client: httpx.AsyncClient, enrolled: wire.EnrolAnswer, *, packed: bool
) -> None:
    body = wire.serialise(batch(chain(500, enrolled.device_id)))
    headers = {**JSON, "Content-Encoding": "gzip"} if packed else JSON
    answer = await client.post(
        f"{API}/devices/me/audit/batches",
        content=gzip.compress(body) if packed else body,
        headers=headers,
    )
    taken = wire.parse(answer.content, wire.BatchAnswer)
    assert (taken.mark, taken.accepted, taken.quarantined) == (500, 500, [])
    answer = await client.get(f"{API}/devices/me/audit/mark", params={"epoch": EPOCH.hex()})
    mark = wire.parse(answer.content, wire.MarkAnswer)
    assert (mark.mark, mark.hash) == (500, taken.hash)


async def test_a_door_asks_how_a_member_stands(world: World, client: httpx.AsyncClient) -> None:
    world.central().members.import_members(MAIN, [ADA, BOB])
    world.central().members.import_members(POOL, [replace(ADA, audience=POOL, member_id=STRANGER)])
    answer = await client.get(f"{API}/members/M-2/status")
    assert wire.parse(answer.content, wire.MemberStatusAnswer) == wire.MemberStatusAnswer(
        member_id="M-2", status=MemberStatus.SUSPENDED, display_name=None, as_of=NOON
    )
    for unknown in (STRANGER, "M-9", "%00", "%C3%BC"):
        answer = await client.get(f"{API}/members/{unknown}/status")
        assert (answer.status_code, problem_in(answer)) == (404, "unknown_member")


async def test_a_phone_claims_its_card(world: World, client: httpx.AsyncClient) -> None:
    central = world.central()
    link = central.tokens.open_link(card_of_ada(central).card_id)
    body = wire.serialise(LinkClaim(link=link.secret))
    answer = await client.post("/mapi/v1.0/links/claim", content=body, headers=JSON)
    assert wire.parse(answer.content, LinkAnswer).card_id == link.card_id.hex()


async def test_every_answer_says_which_versions_there_are(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/health/ready", "/openapi.json", "/nowhere"):
        answer = await client.get(path, headers={"X-API-Version": "1.0"})
        assert answer.headers["X-API-Version"] == "1.0"
        assert answer.headers["X-API-Version-Supported"] == "1.0, 2.0-beta"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_description_names_every_route_and_only_real_schemas(
    client: httpx.AsyncClient,
) -> None:
    described = (await client.get("/openapi.json")).json()
    assert described["openapi"] == "3.1.0"
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert operations.keys() >= {
        f"POST {API}/devices/enrol",
        f"GET {API}/devices/me/keyset",
        f"GET {API}/devices/me/snapshot",
        f"GET {API}/cards/{{card_id}}/status",
        f"GET {API}/devices/me/audit/mark",
        f"POST {API}/devices/me/audit/batches",
        "POST /mapi/v1.0/links/claim",
        f"GET {API}/devices/me/admissions",
        f"POST {API}/devices/me/heartbeat",
        f"GET {API}/devices/me/time",
        f"GET {API}/incidents",
        f"POST {API}/incidents/{{incident_id}}/handled",
        f"GET {API}/devices",
        f"GET {API}/keys",
        f"GET {API}/audit",
        "GET /health/live",
        "GET /health/ready",
        "GET /health/full",
    }
    schemas = described["components"]["schemas"]
    for reference in _references(described):
        assert reference.removeprefix("#/components/schemas/") in schemas
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names)
    status = operations[f"GET {API}/cards/{{card_id}}/status"]
    assert {"200", "400", "401", "404", "429", "500", "503"} == set(status["responses"])
    assert status["security"] == [{"device_token": []}]
    assert operations["GET /health/live"]["security"] == []


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [str(item) for key, item in value.items() if key == "$ref"]
        return own + [found for item in value.values() for found in _references(item)]
    if isinstance(value, list):
        return [found for item in value for found in _references(item)]
    return []


async def test_what_is_no_http_is_left_to_the_framework(world: World) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "lifespan.startup" if not sent else "lifespan.shutdown"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
    await wire_app(world.central())(scope, receive, send)
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
