"""Alerts on their way: by a real SMTP server and a real webhook over TLS, and what happens where those fail."""

import hashlib
import hmac
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from central.alerts.mail import MailChannel, message_of
from central.alerts.sending import TRIES_MAX, NoticeSender
from central.alerts.service import body_of
from central.alerts.webhook import SIGNATURE, HookChannel
from central.ops.system_clock import SystemClock
from central.ports.outlook import Hook, Mail, MailSecurity, Outlook
from central.ports.storage import Storage
from central.ports.watching import Notice
from central.storage.transaction import open_storage
from tests.contract.central.test_watching import ALERT
from tests.fakes.central_material import World
from tests.fakes.central_world import NOON, FakeClock
from tests.fakes.receivers import Hooked, Mailbox, mail_server, webhook
from tests.fakes.tls_files import make_certificate
from tests.unit.central.alerts.test_alerts import a_door, beat

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(["127.0.0.1"])]
SECRET = "a secret of the webhook"  # noqa: S105 -- of a test


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)[0]


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


@pytest.fixture
def mailbox(tls: ssl.SSLContext) -> Iterator[Mailbox]:
    with mail_server(tls) as box:
        yield box


@pytest.fixture
def hooked(tls: ssl.SSLContext) -> Iterator[Hooked]:
    with webhook(tls) as found:
        yield found


def mail_to(box: Mailbox, certificate: Path) -> Mail:
    return Mail(
        host="localhost",
        port=box.port,
        sender="gatepost@club.test",
        to=("kim@club.test", "ada@club.test"),
        user="gatepost",
        password="secret",
        ca_file=str(certificate),
    )


def hook_to(hooked: Hooked, certificate: Path) -> Hook:
    url = f"https://127.0.0.1:{hooked.port}/alerts?of=gatepost"
    return Hook(url=url, secret=SECRET, ca_file=str(certificate))


TOLD = [json.loads(body_of(ALERT))]


def test_each_change_is_sent_once_by_mail_and_by_webhook(
    mailbox: Mailbox, hooked: Hooked, certificate: Path
) -> None:
    outlook = Outlook(mail=mail_to(mailbox, certificate), hook=hook_to(hooked, certificate))
    world = World(outlook=outlook)
    door, tower = a_door(world), world.central().tower
    for outbox in (5_000, 5_001, 0, 0):
        beat(world, door, outbox=outbox)
        tower.alerts.evaluate()
        tower.sender.send_due()
        tower.sender.send_due()
        world.clock.seconds += 120
    assert [alert["state"] for alert in hooked.alerts()] == ["firing", "resolved"]
    assert [(a["rule"], a["severity"]) for a in hooked.alerts()] == [("backlog", "critical")] * 2
    first, second = mailbox.mails()
    assert first["To"] == "kim@club.test, ada@club.test"
    assert "firing: The door “North” has more than 1,000 entries" in first.get_content()
    assert "resolved" in second["Subject"]
    assert mailbox.secure == [True, True]
    assert mailbox.logins[0] == "\0gatepost\0secret"


def test_a_webhook_can_tell_that_it_is_us(hooked: Hooked, certificate: Path) -> None:
    HookChannel(hook_to(hooked, certificate), clock=FakeClock()).send(TOLD)
    [(path, headers, body)] = hooked.calls
    assert path == "/alerts?of=gatepost"
    at, _, given = headers[SIGNATURE].partition(",v1=")
    expected = hmac.new(SECRET.encode(), f"{NOON}.".encode() + body, hashlib.sha256).hexdigest()
    assert (at, given) == (f"t={NOON}", expected)
    assert hooked.alerts() == TOLD


def test_the_check_in_the_how_to_is_right(hooked: Hooked, certificate: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "watch-and-alert.md").read_text("utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    names: dict[str, Callable[[str, bytes, str], bool]] = {}
    exec(code, names)  # noqa: S102 -- our own page
    HookChannel(hook_to(hooked, certificate), clock=SystemClock()).send(TOLD)
    [(_, headers, body)] = hooked.calls
    check = names["is_from_gatepost"]
    assert check(headers[SIGNATURE], body, SECRET)
    assert not check(headers[SIGNATURE], body + b" ", SECRET)
    assert not check(headers[SIGNATURE], body, "another")
    HookChannel(hook_to(hooked, certificate), clock=FakeClock()).send(TOLD)  # of another year
    assert not check(hooked.calls[1][1][SIGNATURE], body, SECRET)


@pytest.mark.parametrize("status", [301, 400, 500])
def test_a_webhook_that_takes_nothing_is_an_error_and_no_redirect_is_followed(
    status: int, hooked: Hooked, certificate: Path
) -> None:
    hooked.status = status
    with pytest.raises(OSError, match=f"answered {status}"):
        HookChannel(hook_to(hooked, certificate), clock=FakeClock()).send(TOLD)
    assert len(hooked.calls) == 1


def test_a_webhook_that_nobody_vouches_for_gets_nothing(hooked: Hooked, certificate: Path) -> None:
    hook = replace(hook_to(hooked, certificate), ca_file=None)
    with pytest.raises(ssl.SSLError):
        HookChannel(hook, clock=FakeClock()).send(TOLD)
    assert hooked.calls == []


def test_a_webhook_that_speaks_no_http_is_an_error(certificate: Path, tls: ssl.SSLContext) -> None:
    with mail_server(tls, at_once=True) as box:
        hook = Hook(url=f"https://localhost:{box.port}", secret=SECRET, ca_file=str(certificate))
        channel = HookChannel(hook, clock=FakeClock())
        with pytest.raises(OSError, match="no answer of HTTP"):
            channel.send(TOLD)


def test_mail_goes_by_tls_from_the_start_or_plainly_where_that_is_set(
    certificate: Path, tls: ssl.SSLContext
) -> None:
    with ExitStack() as stack:
        secure = stack.enter_context(mail_server(tls, at_once=True))
        plain = stack.enter_context(mail_server())
        mail = replace(mail_to(secure, certificate), security=MailSecurity.TLS)
        MailChannel(mail).send(TOLD)
        assert secure.secure == [True]
        mail = replace(
            mail_to(plain, certificate), security=MailSecurity.PLAIN, user=None, password=None
        )
        MailChannel(mail).send(TOLD)
        assert (plain.secure, plain.logins) == ([False], [])


def test_mail_is_not_sent_plainly_where_tls_is_expected(certificate: Path) -> None:
    with mail_server() as plain, pytest.raises(OSError, match="STARTTLS"):
        MailChannel(mail_to(plain, certificate)).send(TOLD)
    assert plain.raw == []


def test_a_name_with_line_ends_makes_no_header(mailbox: Mailbox, certificate: Path) -> None:
    told = [TOLD[0] | {"text": "North\r\nBcc: eve@evil.test\r\n\r\n" + "x" * 500}]
    message = message_of(mail_to(mailbox, certificate), told)
    assert message["Bcc"] is None
    assert len(message["Subject"]) <= 120
    MailChannel(mail_to(mailbox, certificate)).send(told)
    assert b"\nBcc:" not in mailbox.raw[0]


class Failing:
    def __init__(self, times: int) -> None:
        self.left = times
        self.sent: list[object] = []

    def send(self, told: object) -> None:
        if self.left:
            self.left -= 1
            msg = "nobody is there"
            raise OSError(msg)
        self.sent.append(told)


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "memory":
        yield World().fake
        return
    opened = open_storage(f"sqlite:///{tmp_path / 'central.sqlite3'}")
    yield opened
    opened.close()


def noticed(storage: Storage, clock: FakeClock) -> None:
    notice = Notice(
        alert_id="a1",
        since=clock.micros(),
        channel="mail",
        body=body_of(ALERT),
        due_at=clock.micros(),
    )
    with storage.write() as tx:
        tx.watching.alerts.notify([notice])


def test_what_nobody_takes_is_tried_again_ever_more_slowly(storage: Storage) -> None:
    clock, channel = FakeClock(), Failing(2)
    sender = NoticeSender(storage=storage, clock=clock, channels={"mail": channel})
    noticed(storage, clock)
    tried = []
    for _ in range(400):
        if sender.send_due():
            tried.append(clock.seconds - NOON)
        clock.seconds += 1
    assert tried == [0, 60, 180]
    assert len(channel.sent) == 1


def test_what_nobody_ever_takes_is_given_up(storage: Storage) -> None:
    clock, channel = FakeClock(), Failing(1_000)
    sender = NoticeSender(storage=storage, clock=clock, channels={"mail": channel})
    noticed(storage, clock)
    tries = 0
    for _ in range(100):
        tries += sender.send_due()
        clock.seconds += 3_600
    assert tries == TRIES_MAX


def test_a_process_that_died_while_sending_leaves_it_to_the_next(storage: Storage) -> None:
    clock = FakeClock()
    noticed(storage, clock)
    dying = NoticeSender(storage=storage, clock=clock, channels={"mail": Failing(0)})
    assert len(dying._lease()) == 1  # and no more
    channel = Failing(0)
    sender = NoticeSender(storage=storage, clock=clock, channels={"mail": channel})
    assert sender.send_due() == 0
    clock.seconds += 60
    assert sender.send_due() == 1
    assert len(channel.sent) == 1


def test_without_a_channel_nothing_is_looked_for() -> None:
    world = World()
    world.fake.is_down = True
    assert NoticeSender(storage=world.fake, clock=world.clock, channels={}).send_due() == 0


def test_two_that_send_at_once_do_not_send_twice() -> None:
    world, channel = World(), Failing(0)
    noticed(world.fake, world.clock)
    sender = NoticeSender(storage=world.fake, clock=world.clock, channels={"mail": channel})
    world.fake._held.add("notices")  # another process is at it
    assert sender.send_due() == 0
    world.fake._held.remove("notices")
    assert sender.send_due() == 1
