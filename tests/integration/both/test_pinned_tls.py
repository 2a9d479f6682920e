"""A central whose certificate no public authority knows: the code vouches for it, and from then on it alone counts."""

import datetime as dt
import ipaddress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.x509.oid import NameOID

from cardcore.errors import UntrustedError
from scanner.adapters.central_httpx import pinned
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.step import open_sync
from scanner.bootstrap.vault import open_papers
from scanner.config import Settings
from scanner.errors import ConfigError, LinkDownError
from tests.fakes.central_here import serving_here
from tests.fakes.central_process import LOOPBACK, call, row

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]


def certified(folder: Path) -> dict[str, str]:
    """The settings of a server with a certificate for 127.0.0.1 that signs itself."""
    folder.mkdir(exist_ok=True)
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "central")])
    now = dt.datetime.now(dt.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return {"tls_cert": str(cert_file), "tls_key": str(key_file)}


def code(data: Path) -> str:
    return str(row(data, "device", "code", "Door 1")["code"])


def test_a_certificate_is_pinned_at_enrolment_and_no_other_counts_after(data: Path) -> None:
    settings = Settings(data=str(data.parent / "door"), decoders=("zxing",))
    with serving_here(data, **certified(data.parent / "mine")) as server:
        assert server.url.startswith("https://")
        enrol_device(settings, server.url, code(data))
        papers = open_papers(settings)
        assert papers.certificate == (data.parent / "mine" / "cert.pem").read_text()
        with open_sync(settings) as room:
            assert room.sync().refused == ()
        port = server.url.rpartition(":")[2]
    # somebody else in its place, with a certificate just as good
    with serving_here(data, port=port, **certified(data.parent / "other")) as server:
        assert server.url == papers.central_url
        with open_sync(settings) as room, pytest.raises(LinkDownError, match="certificate"):
            room.sync()


def test_the_secret_of_a_code_is_sent_to_the_central_that_made_it_alone(data: Path) -> None:
    other = data.parent / "other central"
    other.mkdir()
    call(other, "migrate")
    settings = Settings(data=str(data.parent / "door"), decoders=("zxing",))
    mine = code(data)
    with (
        serving_here(other, **certified(data.parent / "other")) as wrong,
        serving_here(data, **certified(data.parent / "mine")) as right,
    ):
        with pytest.raises(UntrustedError, match="another central"):
            enrol_device(settings, wrong.url, mine)
        enrol_device(settings, right.url, mine)  # the code was not used up
        assert open_papers(settings).central_url == right.url


@pytest.mark.parametrize(
    "text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_pinned_certificate_that_is_none_says_what_to_do(text: str) -> None:
    with pytest.raises(ConfigError, match="gatepost enrol"):
        pinned(text)
