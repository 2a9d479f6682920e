"""The API is as its description says, whatever is sent: schemathesis, with every check and a fixed seed."""

import json
import os
import re
from collections.abc import Iterator
from typing import Final

import msgspec
import pytest
import schemathesis
from schemathesis import engine
from schemathesis.engine import Status, events
from starlette.types import ASGIApp, Receive, Scope, Send

from cardcore.card import Mode
from central.auth import Allowance
from central.bootstrap import wire_app
from central.ports.records import Role
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import MAIN, World, card_of_ada, device_of, enrol

SEED: Final = 4
IN_CI: Final = bool(os.environ.get("CI"))
EXAMPLES: Final = (
    5 if IN_CI else 3
)  # an operation; with the cases of coverage, in CI, some 14,000 checks in all
# What a request that fits its schema may be answered, beside success: what is not there, contradicts, is known already.
GOOD: Final = ["2xx", "304", "401", "403", "404", "409", "422", "429", "503"]
REFERENCE: Final = re.compile(r'"#/components/schemas/(\w+)"')
HARD_TO_SAY: Final = re.compile(r'"(integer|date|date-time)"|_key"')
ENDLESS: Final = Allowance(a_second=1e6, at_once=1_000_000)


def finer_than_schemas(document: dict[str, object]) -> list[str]:
    """Operations of whose bodies a schema cannot say all: no month has a day 31 by it, and 0.0 is an integer to it."""
    components = msgspec.convert(document["components"], dict[str, dict[str, object]])
    schemas = components["schemas"]

    def told(schema: object) -> str:
        text = json.dumps(schema)
        return text + "".join(told(schemas[name]) for name in REFERENCE.findall(text))

    paths = msgspec.convert(document["paths"], dict[str, dict[str, dict[str, object]]])
    return [
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if HARD_TO_SAY.search(told(operation.get("requestBody", {})))
    ]


class Ticking:
    """Two seconds pass at each call, so that failed logins are refused as such and not for their number."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._world.clock.seconds += 2
        await self._app(scope, receive, send)


@pytest.fixture
def schema() -> schemathesis.BaseSchema:
    world = World()
    central = world.central()
    enrolled = enrol(central)
    door = FakeDoor(central, device_of(central, enrolled))
    door.log(card_id=card_of_ada(central).card_id)
    door.write(b"strange")
    door.hand_in()
    operator = central.operators.add("ann", roles=list(Role), audiences=[MAIN]).token
    app = Ticking(wire_app(central, allowance=ENDLESS), world)
    expects = {"positive_data_acceptance": {"expected-statuses": GOOD}}
    finer = {"positive_data_acceptance": {"expected-statuses": [*GOOD, "400"]}}
    link = central.tokens.open_link(card_of_ada(central, Mode.ONLINE).card_id)
    phone = central.tokens.claim_link(link.secret).phone_token
    assert phone is not None
    tokens = {
        "device_token": enrolled.token,
        "operator_token": operator,
        "phone_token": phone,
    }
    login = {"Authorization": f"Bearer {operator}"}
    document = schemathesis.openapi.from_asgi("/openapi.json", app, headers=login).raw_schema
    config = schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "cache": {"enabled": False},
            "auth": {"openapi": {name: {"bearer": token} for name, token in tokens.items()}},
            "generation": {
                "max-examples": EXAMPLES,
                "deterministic": True,
                "database": "none",
            },
            "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": IN_CI}},
            "checks": expects,
            "operations": [
                {"include-name": name, "checks": finer} for name in finer_than_schemas(document)
            ],
        }
    )
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=config, headers=login)


def test_the_api_is_as_its_description_says(schema: schemathesis.BaseSchema) -> None:
    checks: list[str] = []
    faults: list[str] = []
    operations: set[str] = set()
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            operations.add(str(event.label))
            for check, fault in _checks_in(event):
                checks.append(check)
                faults += fault
        elif isinstance(event, events.NonFatalError | events.FatalError):
            faults.append(repr(event))
    assert faults == []
    assert len(operations) >= 19
    assert len(checks) > (10_000 if IN_CI else 500)
    assert {"not_a_server_error", "response_schema_conformance", "ignored_auth"} <= set(checks)


def _checks_in(event: events.ScenarioFinished) -> Iterator[tuple[str, list[str]]]:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            fault: list[str] = []
            if check.status is not Status.SUCCESS:
                seen = event.recorder.interactions[case_id]
                seen = event.recorder.interactions[case_id]
                fault = [f"{check.name}: {check.failure_info} {seen.request} {seen.response}"]
            yield check.name, fault
