import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from central.errors import Kind, UnprocessableError
from central.ops import bodies
from central.ops.bodies import read_body


async def test_a_caller_who_hangs_up_is_no_fault_of_ours() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    headers = [(b"content-type", b"application/json")]
    request = Request({"type": "http", "headers": headers}, receive)
    with pytest.raises(UnprocessableError) as refused:
        await read_body(request, 10)
    assert refused.value.kind is Kind.MALFORMED


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_WITHIN_S", 0.01)

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    headers = [(b"content-type", b"application/json")]
    request = Request({"type": "http", "headers": headers}, receive)
    with pytest.raises(UnprocessableError) as refused:
        await read_body(request, 10)
    assert refused.value.kind is Kind.TOO_SLOW
