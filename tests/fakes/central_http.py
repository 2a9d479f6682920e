"""Central's HTTP application, called in this process."""

import httpx

from cardcore import wire
from central.bootstrap import Central, wire_app
from central.problems import TYPE_PREFIX
from tests.fakes.central_material import World

API = wire.API_ROOT
JSON = {"Content-Type": "application/json"}


def client_of(world: World, central: Central | None = None) -> httpx.AsyncClient:
    """A client of ``central``, or of a new one over the same storage."""
    app = wire_app(central or world.central())
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://central.test")


def problem_in(answer: httpx.Response) -> str:
    """The stable word of a problem; the answer has to be one, in every way."""
    assert answer.headers["Content-Type"] == wire.PROBLEM_TYPE
    assert answer.headers["X-API-Version"] == "1.0"
    assert "Traceback" not in answer.text
    problem = wire.parse(answer.content, wire.Problem)
    assert problem.status == answer.status_code
    assert problem.title
    assert problem.type.startswith(TYPE_PREFIX)
    return problem.type.removeprefix(TYPE_PREFIX)
