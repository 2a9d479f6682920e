"""Running central: TLS, workers of their own, migrations, dead letters, the trail on the command line."""

import datetime as dt
import json
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.x509.oid import NameOID

from central.storage.transaction import open_storage
from tests.fakes.central_material import World
from tests.fakes.central_office import Refusing, publisher_of
from tests.fakes.central_process import LOOPBACK, call, row, rows, serving

MEMBERS = "member_id,display_name,status\nM-1,Ada L.,active\n"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "DATABASE_URL", "HOST", "PORT", "AUDIENCE", "CONFIG", "TLS_CERT"):
        monkeypatch.delenv(f"GATEPOST_CENTRAL_{name}", raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "members.csv").write_text(MEMBERS, "utf-8")
    call(tmp_path, "member", "import", str(tmp_path / "members.csv"))
    return tmp_path


def certificate(folder: Path, password: bytes | None = None) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "central")])
    now = dt.datetime.now(dt.UTC)
    localhost = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(localhost, critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    closed = (
        serialization.NoEncryption()
        if password is None
        else serialization.BestAvailableEncryption(password)
    )
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed)
    )
    return cert_file, key_file


def test_a_certificate_without_its_key_is_refused(data: Path) -> None:
    cert, key = certificate(data)
    assert "go together" in call(data, "serve", "--tls-cert", str(cert), code=2).stderr
    assert "tls_cert" in call(data, "serve", "--tls-key", str(key), code=2).stderr


def test_a_certificate_that_cannot_be_used_is_refused_at_the_start(data: Path) -> None:
    cert, key = certificate(data)
    arguments = ["serve", "--port", "0", "--tls-cert", str(cert), "--tls-key"]
    call(data, *arguments, str(data / "nowhere.pem"), code=2)
    call(data, *arguments, str(cert), code=2)
    certificate(data, b"secret")
    assert "password" in call(data, *arguments, str(key), code=2).stderr


@pytest.mark.loopback
@pytest.mark.allow_hosts(LOOPBACK)
def test_it_speaks_tls_where_it_has_a_certificate(data: Path) -> None:
    cert, key = certificate(data)
    arguments = ["--host", "0.0.0.0", "--tls-cert", str(cert), "--tls-key", str(key)]  # noqa: S104
    with serving(data, *arguments) as server:
        assert server.url.startswith("https://0.0.0.0:")
        port = server.url.rpartition(":")[2]
        context = ssl.create_default_context(cafile=str(cert))
        context.check_hostname = False
        with httpx.Client(verify=context, trust_env=False) as client:
            assert client.get(f"https://127.0.0.1:{port}/health/live").status_code == 200
            with pytest.raises(httpx.TransportError):
                client.get(f"http://127.0.0.1:{port}/health/live")
        assert server.stop() == ""


def test_plain_http_beyond_this_machine_says_what_to_do(data: Path) -> None:
    error = call(data, "serve", "--host", "192.0.2.1", code=2).stderr
    assert "--tls-cert" in error
    assert "--behind-proxy" in error


def test_migrate_says_the_form(data: Path) -> None:
    assert row(data, "migrate")["form"] == row(data, "migrate")["form"]
    assert "the database is of form" in call(data, "migrate").stdout
    call(data, "migrate", "--database-url", "mysql://host/db", code=2)


@pytest.mark.parametrize("arguments", [["--count", "0"], ["--tries", "0"], ["--count", "65"]])
def test_a_worker_has_a_count_and_tries(data: Path, arguments: list[str]) -> None:
    call(data, "worker", *arguments, code=2)


def test_a_worker_publishes_until_it_is_told_to_stop(data: Path) -> None:
    card_id = str(row(data, "card", "issue", "M-1", "--why", "joined")["card_id"])
    assert rows(data, "card", "show", card_id) == []
    command = [sys.executable, "-m", "central", "--data", str(data), "worker", "--count", "2"]
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"workers": 2}
        until = time.monotonic() + 20
        while len(rows(data, "card", "show", card_id)) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    lines = rows(data, "card", "show", card_id)
    assert [(line["event"], line["who"], line["why"]) for line in lines] == [
        ("CardIssued", "command line", "joined"),
        ("CardActivated", "command line", "joined"),
    ]
    text = call(data, "card", "show", card_id).stdout
    assert text.startswith(f"card {card_id} is active")
    assert "CardActivated command line  joined" in text


def test_a_reason_is_one_line_of_text(data: Path) -> None:
    call(data, "card", "issue", "M-1", "--why", "a\nb", code=2)
    call(data, "card", "issue", "M-1", "--why", "x" * 257, code=2)


def test_a_card_may_have_an_end(data: Path) -> None:
    assert row(data, "card", "issue", "M-1", "--expires-at", "99")["expires_at"] == 99
    card_id = str(row(data, "card", "issue", "M-1")["card_id"])
    assert row(data, "card", "expire", card_id)["state"] == "expired"


def test_dead_letters_are_listed_and_retried(data: Path) -> None:
    row(data, "card", "issue", "M-1")
    assert rows(data, "events", "dead") == []
    storage = open_storage(f"sqlite:///{data / 'central.sqlite3'}")
    world = World(storage=storage)
    world.clock.seconds = int(time.time()) + 60
    publisher_of(world, Refusing(2), tries=1).publish_all()
    storage.close()
    first, second = rows(data, "events", "dead")
    assert (first["event"], first["tries"]) == ("CardIssued", 1)
    assert "the mail system is away" in call(data, "events", "dead").stdout
    call(data, "events", "retry", code=2)
    call(data, "events", "retry", "x", "--all", code=2)
    call(data, "events", "retry", "no-such-event", code=4)
    call(data, "events", "retry", str(first["event_id"]))
    assert rows(data, "events", "retry", "--all") == [{"event_id": second["event_id"]}]
    assert rows(data, "events", "dead") == []
