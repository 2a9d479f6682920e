"""Whatever is sent, the answer is a problem with a stable type: never a 500, never a trace."""

import gzip
import json
import logging
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from cardcore import wire
from tests.fakes.central_http import API, JSON, client_of, problem_in
from tests.fakes.central_material import EPOCH, POOL, World, batch, card_of_ada, chain, enrol

BATCHES = f"{API}/devices/me/audit/batches"
MARK = f"{API}/devices/me/audit/mark"
ENROL = f"{API}/devices/enrol"
CLAIM = "/mapi/v1.0/links/claim"
GZIP = {**JSON, "Content-Encoding": "gzip"}


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(world) as client:
        client.headers["Authorization"] = f"Bearer {enrol(world.central()).token}"
        yield client


@pytest.mark.parametrize("path", [ENROL, CLAIM, BATCHES])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b"\xff\xfe",
        b'{"selector": 1, "secret": [], "program": {}}',
        b'{"selector": "", "secret": "A", "program": "p"}',
        b'{"link": ""}',
        b'{"link": null}',
        b'{"epoch": "ZZ", "first": 1, "entries": ["AA=="]}',
        b'{"epoch": "0001020304050607", "first": -1, "entries": ["AA=="]}',
        b'{"epoch": "0001020304050607", "first": 0, "entries": ["AA=="]}',
        b'{"epoch": "00", "first": 1, "entries": ["AA=="]}',
        b'{"epoch": "0001020304050607", "first": 1, "entries": []}',
        b'{"epoch": "0001020304050607", "first": 1, "entries": ["?"]}',
        b'{"epoch": "0001020304050607", "first": 1e99, "entries": ["AA=="]}',
        b'{"epoch": "0001020304050607", "first": 9223372036854775807, "entries": ["AA=="]}',
        b"[" * 8_000,
        b'{"selector": "' + b"A" * 65 + b'", "secret": "A", "program": "p"}',
    ],
)
async def test_a_body_of_another_form_is_malformed(
    client: httpx.AsyncClient, path: str, body: bytes
) -> None:
    answer = await client.post(path, content=body, headers=JSON)
    assert (answer.status_code, problem_in(answer)) == (400, "malformed")


async def test_more_entries_than_a_batch_has_are_malformed(client: httpx.AsyncClient) -> None:
    body = {"epoch": EPOCH.hex(), "first": 1, "entries": ["AA=="] * (wire.MAX_BATCH_ENTRIES + 1)}
    answer = await client.post(BATCHES, json=body)
    assert problem_in(answer) == "malformed"


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
async def test_another_content_type_is_refused(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post(ENROL, content=b"{}", headers={"Content-Type": kind})
    assert (answer.status_code, problem_in(answer)) == (415, "unsupported_media_type")


async def test_a_content_type_may_name_its_character_set(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    answer = await client.post(ENROL, content=b"{}", headers=headers)
    assert problem_in(answer) == "malformed"


@pytest.mark.parametrize("packing", ["br", "deflate", "gzip, gzip", "zstd"])
async def test_another_packing_is_refused(client: httpx.AsyncClient, packing: str) -> None:
    headers = {**JSON, "Content-Encoding": packing}
    answer = await client.post(BATCHES, content=b"{}", headers=headers)
    assert (answer.status_code, problem_in(answer)) == (415, "unsupported_media_type")


async def test_a_body_over_the_cap_is_refused_while_it_is_read(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * 1024 * 1024:
            sent += 65_536
            yield bytes(65_536)

    answer = await client.post(ENROL, content=endless(), headers=JSON)
    assert (answer.status_code, problem_in(answer)) == (413, "too_large")
    assert sent < 1024 * 1024


async def test_a_zip_bomb_is_refused_before_it_unfolds(client: httpx.AsyncClient) -> None:
    bomb = gzip.compress(b" " * (64 * 1024 * 1024))
    assert len(bomb) < 100_000
    answer = await client.post(BATCHES, content=bomb, headers=GZIP)
    assert (answer.status_code, problem_in(answer)) == (413, "too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no gzip",
        b"{}",
        gzip.compress(b"{}", mtime=0)[:-1],
        gzip.compress(b"{}", mtime=0) + b"x",
        gzip.compress(b"{}", mtime=0) + gzip.compress(b"{}", mtime=0),
        gzip.compress(b"{}", mtime=0)[:-8] + bytes(8),
        zlib.compress(b"{}"),
    ],
)
async def test_broken_gzip_is_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(BATCHES, content=body, headers=GZIP)
    assert (answer.status_code, problem_in(answer)) == (400, "malformed")


@pytest.mark.parametrize(
    "card_id",
    ["00" * 16, "zz" * 16, "0", "A" * 32, "00" * 17, "%00", "\u0661" * 32, "..", "%F0%9F"],
)
async def test_an_unknown_card_is_a_404(client: httpx.AsyncClient, card_id: str) -> None:
    answer = await client.get(f"{API}/cards/{card_id}/status")
    assert answer.status_code == 404
    assert problem_in(answer) in {"unknown_card", "not_found"}


async def test_a_card_of_another_venue_is_unknown(world: World, client: httpx.AsyncClient) -> None:
    card = card_of_ada(world.central())
    client.headers["Authorization"] = f"Bearer {enrol(world.central(), POOL).token}"
    answer = await client.get(f"{API}/cards/{card.card_id.hex()}/status")
    assert (answer.status_code, problem_in(answer)) == (404, "unknown_card")


@pytest.mark.parametrize("query", ["", "?epoch=", "?epoch=zz", "?epoch=00", "?epoch=%F0%28%8C"])
async def test_a_mark_needs_an_epoch(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(MARK + query)
    assert (answer.status_code, problem_in(answer)) == (400, "malformed")


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1/devices/enrol", "/api/vx/keys", "/docs", "/redoc", "/%00"]
)
async def test_nothing_is_where_nothing_is(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, problem_in(answer)) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "BREW"])
async def test_another_method_is_refused(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, ENROL)
    assert (answer.status_code, problem_in(answer)) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic dTpw", "bearer\t", "Bearer \xff"]
)
@pytest.mark.parametrize(
    "path",
    [f"{API}/devices/me/keyset", f"{API}/devices/me/snapshot", f"{API}/cards/00/status", MARK],
)
async def test_nobody_learns_anything_without_a_token(
    client: httpx.AsyncClient, path: str, value: str
) -> None:
    answer = await client.get(path, headers={b"Authorization": value.encode("latin-1")})
    assert (answer.status_code, problem_in(answer)) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_gap_says_where_the_log_stands(client: httpx.AsyncClient) -> None:
    sent = wire.serialise(batch(chain(1, "d-1", first=7), first=7))
    answer = await client.post(BATCHES, content=sent, headers=JSON)
    assert (answer.status_code, problem_in(answer)) == (409, "gap")
    assert wire.parse(answer.content, wire.Problem).mark == 0


async def test_a_code_cannot_be_guessed_fast(world: World, client: httpx.AsyncClient) -> None:
    guess = {"selector": "AAAAAAAA", "secret": "A" * 16, "program": "p"}
    for _ in range(10):
        answer = await client.post(ENROL, json=guess)
        assert (answer.status_code, problem_in(answer)) == (403, "enrolment_refused")
    answer = await client.post(ENROL, json=guess)
    assert (answer.status_code, problem_in(answer)) == (429, "too_many_tries")
    assert answer.headers["Retry-After"] == "60"
    world.clock.seconds += 60
    assert (await client.post(ENROL, json=guess)).status_code == 403


async def test_a_link_cannot_be_guessed_fast(client: httpx.AsyncClient) -> None:
    for _ in range(10):
        answer = await client.post(CLAIM, json={"link": "0" * 32})
        assert (answer.status_code, problem_in(answer)) == (403, "link_refused")
    assert (await client.post(CLAIM, json={"link": "0" * 32})).status_code == 429


@pytest.mark.parametrize("version", ["", "2.0", "1", "x" * 100])
async def test_an_unknown_version_is_refused(client: httpx.AsyncClient, version: str) -> None:
    answer = await client.get("/health/live", headers={"X-API-Version": version})
    assert (answer.status_code, problem_in(answer)) == (400, "unsupported_version")
    assert "1.0" in answer.json()["detail"]


async def test_a_database_that_is_gone_is_a_503(
    world: World, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    world.fake.is_down = True
    answer = await client.get(f"{API}/devices/me/keyset")
    assert (answer.status_code, problem_in(answer)) == (503, "storage_down")
    assert answer.headers["Retry-After"] == "5"
    assert "disk" not in answer.text
    assert "disk I/O error" in caplog.text
    assert (await client.get("/health/ready")).status_code == 503
    assert (await client.get("/health/live")).status_code == 200
    world.fake.is_down = False
    assert (await client.get(f"{API}/devices/me/keyset")).status_code == 200


async def test_a_fault_nobody_foresaw_says_nothing_of_itself(
    world: World, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    del world.fake._kept.keys
    answer = await client.get(f"{API}/devices/me/keyset")
    assert (answer.status_code, problem_in(answer)) == (500, "internal")
    assert set(json.loads(answer.content)) == {
        "type",
        "title",
        "status",
        "detail",
        "mark",
        "document",
    }
    assert "AttributeError" in caplog.text
    assert "AttributeError" not in answer.text


async def test_no_secret_is_in_a_log(
    world: World, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="gatepost")
    await client.get(f"{API}/devices/me/keyset")
    await client.post(ENROL, json={"selector": "AAAAAAAA", "secret": "SESAME22", "program": "p"})
    world.fake.is_down = True
    await client.get(f"{API}/devices/me/keyset")
    assert client.headers["Authorization"].removeprefix("Bearer ") not in caplog.text
    assert "SESAME22" not in caplog.text
