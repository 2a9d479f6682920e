"""The link to central, by a fake and over real HTTP: central's words come through, and nobody else's do."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from typing import Final

import pytest

from cardcore import wire
from cardcore.audit import START, verify_chain
from cardcore.documents import DocumentKind
from cardcore.ids import CardId, Seq
from cardcore.keyset_document import key_set_body
from cardcore.lifecycle import CardState
from cardcore.policy import DoorPolicy
from scanner.adapters.central_httpx import HttpCentral
from scanner.adapters.clock_system import SystemClock
from scanner.errors import LinkDownError, LinkError, LinkRefusedError
from scanner.ports import CentralLink, Fetched
from scanner.sync.refresh import Refresher
from scanner.sync.upload import upload_all
from tests.fakes.card_material import NOW, VENUE, the_keys
from tests.fakes.scanner_central import ROOT, FakeCentral, signed
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_door import a_refusal
from tests.fakes.scanner_http import LoopbackCentral, Told, a_problem, answering, as_http
from tests.fakes.scanner_ledger import EPOCH, FakeLedger
from tests.fakes.scanner_parts import FakeKeyRing
from tests.fakes.scanner_standings import FakeStandings, a_standing
from tests.fakes.scanner_trust import a_gate

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

CARD: Final = CardId(bytes(range(16)))
MONO: Final = SystemClock().mono
KEYS: Final = signed(DocumentKind.KEY_SET, key_set_body(the_keys()))


@pytest.fixture
def central() -> FakeCentral:
    made = FakeCentral()
    made.cards[CARD] = a_standing(name="Ada Ümit")
    made.key_document = Fetched(data=KEYS, etag='"1"')
    made.snapshot_document = Fetched(data=b"a snapshot", etag='"2"')
    return made


@pytest.fixture(params=["fake", "http"])
def link(request: pytest.FixtureRequest, central: FakeCentral) -> Iterator[CentralLink]:
    if request.param == "fake":
        yield central
        return
    with ExitStack() as stack:
        server = stack.enter_context(LoopbackCentral(as_http(central)))
        yield stack.enter_context(HttpCentral(server.url, "a-token", MONO))


def test_a_cards_status_comes_through_whole(link: CentralLink) -> None:
    answer = link.card_status(CARD)
    assert answer is not None
    assert (answer.card_id, answer.state, answer.display_name) == (
        CARD.hex(),
        CardState.ACTIVE,
        "Ada Ümit",
    )


def test_a_card_central_does_not_have_is_none(link: CentralLink) -> None:
    assert link.card_status(CardId(bytes(16))) is None


def test_documents_come_byte_for_byte_and_only_when_changed(link: CentralLink) -> None:
    assert link.key_set(None) == Fetched(data=KEYS, etag='"1"')
    assert link.key_set('"1"') is None
    assert link.snapshot('"1"') == Fetched(data=b"a snapshot", etag='"2"')


def test_the_log_is_handed_over_and_the_mark_moves(link: CentralLink, central: FakeCentral) -> None:
    ledger = FakeLedger()
    for _ in range(3):
        ledger.commit(a_refusal())
    report = upload_all(link, ledger)
    assert (report.uploaded, report.duplicate, report.mark) == (3, 0, 3)
    assert central.heads[EPOCH] == verify_chain((entry.data for entry in ledger.log), EPOCH, START)
    assert ledger.backlog() == 0


def test_a_device_is_paired(link: CentralLink) -> None:
    answer = link.enrol(wire.EnrolRequest(selector="SSSS", secret="KKKK", program="gatepost test"))
    assert (answer.device_id, answer.audience, answer.policy) == ("dev-1", VENUE, DoorPolicy())
    assert bytes.fromhex(answer.root_public_key) == ROOT.public_key


def test_every_question_carries_the_token_and_the_version() -> None:
    central = FakeCentral()
    with (
        LoopbackCentral(as_http(central)) as server,
        HttpCentral(server.url + "/", "a-token", MONO) as link,
    ):
        link.card_status(CARD)
        link.mark(EPOCH)
    for asked in server.asked:
        assert asked.headers["authorization"] == "Bearer a-token"
        assert asked.headers["x-api-version"] == "1.0"
        assert asked.path.startswith("/api/v1.0/")


HTML: Final = b"<html><body>Welcome to the Wi-Fi</body></html>"
GOOD_STATUS: Final = json.dumps(
    {
        "card_id": CARD.hex(),
        "state": "active",
        "generation": 1,
        "member_status": "active",
        "display_name": None,
        "as_of": NOW,
    }
).encode()
HOSTILE: Final = {
    "html with 200": Told(kind="text/html", body=HTML),
    "html as json": Told(body=HTML),
    "html as a document": Told(kind="text/html; charset=utf-8", body=HTML),
    "captive portal": Told(status=403, kind="text/html", body=HTML),
    "captive portal with 511": Told(status=511, kind="text/html", body=HTML),
    "a 404 of somebody else": Told(status=404, kind="text/html", body=HTML),
    "a problem that is none": Told(status=403, kind=wire.PROBLEM_TYPE, body=HTML),
    "redirect": Told(status=302, body=b"", headers={"Location": "http://127.0.0.1:9/login"}),
    "no content": Told(status=204, body=b""),
    "not changed, unasked": Told(status=304, body=b""),
    "empty": Told(body=b""),
    "truncated json": Told(body=GOOD_STATUS[:40]),
    "cut in the middle": Told(body=GOOD_STATUS[:40], length=len(GOOD_STATUS)),
    "huge": Told(body=b'"' + b" " * (wire.MAX_ANSWER_BYTES + 1) + b'"'),
    "gzip that is none": Told(body=HTML, headers={"Content-Encoding": "gzip"}),
    "gzip bomb": Told(
        body=gzip.compress(b" " * (wire.MAX_ANSWER_BYTES * 4)), headers={"Content-Encoding": "gzip"}
    ),
    "deep json": Told(body=b"[" * 100_000),
    "json of another shape": Told(body=b'{"mark": "many"}'),
    "a list": Told(body=b"[]"),
    "not utf-8": Told(body=b'{"card_id": "\xff"}'),
    "a server error": Told(status=500, kind="text/html", body=HTML),
    "bad gateway": Told(status=502, body=b"{}"),
    "too busy": a_problem(429),
    "too slow": a_problem(408),
    "connection reset": Told(reset=True),
}
QUESTIONS: Final[dict[str, Callable[[CentralLink], object]]] = {
    "status": lambda link: link.card_status(CARD),
    "mark": lambda link: link.mark(EPOCH),
    "upload": lambda link: link.upload(wire.AuditBatch(epoch=EPOCH.hex(), first=1, entries=[b"x"])),
    "enrol": lambda link: link.enrol(
        wire.EnrolRequest(selector="SSSS", secret="KKKK", program="gatepost test")
    ),
    "key set": lambda link: link.key_set(None),
    "snapshot": lambda link: link.snapshot(None),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_not_central_is_central_away_whatever_was_asked(hostile: str) -> None:
    with answering(HOSTILE[hostile]) as server, HttpCentral(server.url, "t", MONO) as link:
        for name, ask in QUESTIONS.items():
            if hostile == "not changed, unasked" and name in {"key set", "snapshot"}:
                assert ask(link) is None  # nothing new: nothing is put in force
                continue
            with pytest.raises(LinkDownError):
                ask(link)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_not_central_marks_nothing_as_sent_and_wipes_nothing(hostile: str) -> None:
    ledger, keyring, standings = FakeLedger(), FakeKeyRing(), FakeStandings()
    standings.remember(CARD, a_standing())
    ledger.commit(a_refusal())
    with answering(HOSTILE[hostile]) as server, HttpCentral(server.url, "t", MONO) as link:
        refresher = Refresher(
            link=link,
            keyring=keyring,
            memory=standings,
            gate=a_gate(clock=FakeClock(), outbox=ledger),
        )
        with suppress(LinkDownError):
            refresher.refresh()
        with pytest.raises(LinkDownError):
            upload_all(link, ledger)
    assert (ledger.backlog(), len(ledger.log), ledger.floor) == (1, 1, NOW)
    assert (keyring.replaced, keyring.keys) == ([], the_keys())
    assert (standings.version, standings.cached(CARD)) == (0, a_standing())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_centrals_own_no_is_a_refusal_with_its_word(status: int) -> None:
    with (
        answering(a_problem(status, "urn:gatepost:problem:x")) as server,
        HttpCentral(server.url, "t", MONO) as link,
        pytest.raises(LinkRefusedError) as caught,
    ):
        link.mark(EPOCH)
    assert (caught.value.status, caught.value.kind) == (status, "urn:gatepost:problem:x")
    assert "No." in str(caught.value)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30.0), ("0", 0.0), ("-4", 0.0), ("nan", 0.0), ("soon", None)],
)
def test_central_may_say_when_to_come_back(header: str, seconds: float | None) -> None:
    with (
        answering(a_problem(429, **{"Retry-After": header})) as server,
        HttpCentral(server.url, "t", MONO) as link,
        pytest.raises(LinkDownError) as caught,
    ):
        link.mark(EPOCH)
    assert caught.value.retry_after == seconds


def test_another_devices_mark_marks_nothing_as_sent() -> None:
    ledger = FakeLedger()
    ledger.commit(a_refusal())
    other = wire.MarkAnswer(epoch=EPOCH.hex(), mark=1, hash="ab" * 32)
    with (
        answering(Told(body=wire.serialise(other))) as server,
        HttpCentral(server.url, "t", MONO) as link,
        pytest.raises(LinkDownError, match="does not fit"),
    ):
        upload_all(link, ledger)
    assert ledger.backlog() == 1


def test_a_lost_reply_costs_nothing_the_next_upload_finds_it_there(central: FakeCentral) -> None:
    ledger = FakeLedger()
    for _ in range(2):
        ledger.commit(a_refusal())
    central.cut = True
    with pytest.raises(LinkDownError):
        upload_all(central, ledger)
    assert ledger.backlog() == 2
    central.cut = False
    with LoopbackCentral(as_http(central)) as server, HttpCentral(server.url, "t", MONO) as link:
        report = upload_all(link, ledger)
    assert (report.uploaded, report.mark, ledger.backlog()) == (0, 2, 0)
    assert Seq(report.mark) == ledger.head(EPOCH)


def test_a_central_that_says_nothing_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.adapters.central_httpx.link.ANSWER_WITHIN", 0.2)
    with answering(Told(silent=True)) as server, HttpCentral(server.url, "t", MONO) as link:
        link._client.timeout = 0.2
        with pytest.raises(LinkDownError, match="does not answer"):
            link._ask("GET", "/devices/me/audit/mark", timeout=0.2)


def test_nobody_listening_is_central_away() -> None:
    with LoopbackCentral(lambda _: Told()) as server:
        url = server.url
    with HttpCentral(url, "t", MONO) as link, pytest.raises(LinkDownError, match="does not answer"):
        link.mark(EPOCH)


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://[", "http://127.0.0.1:0"])
def test_an_address_that_leads_nowhere_is_central_away(url: str) -> None:
    with closing(HttpCentral(url, "t", MONO)) as link, pytest.raises(LinkDownError):
        link.mark(EPOCH)


@pytest.mark.parametrize("token", ["é", "a\r\nX-Evil: 1", "\x00"])
def test_a_token_of_any_text_is_no_crash(token: str) -> None:
    with answering(a_problem(401)) as server, closing(HttpCentral(server.url, token, MONO)) as link:
        with pytest.raises(LinkError):
            link.mark(EPOCH)
        assert all("x-evil" not in asked.headers for asked in server.asked)


def test_a_tag_that_no_header_can_carry_is_not_kept() -> None:
    told = Told(kind=wire.DOCUMENT_TYPE, body=KEYS, headers={"ETag": '"\xe9"'})
    with answering(told) as server, HttpCentral(server.url, "t", MONO) as link:
        assert link.key_set(None) == Fetched(data=KEYS, etag=None)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with answering(Told(body=GOOD_STATUS)) as server, HttpCentral(server.url, "t", MONO) as link:
        assert link.card_status(CARD) is not None
