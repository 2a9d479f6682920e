"""Central over HTTP, each figure beside a bare yardstick, on SQLite and on PostgreSQL that waits for its disk."""

import gzip
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from benchmarks.bare_inserts import bare_inserter
from benchmarks.conftest import Bench
from benchmarks.figures import FIGURES, Figure
from cardcore import wire
from cardcore.audit import GENESIS, entry_hash
from cardcore.card import Mode
from cardcore.device_keys import DeviceKeys
from cardcore.ids import CardId, Epoch, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.request_signature import NONCE_BYTES, SignableRequest, sign_request
from central.bootstrap import wire_central
from central.ops.system_clock import SystemClock
from central.ports.records import Card, Role
from central.storage.schema import AUDIT_ENTRIES, AUDIT_HEADS
from central.storage.transaction import SqlStorage, migrate_storage, open_storage
from tests.fakes.central_material import ADA, MAIN, batch, chain, some_device
from tests.fakes.central_office import operator
from tests.fakes.postgres import Postgres, binaries, running

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(["127.0.0.1"])]

BATCH = 500
LONG = os.environ.get("GATEPOST_BENCH_LONG") == "1"
ENTRIES = 1_000_000 if LONG else 50_000
AT_ONCE = 50
DATABASES = ["SQLite", "PostgreSQL"]
STATUS = {
    name: Figure(name=f"card status with authentication / bare app, {name}", limit=1.5)
    for name in DATABASES
}
INGEST = {
    name: Figure(name=f"500 entries over HTTP / bare insert or COPY, {name}", limit=4.0)
    for name in DATABASES
}
TOKEN = {
    name: Figure(name=f"an online token, p95 with 50 at once, {name}", limit=200, unit="ms")
    for name in DATABASES
}
MEMORY = {
    name: Figure(name=f"central's growth over {ENTRIES:,} entries, {name}", limit=16, unit="MB")
    for name in DATABASES
}
KEYS = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32)
DEVICE = replace(some_device(), keys=KEYS.public)
SHOWN = Card(  # the card in every entry: one that was issued, or each would be an incident as well
    card_id=CardId(bytes(16)),
    audience=MAIN,
    member_id=ADA.member_id,
    mode=Mode.ROTATING,
    state=CardState.ACTIVE,
    generation=0,
    issued_at=UnixSeconds(0),
    changed_at=UnixSeconds(0),
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    if binaries() is None:
        pytest.skip("PostgreSQL 15 is missing")
    with running(durable=True) as server:
        yield server


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> str:
    if database == "SQLite":
        return f"sqlite:///{tmp_path / 'central.sqlite3'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def storage(url: str) -> Iterator[SqlStorage]:
    migrate_storage(url)
    with closing(open_storage(url)) as opened:
        with opened.write() as tx:
            tx.documents.touch(MAIN)
            tx.devices.add(DEVICE)
            tx.members.put([ADA])
            tx.cards.add(SHOWN)
        yield opened


@contextmanager
def serving(side: str, url: str) -> Iterator[tuple[subprocess.Popen[str], HTTPConnection]]:
    command = [sys.executable, "-m", "benchmarks.central_servers", side, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip().removeprefix("http://")
        connection = HTTPConnection(address, timeout=60)
        try:
            yield process, connection
        finally:
            connection.close()
            process.terminate()


def ask(
    connection: HTTPConnection, method: str, path: str, body: bytes | None, **headers: str
) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    data = answer.read()
    assert answer.status == 200, data
    return data


def test_status(bench: Bench, storage: SqlStorage, url: str, database: str) -> None:
    central = wire_central(storage, clock=SystemClock(), randomness=os.urandom)
    central.members.import_members(MAIN, [ADA])
    card_id = central.cards.issue(MAIN, ADA.member_id, Mode.PRINT).card_id.hex()
    rounds = 1_000
    path = f"/cards/{card_id}/status"
    with serving("ours", url) as (_, ours), serving("bare", url) as (_, bare):
        # Signing is the door's work, and done before; both sides check the same kind of signature.
        to_ours = signatures(wire.API_ROOT + path, rounds * 2)
        to_bare = signatures(path, rounds * 2)
        bench.pair(
            STATUS[database],
            ours=lambda: ask(ours, "GET", wire.API_ROOT + path, None, **next(to_ours)),
            yardstick=lambda: ask(bare, "GET", path, None, **next(to_bare)),
            rounds=rounds,
        )


def signatures(target: str, count: int) -> Iterator[dict[str, str]]:
    """The headers of so many signed requests, each with a nonce of its own."""
    request = SignableRequest(method="GET", target=target, body=b"")
    now = SystemClock().now()
    made = [
        sign_request(
            request,
            key_id=DEVICE.device_id,
            private_key=KEYS.signing,
            created=now,
            nonce=os.urandom(NONCE_BYTES),
        )
        for _ in range(count)
    ]
    return iter([{name.replace("-", "_"): value for name, value in one.items()} for one in made])


def batches(device: str, epoch: Epoch) -> Iterator[list[bytes]]:
    """Consecutive batches of one log, without end."""
    first, previous = 1, GENESIS
    while True:
        entries = chain(BATCH, device, epoch=epoch, first=first, previous=previous)
        yield entries
        first, previous = first + BATCH, entry_hash(entries[-1])


def uploader(connection: HTTPConnection, epoch: Epoch) -> Callable[[], object]:
    """Sends the next batch; making and packing it is the door's work, and done before."""
    prepared: list[bytes] = []
    log, first = batches(DEVICE.device_id, epoch), 1
    for _ in range(130):
        prepared.append(gzip.compress(wire.serialise(batch(next(log), first, epoch)), 6))
        first += BATCH
    sending = iter(prepared)
    headers = {
        "Authorization": f"Bearer {DEVICE.device_id}",
        "Content_Type": "application/json",
        "Content_Encoding": "gzip",
    }
    path = f"{wire.API_ROOT}/devices/me/audit/batches"
    return lambda: ask(connection, "POST", path, next(sending), **headers)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def test_ingest(bench: Bench, storage: SqlStorage, url: str, database: str) -> None:
    # The yardstick writes every row that central writes for a batch: entries, and the movements among them. What the
    # entries' rows alone would take is told beside it.
    every, entries = Epoch(b"all rows"), Epoch(b"its rows")
    with storage._engine.begin() as connection:  # noqa: SLF001 -- the yardstick knows no ports
        for epoch in (every, entries):
            head = {"device_id": DEVICE.device_id, "epoch": epoch, "mark": 0, "hash": bytes(32)}
            connection.execute(AUDIT_HEADS.insert().values(**head))
    only = [AUDIT_ENTRIES.name]
    with (
        serving("ours", url) as (_, ours),
        bare_inserter(url, DEVICE, every, batches(DEVICE.device_id, every)) as bare,
        bare_inserter(
            url, DEVICE, entries, batches(DEVICE.device_id, entries), names=only
        ) as bare_entries,
    ):
        send = uploader(ours, Epoch(b"over web"))
        bench.pair(INGEST[database], ours=send, yardstick=bare, rounds=100)
        turns = [(seconds(send), seconds(bare_entries)) for _ in range(25)]
    took = FIGURES[INGEST[database]]
    print(f"\n{database}: {BATCH / took['ours']:,.0f} entries/s over HTTP", end="")
    print(f", {BATCH / took['yardstick']:,.0f} bare: {took['yardstick'] / took['ours']:.0%}")
    over_http, alone = (statistics.median(side) for side in zip(*turns, strict=True))
    print(f"{database}: the entries' rows alone {BATCH / alone:,.0f} bare: {alone / over_http:.0%}")


def test_token(storage: SqlStorage, url: str, database: str) -> None:
    central = wire_central(storage, clock=SystemClock(), randomness=os.urandom)
    central.members.import_members(MAIN, [ADA])
    card_id = central.cards.issue(MAIN, ADA.member_id, Mode.ONLINE).card_id.hex()
    headers = operator(storage, "app", (Role.MANAGE, MAIN))
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    path = f"{wire.API_ROOT}/cards/{card_id}/token"

    def client(address: tuple[str, int]) -> list[float]:
        took = []
        with closing(HTTPConnection(*address, timeout=60)) as connection:
            for _ in range(20):
                began = time.perf_counter()
                ask(connection, "POST", path, b"{}", **named)
                took.append(time.perf_counter() - began)
        return took

    with serving("ours", url) as (_, ours), ThreadPoolExecutor(AT_ONCE) as pool:
        ask(ours, "POST", path, b"{}", **named)
        addresses = [(ours.host, ours.port)] * AT_ONCE
        took = [each for tooks in pool.map(client, addresses) for each in tooks]
    FIGURES[TOKEN[database]] = {"ours": statistics.quantiles(took, n=20)[-1] * 1e3}


def resident_mb(pid: int) -> float:
    line = next(
        line
        for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
        if line.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024


@pytest.mark.usefixtures("storage")
def test_memory(url: str, database: str) -> None:
    epoch = Epoch(b"a memory")
    path = f"{wire.API_ROOT}/devices/me/audit/batches"
    log = batches(DEVICE.device_id, epoch)
    with serving("ours", url) as (process, connection):
        early = 0.0
        for number in range(ENTRIES // BATCH):
            body = gzip.compress(wire.serialise(batch(next(log), number * BATCH + 1, epoch)), 1)
            ask(
                *(connection, "POST", path, body),
                Authorization=f"Bearer {DEVICE.device_id}",
                Content_Type="application/json",
                Content_Encoding="gzip",
            )
            if number == 40:  # caches are full, every code path was taken
                early = resident_mb(process.pid)
        FIGURES[MEMORY[database]] = {"ours": resident_mb(process.pid) - early}
