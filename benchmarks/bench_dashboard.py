"""The dashboard's first byte with many entries, beside its own with ten thousand.

GATEPOST_BENCH_LONG=1: ten million entries on PostgreSQL and a million on SQLite; else a fifth of a million on both.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from benchmarks.bench_central import serving
from benchmarks.conftest import Bench
from benchmarks.figures import FIGURES, Figure
from benchmarks.many_entries import fill
from central.bootstrap import wire_central
from central.ops.system_clock import SystemClock
from central.ports.records import Role
from central.storage.transaction import open_storage
from tests.fakes.central_material import MAIN
from tests.fakes.postgres import Postgres, binaries, running

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(["127.0.0.1"])]

LONG = os.environ.get("GATEPOST_BENCH_LONG") == "1"
FEW = 10_000
MANY = {
    "SQLite": 1_000_000 if LONG else 200_000,
    "PostgreSQL": 10_000_000 if LONG else 200_000,
}
RATIO = {
    name: Figure(name=f"dashboard with {many:,} / {FEW:,} entries, {name}", limit=1.5)
    for name, many in MANY.items()
}
FIRST = {
    name: Figure(name=f"dashboard's first byte, {many:,} entries, {name}", limit=150, unit="ms")
    for name, many in MANY.items()
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    if binaries() is None:
        pytest.skip("PostgreSQL 15 is missing")
    with running(durable=True) as server:
        yield server


@pytest.fixture(params=list(MANY))
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def urls(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> dict[str, str]:
    """A database with few entries, and one with many."""
    found = {}
    for name, count in (("few", FEW), ("many", MANY[database])):
        if database == "SQLite":
            url = f"sqlite:///{tmp_path / name}.sqlite3"
        else:
            server: Postgres = request.getfixturevalue("postgres")
            url = server.new_database()
        began = time.perf_counter()
        fill(url, count)
        print(f"\n{database}: {count:,} entries in {time.perf_counter() - began:.0f} s", end="")
        found[name] = url
    return found


def asker(connection: HTTPConnection, url: str) -> Callable[[], object]:
    """Logs in, and then asks for the first page until its first byte."""
    with closing(open_storage(url)) as storage:
        central = wire_central(storage, clock=SystemClock(), randomness=os.urandom)
        token = central.operators.add("kim", roles=[Role.READ], audiences=[MAIN]).token
    connection.request("GET", "/dashboard/login")
    answer = connection.getresponse()
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', answer.read().decode())
    assert found is not None
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    form = urlencode({"csrf": found[1], "token": token})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/dashboard/login", form, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303
    session = answer.headers["Set-Cookie"].partition(";")[0]
    last: list[bytes] = []

    def ask() -> None:
        connection.request("GET", "/dashboard", headers={"Cookie": session})
        first = connection.getresponse()  # returns with the head, which comes with the first byte
        last[:] = [first.read()]
        assert first.status == 200

    ask()
    assert b"Admissions today" in last[0]
    return ask


def test_first_byte(bench: Bench, urls: dict[str, str], database: str) -> None:
    with ExitStack() as stack:
        asks = {}
        for name, url in urls.items():
            _, connection = stack.enter_context(serving("ours", url))
            asks[name] = asker(connection, url)
        bench.pair(RATIO[database], ours=asks["many"], yardstick=asks["few"], rounds=40)
    FIGURES[FIRST[database]] = {"ours": FIGURES[RATIO[database]]["ours"] * 1e3}
