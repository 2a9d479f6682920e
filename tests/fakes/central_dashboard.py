"""Somebody with a browser before the dashboard, in this process."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from central.ports.records import Role
from tests.fakes.central_http import client_of
from tests.fakes.central_material import MAIN, World
from tests.fakes.central_office import operator

CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Visitor:
    """Keeps cookies like a browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.csrf = ""

    async def get(self, path: str = "", status: int = 200) -> httpx.Response:
        answer = await self.client.get(f"/dashboard{path}")
        assert answer.status_code == status, answer.text
        found = CSRF.search(answer.text)
        if found is not None:
            self.csrf = found[1]
        return answer

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.client.post(f"/dashboard{path}", data={"csrf": self.csrf} | fields)

    async def log_in(self, token: str) -> httpx.Response:
        await self.get("/login")
        return await self.post("/login", token=token)


@asynccontextmanager
async def visiting(world: World, *, role: Role | None = Role.MANAGE) -> AsyncIterator[Visitor]:
    """A visitor, logged in as ``kim`` with this role in ``main``; None for one who is not."""
    async with client_of(world) as client:
        visitor = Visitor(client)
        if role is not None:
            operator(world.storage or world.fake, "kim", (role, MAIN))
            answer = await visitor.log_in("token of kim")
            assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard")
            await visitor.get()
        yield visitor
