"""A serving process, over HTTP on loopback."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from cardcore import wire
from cardcore.documents import DocumentKind, RootKey, accept_document
from cardcore.ids import Audience, Epoch, Kid, UnixSeconds
from cardcore.keyset_document import key_set_in
from cardcore.verify import VerifiedCard, verify_token
from tests.fakes.central_material import EPOCH, batch, chain, request_of
from tests.fakes.central_process import LOOPBACK, Server, call, door, row, rows, serving
from tools import phone

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]

JSON = {"Content-Type": "application/json"}
MAIN = Audience("main")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("central")
    (path / "members.csv").write_text("member_id,display_name,status\nM-1,Ada L.,active\n", "utf-8")
    call(path, "member", "import", str(path / "members.csv"))
    return path


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Server]:
    with serving(data) as server:
        yield server
        errors = server.stop()
        assert (server.process.returncode, errors) == (0, "")


def send(client: httpx.Client, sent: wire.AuditBatch) -> httpx.Response:
    body = gzip.compress(wire.serialise(sent))
    return client.post(
        "/devices/me/audit/batches", content=body, headers={**JSON, "Content-Encoding": "gzip"}
    )


def test_from_the_members_file_to_a_card_that_a_door_believes(data: Path, server: Server) -> None:
    card_id = str(row(data, "card", "issue", "M-1")["card_id"])
    link = str(row(data, "card", "link", card_id)["link"])
    with door(data, server.url) as (enrolled, client):
        answer = client.get("/devices/me/keyset")
        status = client.get(f"/cards/{card_id}/status")
    now = UnixSeconds(int(time.time()))
    root = RootKey(
        kid=Kid(wire.bytes_of(enrolled.root_kid)),
        public_key=wire.bytes_of(enrolled.root_public_key),
    )
    document = accept_document(
        answer.content, root=root, kind=DocumentKind.KEY_SET, audience=MAIN, in_force=0, now=now
    )
    token = phone.claim(server.url, link).token(now)
    judged = verify_token(token, key_set_in(document), {MAIN}, now)
    assert isinstance(judged, VerifiedCard)
    assert judged.claims.card_id.hex() == card_id
    assert wire.parse(status.content, wire.CardStatusAnswer).display_name == "Ada L."


def test_what_a_door_handed_in_can_be_listed(data: Path, server: Server) -> None:
    with door(data, server.url, "South") as (enrolled, client):
        entries = [*chain(2, enrolled.device_id)]
        assert send(client, batch([*entries, b"strange"])).json()["quarantined"] == [3]
    lines = [
        line for line in rows(data, "audit", "list") if line["device_id"] == enrolled.device_id
    ]
    assert [(line["seq"], line["decision"], line["quarantine"]) for line in lines] == [
        (1, "admit", None),
        (2, "admit", None),
        (3, None, "unreadable"),
    ]
    text = call(data, "audit", "list").stdout
    assert "in quarantine: unreadable" in text
    assert "admit ok" in text
    devices = {device["door"] for device in rows(data, "device", "list")}
    assert "South" in devices
    assert enrolled.device_id in call(data, "device", "list").stdout


def test_one_code_enrols_one_device_however_many_try_at_once(data: Path, server: Server) -> None:
    code = str(row(data, "device", "code", "Contested")["code"])
    body = wire.serialise(request_of(code))

    def attempt(_number: int) -> int:
        url = f"{server.url}{wire.API_ROOT}/devices/enrol"
        return httpx.post(url, content=body, headers=JSON, trust_env=False).status_code

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(attempt, range(5))) == [200, 403, 403, 403, 403]


def test_one_log_sent_by_many_at_once_is_held_once(data: Path, server: Server) -> None:
    with door(data, server.url, "Twice") as (enrolled, client), ThreadPoolExecutor(4) as pool:
        entries = chain(300, enrolled.device_id)

        def upload(_number: int) -> None:
            mark = 0
            while mark < len(entries):
                answer = send(client, batch(entries[mark : mark + 50], first=mark + 1))
                assert answer.status_code == 200
                mark = max(mark + 50, wire.parse(answer.content, wire.BatchAnswer).mark)

        list(pool.map(upload, range(4)))
        mark = client.get("/devices/me/audit/mark", params={"epoch": EPOCH.hex()})
        assert wire.parse(mark.content, wire.MarkAnswer).mark == 300
    held = [
        line["seq"]
        for line in rows(data, "audit", "list", "--limit", "10000")
        if line["device_id"] == enrolled.device_id
    ]
    assert sorted(map(int, map(str, held))) == list(range(1, 301))


def test_a_phone_keeps_its_card_in_a_file(
    data: Path, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card_id = str(row(data, "card", "issue", "M-1")["card_id"])
    link = str(row(data, "card", "link", card_id)["link"])
    file = tmp_path / "phone.json"
    assert phone.main(["claim", server.url, link, "-o", str(file)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert phone.main(["token", str(file)]) == 0
    assert phone.main(["token", str(file), "--at", "1800000000"]) == 0
    assert all(line.startswith("MC1:") for line in capsys.readouterr().out.splitlines())
    assert phone.main(["claim", server.url, link, "-o", str(file)]) == 1
    assert "used or expired" in capsys.readouterr().err


def test_the_phone_of_an_online_card_asks_central_for_each_token(
    data: Path, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card_id = str(row(data, "card", "issue", "M-1", "--mode", "online")["card_id"])
    link = str(row(data, "card", "link", card_id)["link"])
    file = tmp_path / "online.json"
    assert phone.main(["claim", server.url, link, "-o", str(file)]) == 0
    for _ in range(2):
        assert phone.main(["online", server.url, str(file)]) == 0
    assert phone.main(["token", str(file)]) == 1
    told = capsys.readouterr()
    first, second = told.out.splitlines()
    assert first.startswith("MC1:")
    assert first != second
    assert "an online card has no key" in told.err


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://[::1"])
def test_a_phone_that_reaches_nobody_says_so(url: str) -> None:
    with pytest.raises(phone.PhoneError):
        phone.claim(url, "0" * 32)


def test_bytes_that_are_no_http_end_nothing(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    for junk in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n" * 50,
        b"\xff" * 70_000,
    ):
        with socket.create_connection((host, int(port)), timeout=5) as raw:
            raw.sendall(junk)
            raw.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                assert b"Traceback" not in raw.recv(65_536)
    assert httpx.get(f"{server.url}/health/ready", trust_env=False).status_code == 200


def test_a_kill_in_the_middle_loses_nothing_that_was_answered(data: Path) -> None:
    epoch = Epoch(os.urandom(8))
    with serving(data) as first, door(data, first.url, "Killed") as (enrolled, client):
        entries = chain(2_000, enrolled.device_id, epoch=epoch)
        answered = 0
        killer = threading.Timer(0.02, first.process.kill)
        with suppress(httpx.TransportError):
            while answered < len(entries):
                sent = batch(entries[answered : answered + 20], answered + 1, epoch)
                answered = wire.parse(send(client, sent).content, wire.BatchAnswer).mark
                if answered == 100:
                    killer.start()
        killer.join()
        first.process.communicate()
        token = client.headers["Authorization"]
    with (
        serving(data) as second,
        httpx.Client(
            base_url=second.url + wire.API_ROOT, headers={"Authorization": token}, trust_env=False
        ) as client,
    ):
        answer = client.get("/devices/me/audit/mark", params={"epoch": epoch.hex()})
        mark = wire.parse(answer.content, wire.MarkAnswer).mark
        assert 0 < answered <= mark <= answered + 20 < len(entries)
        rest = send(client, batch(entries[mark : mark + 20], mark + 1, epoch))
        assert rest.status_code == 200


def test_it_says_where_it_listens_and_stops_when_told(data: Path) -> None:
    command = [sys.executable, "-m", "central", "--data", str(data), "serve", "--port", "0"]
    anywhere = ["--host", "0.0.0.0", "--behind-proxy"]  # noqa: S104
    with subprocess.Popen([*command, *anywhere], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://0.0.0.0:")
        url = line.split()[-1].replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"{url}/health/live").status_code == 200
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        assert time.monotonic() - began < 5  # the promise is 2 s, on a machine that is free


def test_an_address_in_use_ends_with_2(data: Path, server: Server) -> None:
    port = server.url.rsplit(":", 1)[1]
    result = call(data, "serve", "--port", port, code=2)
    assert "cannot listen" in result.stderr
    assert json.dumps(port) not in result.stdout


def test_a_host_that_nobody_knows_ends_with_2(data: Path) -> None:
    call(data, "serve", "--host", "no.such.host.invalid", "--behind-proxy", code=2)


def test_it_listens_on_ipv6_where_there_is_some(data: Path) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        call(data, "serve", "--host", "::1", "--port", "0", code=2)
        return
    with serving(data, "--host", "::1") as server:
        assert server.url.startswith("http://[::1]:")
        assert server.stop(signal.SIGINT) == ""
        assert server.process.returncode == 0
