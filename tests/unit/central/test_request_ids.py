"""Each request has an id: on the answer, and in the log."""

import logging

import httpx
import pytest
from starlette.types import Message, Scope

from central.ops.request_ids import RequestIds
from telemetry.trace_context import REQUEST_ID


async def test_the_callers_id_comes_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"X-Request-ID": "door-7.a_B"})
    assert answer.headers["X-Request-ID"] == "door-7.a_B"


@pytest.mark.parametrize("given", ["", "x" * 65, "two words", "<b>", "a;b"])
async def test_an_id_that_cannot_be_written_down_is_replaced(
    client: httpx.AsyncClient, given: str
) -> None:
    answer = await client.get("/nowhere", headers={"X-Request-ID": given})
    assert len(answer.headers["X-Request-ID"]) == 16
    assert answer.headers["X-Request-ID"] != given


async def test_every_request_without_one_has_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/health/live")).headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


async def test_a_call_is_one_line_and_names_its_route_alone(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await client.get(f"/api/v1.0/cards/{'ab' * 16}/status", headers={"X-Request-ID": "r-1"})
    lines = [one.getMessage() for one in caplog.records if one.name == "gatepost.central"]
    assert len(lines) <= 1
    assert "ab" * 16 not in "".join(lines)


async def test_what_is_no_request_passes() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: object, send: object) -> None:  # noqa: ARG001 -- ASGI
        seen.append(f"{scope['type']} {REQUEST_ID.get()!r}")

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_message: Message) -> None:
        return None

    await RequestIds(app, lambda: "new")({"type": "lifespan"}, receive, send)
    assert seen == ["lifespan ''"]
