"""The life of a card through real programs: central over HTTP, a door that scans pictures, on each database."""

import json
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import httpx
import pysqlite3
import pytest
from click.testing import CliRunner

from cardcore import wire
from cardcore.office import CardAnswer, CardHistory, TokenAnswer
from central.ports.records import Role
from central.storage.transaction import migrate_storage, open_storage
from scanner.cli import gatepost
from tests.fakes.central_material import MAIN
from tests.fakes.central_office import operator
from tests.fakes.central_process import LOOPBACK, Server, call, row, serving
from tests.fakes.postgres import Postgres
from tools.camera_view import View, phone_frame

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "sqlite":
        database = f"sqlite:///{tmp_path / 'central.sqlite3'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        database = server.new_database()
    monkeypatch.setenv("GATEPOST_CENTRAL_DATABASE_URL", database)
    migrate_storage(database)
    return database


class Office:
    """An operator at the desk."""

    def __init__(self, server: Server, headers: dict[str, str]) -> None:
        self._client = httpx.Client(
            base_url=server.url + wire.API_ROOT, headers=headers, trust_env=False, timeout=20
        )

    def post(self, path: str, **body: object) -> bytes:
        answer = self._client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.content

    def get(self, path: str) -> httpx.Response:
        answer = self._client.get(path)
        assert answer.status_code == 200, answer.text
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self._client.close()


class Door:
    """A door: its programs, and a camera's view of a phone that shows a token."""

    def __init__(self, folder: Path, url: str, code: str) -> None:
        self._folder = folder
        self._count = 0
        self.run("enrol", url, code)
        self.run("sync", "--once")
        self._stood_here_before()

    def run(self, *arguments: str) -> dict[str, object]:
        result = CliRunner().invoke(gatepost, [*arguments, "--data", str(self._folder), "--json"])
        assert result.exit_code == 0, result.output
        answer: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
        return answer

    def _stood_here_before(self) -> None:
        """A new ledger trusts no token from its first half minute: this one is older than that."""
        [ledger] = [path for path in self._folder.glob("*.sqlite3") if "ledger" in path.name]
        with closing(pysqlite3.connect(ledger)) as connection, connection:
            connection.execute("UPDATE state SET began_at = began_at - 60")

    def scan(self, token: str) -> tuple[object, object]:
        self._count += 1
        path = self._folder / f"{self._count}.png"
        cv2.imwrite(str(path), phone_frame(token, seed=self._count, view=View()))
        answer = self.run("scan", str(path))
        return answer["decision"], answer["reason"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """A card on its way: at the desk, in the member's hand, at two doors."""

    path: str
    tokens: list[str]
    north: Door
    south: Door


def begin(office: Office, server: Server, data: Path, folder: Path) -> Evening:
    """Issue, activate, and take three tokens; enrol two doors."""
    card = wire.parse(office.post("/cards", member_id="M-1", active=False), CardAnswer)
    path = f"/cards/{card.card_id}"
    assert wire.parse(office.post(f"{path}/activate"), CardAnswer).state.value == "active"
    tokens = [wire.parse(office.post(f"{path}/token"), TokenAnswer).token for _ in range(3)]
    doors = []
    for name in ("North", "South"):
        code = str(row(data, "device", "code", name)["code"])
        doors.append(Door(folder / name, server.url, code))
    return Evening(path=path, tokens=tokens, north=doors[0], south=doors[1])


@pytest.fixture
def headers(url: str) -> dict[str, str]:
    storage = open_storage(url)
    made = operator(storage, "grace", (Role.MANAGE, MAIN))
    storage.close()
    return made


@pytest.fixture
def data(url: str, tmp_path: Path) -> Path:
    assert url
    members = tmp_path / "members.csv"
    members.write_text("member_id,display_name,status\nM-1,Ada L.,active\n", "utf-8")
    call(tmp_path, "member", "import", str(members))
    return tmp_path


def test_from_issue_to_incident(data: Path, headers: dict[str, str], tmp_path: Path) -> None:
    with serving(data) as server, Office(server, headers) as office:
        evening = begin(office, server, data, tmp_path)
        north, south, tokens = evening.north, evening.south, evening.tokens
        assert north.scan(tokens[0]) == ("admit", "ok_snapshot")
        assert north.scan(tokens[0])[0] == "refuse"  # once is once
        synced = north.run("sync", "--once")
        assert (synced["mark"], synced["outbox"]) == (2, 0)
        office.post(f"{evening.path}/revoke", why="lost")
        time.sleep(1.1)  # within the second of the revocation no admission is held against a door
        port = server.url.rpartition(":")[2]
    assert south.scan(tokens[1])[0] == "admit"  # central is away, and the door's list is older
    with serving(data, "--port", port) as server, Office(server, headers) as office:
        south.run("sync", "--once")
        assert south.scan(tokens[2])[0] == "refuse"
        south.run("sync", "--once")
        incidents = office.get("/incidents").json()["incidents"]
        assert [incident["kind"] for incident in incidents] == ["admitted_after_revocation"]
        history = wire.parse(office.get(evening.path).content, CardHistory)
    assert history.card.state.value == "revoked"
    told = [(line.event, line.why) for line in history.trail]
    assert told[:2] == [("CardIssued", ""), ("CardActivated", "")]
    assert ("CardRevoked", "lost") in told
    assert [event for event, _ in told].count("CardValidated") == 4
