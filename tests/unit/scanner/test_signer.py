"""A door that signs: what it believes of central's refusals, and what it does not."""

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from cardcore import wire
from cardcore.audit import START
from cardcore.device_keys import DeviceKeys
from cardcore.documents import DocumentKind
from cardcore.ids import DeviceId, Micros, UnixSeconds
from cardcore.request_signature import SignableRequest, check_request
from cardcore.revocation_document import sign_revocation
from cardcore.time_document import sign_time
from scanner.adapters.central_httpx import HttpCentral
from scanner.errors import DeviceRevokedError, LinkDownError, LinkRefusedError
from scanner.sync.registration import Registration
from scanner.sync.signer import RequestSigner
from tests.fakes.card_material import NOW, VENUE
from tests.fakes.scanner_central import OTHER_SECRET, ROOT, ROOT_SECRET, signed
from tests.fakes.scanner_http import Asked, LoopbackCentral, Told
from tests.fakes.scanner_ledger import EPOCH

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

KEYS: Final = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32)
DEVICE: Final = DeviceId("dev-1")
AHEAD: Final = 10_000
MARK: Final = Told(
    body=wire.serialise(wire.MarkAnswer(epoch=EPOCH.hex(), mark=0, hash=START.hash.hex()))
)
REVOKED: Final = sign_revocation(
    DEVICE, VENUE, UnixSeconds(NOW), root=ROOT, private_key=ROOT_SECRET
)


def refusing(kind: str, document: bytes | None, status: int = 401) -> Told:
    problem = wire.Problem(
        type=f"urn:gatepost:problem:{kind}", title="No.", status=status, document=document
    )
    return Told(status=status, kind=wire.PROBLEM_TYPE, body=wire.serialise(problem))


def nonce_of(asked: Asked) -> bytes:
    request = SignableRequest(method=asked.method, target=asked.path, body=asked.body)
    found = check_request(request, asked.headers, lambda _: KEYS.public.signing)
    return bytes.fromhex(found.nonce)


def created_of(asked: Asked) -> int:
    request = SignableRequest(method=asked.method, target=asked.path, body=asked.body)
    return check_request(request, asked.headers, lambda _: KEYS.public.signing).created


@pytest.fixture
def signer() -> RequestSigner:
    drawn = iter(range(1, 1_000))
    return RequestSigner(
        key_id=DEVICE,
        private_key=KEYS.signing,
        now=lambda: UnixSeconds(NOW),
        random=lambda size: next(drawn).to_bytes(size, "big"),
        root=ROOT,
        audience=VENUE,
    )


class Central:
    """A server whose answers a test decides, and the door's link to it."""

    def __init__(self, signer: RequestSigner) -> None:
        self.signer = signer
        self.server = LoopbackCentral(lambda _: MARK)
        self.link: HttpCentral | None = None

    def mark(self, script: Callable[[Asked], Told]) -> wire.MarkAnswer:
        self.server.script = script
        assert self.link is not None
        return self.link.mark(EPOCH)


@pytest.fixture
def central(signer: RequestSigner) -> Iterator[Central]:
    made = Central(signer)
    with (
        made.server,
        HttpCentral(made.server.url, None, lambda: Micros(0), signer) as link,
    ):
        made.link = link
        yield made


def test_every_request_is_signed_with_a_nonce_of_its_own(central: Central) -> None:
    central.mark(lambda _: MARK)
    central.mark(lambda _: MARK)
    first, second = (nonce_of(asked) for asked in central.server.asked)
    assert first != second
    assert "authorization" not in central.server.asked[0].headers


def told_time(asked: Asked, said: int = NOW + AHEAD, secret: bytes = ROOT_SECRET) -> Told:
    document = sign_time(UnixSeconds(said), nonce_of(asked), VENUE, root=ROOT, private_key=secret)
    return refusing("clock_skew", document)


def test_centrals_signed_time_serves_to_sign_by(central: Central) -> None:
    def script(asked: Asked) -> Told:
        return MARK if created_of(asked) >= NOW + AHEAD else told_time(asked)

    assert central.mark(script).mark == 0
    assert central.mark(script).mark == 0
    assert [created_of(asked) - NOW for asked in central.server.asked] == [0, AHEAD, AHEAD]


@pytest.mark.parametrize(
    "document",
    [
        None,
        b"",
        b"nonsense",
        REVOKED,
        signed(DocumentKind.TIME, b"\x00" * 16, version=NOW + 9),
        sign_time(UnixSeconds(NOW + 9), b"n" * 16, VENUE, root=ROOT, private_key=OTHER_SECRET),
    ],
)
def test_a_time_that_the_root_did_not_sign_over_this_request_changes_nothing(
    central: Central, document: bytes | None
) -> None:
    with pytest.raises(LinkRefusedError, match="clock_skew"):
        central.mark(lambda _: refusing("clock_skew", document))
    assert central.signer.offset == 0
    assert len(central.server.asked) == 1


def test_another_roots_time_over_this_very_request_changes_nothing(central: Central) -> None:
    with pytest.raises(LinkRefusedError, match="clock_skew"):
        central.mark(lambda asked: told_time(asked, secret=OTHER_SECRET))
    assert central.signer.offset == 0


def test_a_central_that_is_never_content_is_asked_twice_and_no_more(central: Central) -> None:
    with pytest.raises(LinkRefusedError, match="clock_skew"):
        central.mark(told_time)
    assert len(central.server.asked) == 2


def test_a_revocation_by_the_root_that_names_this_device_shuts_it_out(central: Central) -> None:
    with pytest.raises(DeviceRevokedError) as caught:
        central.mark(lambda _: refusing("device_revoked", REVOKED, 403))
    assert (caught.value.document, caught.value.since) == (REVOKED, NOW)


@pytest.mark.parametrize(
    "document",
    [
        None,
        b"nonsense",
        REVOKED[:-1],
        sign_revocation(DEVICE, VENUE, UnixSeconds(NOW), root=ROOT, private_key=OTHER_SECRET),
        sign_revocation(
            DeviceId("dev-2"), VENUE, UnixSeconds(NOW), root=ROOT, private_key=ROOT_SECRET
        ),
        signed(DocumentKind.DEVICE_REVOCATION, "dev-1", audience=VENUE, secret=OTHER_SECRET),
        signed(DocumentKind.SNAPSHOT, "dev-1"),
    ],
)
def test_a_bare_no_shuts_nobody_out(central: Central, document: bytes | None) -> None:
    with pytest.raises(LinkRefusedError, match="device_revoked"):
        central.mark(lambda _: refusing("device_revoked", document, 403))


def test_another_refusal_with_a_document_is_a_refusal(central: Central) -> None:
    with pytest.raises(LinkRefusedError, match="not_permitted"):
        central.mark(lambda _: refusing("not_permitted", REVOKED, 403))


def test_who_has_no_root_yet_believes_no_document() -> None:
    signer = RequestSigner(
        key_id="new", private_key=KEYS.signing, now=lambda: UnixSeconds(NOW), random=bytes
    )
    error = LinkRefusedError(403, "urn:gatepost:problem:device_revoked", "no", REVOKED)
    assert not signer.heed(error)


class _Office:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.told: list[wire.DeviceKeysRequest] = []

    def register(self, request: wire.DeviceKeysRequest) -> wire.DeviceKeysAnswer:
        self.told.append(request)
        if self.error is not None:
            raise self.error
        return wire.DeviceKeysAnswer(device_id=DEVICE)


def test_keys_are_registered_once_and_then_the_token_goes() -> None:
    office, done = _Office(), list[str]()
    registration = Registration(link=office, keys=KEYS.public, done=lambda: done.append("gone"))
    registration.register_if_needed()
    registration.register_if_needed()
    assert [request.signing_key for request in office.told] == [KEYS.public.signing.hex()]
    assert done == ["gone"]


def test_a_central_that_takes_no_keys_leaves_the_token_good() -> None:
    office = _Office(LinkRefusedError(404, "urn:gatepost:problem:not_found", "nothing here"))
    done: list[str] = []
    registration = Registration(link=office, keys=KEYS.public, done=lambda: done.append("gone"))
    registration.register_if_needed()
    assert done == []
    office.error = None
    registration.register_if_needed()
    assert done == ["gone"]


def test_a_lost_reply_leaves_the_token_until_it_is_known() -> None:
    office, done = _Office(LinkDownError("lost")), list[str]()
    registration = Registration(link=office, keys=KEYS.public, done=lambda: done.append("gone"))
    with pytest.raises(LinkDownError):
        registration.register_if_needed()
    assert done == []
