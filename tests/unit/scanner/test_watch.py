"""What a door shows of itself to this machine, and to systemd."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scanner.adapters import loopback_http
from scanner.adapters.loopback_http import LoopbackServer, Page
from scanner.bootstrap.watch import DoorWatch, pages_of, watch_beside
from scanner.cli.run import _heartbeat
from scanner.config import Settings
from scanner.errors import ConfigError
from telemetry.health import Examiner, Finding, Level, Probe
from tests.fakes.door_facts import FACTS
from tests.fakes.rehearsal_door import rehearsal_folder
from tests.fakes.scanner_clock import FakeClock

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


def fail() -> Page:
    msg = "nobody foresaw this"
    raise RuntimeError(msg)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    page = Page(kind="text/plain", body=b"good\n")
    made = LoopbackServer(0, {"/good": lambda: page, "/bad": fail})
    made.start()
    yield made
    made.stop()


def get(server: LoopbackServer, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{server.port}{path}", headers=headers, trust_env=False)


def test_a_page_is_answered(server: LoopbackServer) -> None:
    answer = get(server, "/good?x=1")
    assert (answer.status_code, answer.text) == (200, "good\n")
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_not_there_says_what_is(server: LoopbackServer) -> None:
    answer = get(server, "/../etc/passwd")
    assert (answer.status_code, answer.text) == (404, "there are: /good /bad\n")


def test_a_page_that_fails_says_so_and_the_next_is_answered(
    server: LoopbackServer, caplog: pytest.LogCaptureFixture
) -> None:
    answer = get(server, "/bad")
    assert answer.status_code == 500
    assert "foresaw" not in answer.text
    assert "nobody foresaw this" in caplog.text
    assert get(server, "/good").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_page_of_a_browser_elsewhere_reads_nothing(server: LoopbackServer, host: str) -> None:
    assert get(server, "/good", Host=host).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:9", "127.0.0.1"])
def test_this_machine_may_be_called_by_its_names(server: LoopbackServer, host: str) -> None:
    assert get(server, "/good", Host=host).status_code == 200


def test_nothing_can_be_changed(server: LoopbackServer) -> None:
    answer = httpx.post(f"http://127.0.0.1:{server.port}/good", trust_env=False)
    assert answer.status_code == 501


def test_a_port_that_is_taken_is_said(server: LoopbackServer) -> None:
    with pytest.raises(ConfigError) as caught:
        LoopbackServer(server.port, {})
    assert caught.value.field == "health_port"


def test_a_server_that_never_began_can_be_stopped() -> None:
    LoopbackServer(0, {}).stop()


def an_examiner(*, healthy: bool) -> Examiner:
    probe = Probe(name="p", look=lambda: Finding(healthy=healthy, words="w"), critical=True)
    return Examiner(live=[probe], ready=[probe], mono=FakeClock().mono)


@pytest.mark.parametrize(("healthy", "status"), [(True, 200), (False, 503)])
@pytest.mark.parametrize("level", Level)
def test_health_pages_say_it_by_their_status(level: Level, *, healthy: bool, status: int) -> None:
    page = pages_of(DoorWatch(an_examiner(healthy=healthy)))[f"/health/{level.value}"]()
    assert page.status == status
    assert json.loads(page.body)["checks"][0]["name"] == "p"


def a_free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_door_that_runs_is_asked_over_its_port(tmp_path: Path) -> None:
    port = a_free_port()
    settings = Settings(data=str(rehearsal_folder(tmp_path / "door")), health_port=port)
    with watch_beside(settings) as watch:
        answer = httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False)
        assert (answer.status_code, answer.json()["status"]) == (200, "UP")
        assert watch.port == port
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False)


def test_where_nobody_would_hear_of_it_nothing_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    with watch_beside(Settings(data=str(tmp_path))) as watch:
        assert (watch.port, watch.line) == (None, "")


def test_systemd_is_told_how_the_door_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        settings = Settings(data=str(rehearsal_folder(tmp_path / "door")))
        with watch_beside(settings) as watch:
            beat = _heartbeat(lambda: FACTS, lambda: watch.line)
            assert beat is not None
            told = ""
            while "DOWN" not in told:  # the first look takes a moment
                beat()
                told = systemd.recv(4_096).decode()
        status = next(line for line in told.splitlines() if line.startswith("STATUS="))
        assert status.startswith("STATUS=DOWN, ")
        assert status.endswith("offline, 4 to hand over, faults: disk_full")


def test_the_server_listens_on_this_machine_alone() -> None:
    assert loopback_http.HOST == "127.0.0.1"


def test_many_who_say_nothing_do_not_hold_it_for_ever(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server._server.RequestHandlerClass, "timeout", 0.05)
    silent = [
        socket.create_connection(("127.0.0.1", server.port))
        for _ in range(2 * loopback_http.AT_ONCE)
    ]
    while True:  # each silent one is given up after its time, and gives its place away
        try:
            assert get(server, "/good").status_code == 200
            break
        except httpx.HTTPError:
            continue
    for one in silent:
        one.close()


def test_a_door_that_is_traced_has_figures_of_its_spans(tmp_path: Path) -> None:
    folder = rehearsal_folder(tmp_path / "door")
    settings = Settings(data=str(folder), trace_endpoint="http://127.0.0.1:9", trace_share=1.0)
    with watch_beside(settings) as watch:
        assert watch.tracing is not None
        with watch.tracing.operation("sync"):
            pass
        page = pages_of(watch)["/metrics"]().body.decode()
        assert 'gatepost_spans_created_total{operation="sync"} 1.0' in page
    with watch_beside(Settings(data=str(folder))) as plain:
        assert plain.tracing is None
        assert "gatepost_spans" not in pages_of(plain)["/metrics"]().body.decode()
