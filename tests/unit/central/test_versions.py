"""Which version a call speaks, and what the answer says of it."""

import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from cardcore import wire
from cardcore.ids import UnixSeconds
from central.bootstrap import wire_app
from central.versioning import Deprecation, DeprecationLog, Versions, canonical_path, negotiate
from tests.fakes.central_http import API, client_of, problem_in
from tests.fakes.central_material import World, card_of_ada, enrol
from tests.fakes.central_world import NOON, FakeClock

OLD = Versions(
    deprecated={"1.0": Deprecation(since=UnixSeconds(NOON - 1), sunset=UnixSeconds(NOON + 86_400))}
)
BETA = "application/vnd.digitalcard.v2.0-beta+json"


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(world) as client:
        client.headers["Authorization"] = f"Bearer {enrol(world.central()).token}"
        yield client


@pytest.fixture
async def old(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Central in a time when 1.0 is deprecated."""
    transport = httpx.ASGITransport(wire_app(world.central(), versions=OLD))
    async with httpx.AsyncClient(transport=transport, base_url="http://central.test") as client:
        client.headers["Authorization"] = f"Bearer {enrol(world.central()).token}"
        yield client


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v9.9/devices/me/keyset", {}),
        ("/api/v2.0/devices/me/keyset", {}),
        (f"{API}/devices/me/keyset", {"X-API-Version": "9.9"}),
        (f"{API}/devices/me/keyset", {"X-API-Version": "\xff"}),
        (f"{API}/devices/me/keyset", {"Accept": "application/vnd.digitalcard.v9.9+json"}),
        ("/api/v2.0-beta/devices/me/keyset", {"X-API-Version": "9.9", "Accept": BETA}),
        ("/health/live", {"X-API-Version": "9.9"}),
    ],
)
async def test_a_version_that_is_not_spoken_is_refused_with_those_that_are(
    client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    answer = await client.get(path, headers=raw)
    assert (answer.status_code, problem_in(answer)) == (400, "unsupported_version")
    told = wire.parse(answer.content, wire.VersionProblem)
    assert (told.supported, told.default) == (["1.0", "2.0-beta"], "1.0")


@pytest.mark.parametrize(
    ("header", "accept", "in_path", "spoken"),
    [
        ("1.0", BETA, "2.0-beta", "1.0"),
        (None, BETA, "1.0", "2.0-beta"),
        (None, f"text/html, {BETA};q=0.5", None, "2.0-beta"),
        (None, f"application/vnd.digitalcard.v9+json, {BETA}", None, "2.0-beta"),
        (None, "application/json", "2.0-beta", "2.0-beta"),
        (None, "*/*", None, "1.0"),
    ],
)
def test_the_header_wins_then_accept_then_the_path_then_the_default(
    header: str | None, accept: str, in_path: str | None, spoken: str
) -> None:
    assert negotiate(Versions(), header=header, accept=accept, in_path=in_path) == spoken


@pytest.mark.parametrize(
    ("path", "canonical", "version"),
    [
        ("/api/v2.0-beta/cards/x", "/api/v1.0/cards/x", "2.0-beta"),
        ("/mapi/v1.0/links", "/mapi/v1.0/links", "1.0"),
        ("/api/v2.0-betamax!/x", "/api/v2.0-betamax!/x", None),
        ("/apis/v1.0/x", "/apis/v1.0/x", None),
        ("/health/live", "/health/live", None),
    ],
)
def test_every_version_has_the_same_routes(path: str, canonical: str, version: str | None) -> None:
    assert canonical_path(path) == (canonical, version)


async def test_the_beta_tells_a_members_standing_as_an_object_with_links(
    world: World, client: httpx.AsyncClient
) -> None:
    card_id = card_of_ada(world.central()).card_id.hex()
    for path, headers in (
        (f"/api/v2.0-beta/cards/{card_id}/status", {}),
        (f"{API}/cards/{card_id}/status", {"X-API-Version": "2.0-beta"}),
        (f"{API}/cards/{card_id}/status", {"Accept": BETA}),
    ):
        answer = await client.get(path, headers=headers)
        told = wire.parse(answer.content, wire.CardStatusBeta)
        assert (told.standing.status.value, told.standing.display_name) == ("active", "Ada L.")
        assert "member_status" not in answer.json()
        assert answer.headers["X-API-Version"] == "2.0-beta"
        assert answer.headers["Content-Type"] == BETA
        assert (await client.get(told.links.self)).json()["card_id"] == card_id
        assert (await client.get(told.links.snapshot)).status_code == 200


async def test_a_door_that_names_plain_json_gets_plain_json(
    world: World, client: httpx.AsyncClient
) -> None:
    path = f"{API}/cards/{card_of_ada(world.central()).card_id.hex()}/status"
    answer = await client.get(path, headers={"Accept": "application/json, application/cose"})
    assert answer.headers["Content-Type"] == "application/json"
    assert wire.parse(answer.content, wire.CardStatusAnswer).display_name == "Ada L."


async def test_a_body_may_come_in_the_vendors_type(client: httpx.AsyncClient) -> None:
    kind = {"Content-Type": "application/vnd.digitalcard.v1.0+json"}
    answer = await client.post(f"{API}/devices/enrol", content=b"{}", headers=kind)
    assert problem_in(answer) == "malformed"


async def test_nothing_is_deprecated_that_is_not(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live")
    assert not {"Deprecation", "Sunset", "Warning"} & {name.title() for name in answer.headers}
    assert "_meta" not in answer.json()


async def test_a_deprecated_version_says_so_in_headers_and_body(
    world: World, old: httpx.AsyncClient
) -> None:
    card_id = card_of_ada(world.central()).card_id.hex()
    answer = await old.get(f"{API}/cards/{card_id}/status")
    assert answer.headers["Deprecation"] == f"@{NOON - 1}"
    assert answer.headers["Sunset"] == "Sat, 16 Jan 2027 08:00:00 GMT"
    assert answer.headers["Warning"].startswith('299 - "API version 1.0 is deprecated')
    assert "1.0 is deprecated" in answer.json()["_meta"]["deprecation_warning"]
    assert wire.parse(answer.content, wire.CardStatusAnswer).card_id == card_id
    problem = await old.get(f"{API}/cards/{'0' * 32}/status")
    assert "_meta" in problem.json()
    assert "_meta" in (await old.get("/nowhere")).json()
    newer = await old.get(f"/api/v2.0-beta/cards/{card_id}/status")
    assert "Deprecation" not in newer.headers
    assert "_meta" not in newer.json()


async def test_a_signed_document_stays_as_it_is_in_a_deprecated_version(
    old: httpx.AsyncClient,
) -> None:
    answer = await old.get(f"{API}/devices/me/keyset")
    assert answer.headers["Content-Type"] == wire.DOCUMENT_TYPE
    assert b"_meta" not in answer.content
    assert answer.headers["Deprecation"]


async def test_who_calls_a_deprecated_version_is_logged_once_a_minute(
    world: World, old: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await old.get(f"{API}/devices/me/keyset")
        await old.get("/health/live")
    device = world.central().devices.all()[0].device_id
    assert caplog.text.count(f"called by device {device}") == 1
    assert caplog.text.count("called by address 127.0.0.1") == 1
    world.clock.seconds += 60
    await old.get(f"{API}/devices/me/keyset")
    assert caplog.text.count(f"called by device {device}") == 2
    await old.get("/api/v2.0-beta/devices/me/keyset")
    assert "2.0-beta called" not in caplog.text


def test_many_clients_do_not_fill_the_memory(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    log = DeprecationLog(clock=FakeClock(), versions=OLD)
    for number in range(10_050):
        log.note("1.0", str(number))
    assert len(log._said) <= 10_000
