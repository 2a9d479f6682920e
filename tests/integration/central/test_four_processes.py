"""Four processes on one PostgreSQL; eight doors upload at once, send every batch twice, and lose replies at random."""

import gzip
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from cardcore import wire
from cardcore.ids import Audience, Epoch
from central.ports.records import Role
from central.storage.transaction import SqlStorage, migrate_storage, open_storage
from tests.fakes.central_material import MAIN, batch, chain, some_device
from tests.fakes.central_office import operator
from tests.fakes.central_process import LOOPBACK, Server, serving
from tests.fakes.postgres import Postgres

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.loopback,
    pytest.mark.allow_hosts(LOOPBACK),
]

DOORS = 8
ENTRIES = 240
BATCH = 40


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    database = postgres.new_database()
    migrate_storage(database)
    return database


@pytest.fixture(scope="module")
def storage(url: str) -> Iterator[SqlStorage]:
    opened = open_storage(url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def servers(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    data = tmp_path_factory.mktemp("central")
    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        opening = [pool.submit(Server, data, "--database-url", url) for _ in range(4)]
        running = [opened.result() for opened in opening]
        for server in running:
            stack.callback(server.stop)
        yield running


class DoorThatLosesReplies:
    """Uploads its log to whichever process; every batch twice; of a lost reply it knows nothing, and asks for the mark."""

    def __init__(self, number: int, servers: list[Server]) -> None:
        self._random = random.Random(number)  # noqa: S311 -- the same losses in every run
        self._device = some_device(f"d-{number}")
        self._epoch = Epoch(number.to_bytes(8, "big"))
        self._entries = chain(ENTRIES, self._device.device_id, epoch=self._epoch)
        headers = {"Authorization": f"Bearer {self._device.device_id}"}
        self._clients = [
            httpx.Client(
                base_url=server.url + wire.API_ROOT, headers=headers, trust_env=False, timeout=30
            )
            for server in servers
        ]
        self.lost = 0

    def upload(self) -> None:
        mark = 0
        while mark < ENTRIES:
            sent = batch(self._entries[mark : mark + BATCH], mark + 1, self._epoch)
            answers = [self._send(sent) for _ in range(2)]
            known = [mark for mark in answers if mark is not None]
            mark = max(known) if known else self._mark()
        for client in self._clients:
            client.close()

    def _send(self, sent: wire.AuditBatch) -> int | None:
        """Where central stands now, or None: the reply was cut."""
        answer = self._random.choice(self._clients).post(
            "/devices/me/audit/batches",
            content=gzip.compress(wire.serialise(sent)),
            headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
        )
        assert answer.status_code == 200, answer.text
        if self._random.random() < 0.4:
            self.lost += 1
            return None
        return wire.parse(answer.content, wire.BatchAnswer).mark

    def _mark(self) -> int:
        answer = self._random.choice(self._clients).get(
            "/devices/me/audit/mark", params={"epoch": self._epoch.hex()}
        )
        return wire.parse(answer.content, wire.MarkAnswer).mark


def test_each_entry_is_held_exactly_once_without_a_gap(
    servers: list[Server], storage: SqlStorage
) -> None:
    with storage.write() as tx:
        tx.documents.touch(MAIN)
        for number in range(DOORS):
            tx.devices.add(some_device(f"d-{number}"))
    doors = [DoorThatLosesReplies(number, servers) for number in range(DOORS)]
    threads = [threading.Thread(target=door.upload) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sum(door.lost for door in doors) > DOORS
    query = text(
        "SELECT device_id, count(*), min(seq), max(seq), count(DISTINCT hash) FROM audit_entries"
        " GROUP BY device_id ORDER BY device_id"
    )
    with storage._engine.connect() as connection:
        held = [tuple(row) for row in connection.execute(query)]
    assert held == [(f"d-{n}", ENTRIES, 1, ENTRIES, ENTRIES) for n in range(DOORS)]


def test_the_same_event_sent_fifty_times_by_eight_clients_has_one_effect(
    servers: list[Server], storage: SqlStorage
) -> None:
    gym = Audience("gym")
    headers = operator(storage, "membership", (Role.EVENTS, gym))
    with storage.write() as tx:
        tx.documents.touch(gym)
    body = {"event": "joined", "member": "M-7", "occurred_at": "2026-01-01T10:00:00.5Z"}

    def send(client: httpx.Client) -> list[str]:
        return [
            client.post(
                f"{servers[turn % 4].url}{wire.API_ROOT}/membership-events", json=body
            ).json()["outcome"]
            for turn in range(50)
        ]

    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        clients = [
            stack.enter_context(httpx.Client(headers=headers, trust_env=False, timeout=30))
            for _ in range(8)
        ]
        outcomes = [outcome for sent in pool.map(send, clients) for outcome in sent]
        late = clients[0].post(
            f"{servers[0].url}{wire.API_ROOT}/membership-events",
            json=body | {"event": "cancelled", "occurred_at": "2025-12-31T10:00:00.5Z"},
        )
        within_a_second = [
            clients[0].post(
                f"{servers[1].url}{wire.API_ROOT}/membership-events",
                json=body | {"event": word, "occurred_at": f"2026-01-01T10:00:00.{micros}Z"},
            )
            for word, micros in (("suspended", "600000"), ("reinstated", "600001"))
        ]
    assert sorted(outcomes) == ["applied"] + ["duplicate"] * 399
    assert late.json() == {"outcome": "stale"}
    assert [answer.json()["outcome"] for answer in within_a_second] == ["applied"] * 2
    with storage.read() as tx:
        [member] = tx.members.of(gym)
        assert member.status.value == "active"
        assert tx.documents.revision(gym) == 4  # known, joined, suspended, reinstated


def test_a_server_that_is_alone_serves_and_stops(url: str, tmp_path: Path) -> None:
    with serving(tmp_path, "--database-url", url, "--workers", "0") as server:
        ready = httpx.get(f"{server.url}/health/ready", trust_env=False)
        assert ready.status_code == 200
        assert server.stop() == ""
