"""Any bytes in a code and any answer from central give a decision with a reason, and never an admission by themselves."""

import string
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Final

import httpx
import numpy as np
import pytest
from hypothesis import given, strategies as st

from cardcore import wire
from cardcore.errors import WireError
from cardcore.ids import CardId, Epoch
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from cardcore.policy import KIOSK_RULES
from cardcore.reasons import Reason
from scanner.adapters.central_httpx import HttpCentral
from scanner.adapters.decoder_pyzbar import PyzbarDecoder
from scanner.adapters.decoder_zxing import ZxingDecoder
from scanner.adapters.picture_opencv import decode_picture
from scanner.circuit import Breaker
from scanner.door.decision import Admit, Refuse
from scanner.errors import LinkError
from scanner.status import LiveStatus, StatusChain
from scanner.sync.upload import upload_all
from tests.fakes.card_material import NOW, some_claims
from tests.fakes.scanner_clock import FakeClock, moment_at
from tests.fakes.scanner_door import a_card, a_pipeline, a_presentation, a_refusal, an_identity
from tests.fakes.scanner_ledger import FakeLedger
from tests.fakes.scanner_parts import FakeBreaker, FakeDecoder, a_frame
from tests.fakes.scanner_standings import FakeStandings

CARD: Final = CardId(some_claims().card_id)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS: Final = st.fixed_dictionaries(
    {},
    optional={
        "card_id": st.sampled_from([CARD.hex(), CARD.hex().upper(), "00" * 16]) | JSON,
        "state": st.sampled_from([state.value for state in CardState]) | JSON,
        "generation": st.integers(-1, 1 << 70) | JSON,
        "member_status": st.sampled_from([status.value for status in MemberStatus]) | JSON,
        "display_name": st.none() | st.text(max_size=20) | JSON,
        "as_of": st.integers(-1, 1 << 70) | JSON,
        "epoch": st.text(string.hexdigits, max_size=20),
        "mark": st.integers(0, 1 << 70) | JSON,
        "hash": st.text(string.hexdigits, max_size=70),
        "accepted": JSON,
        "duplicate": JSON,
        "quarantined": JSON,
    },
)
ANSWERS: Final = st.binary(max_size=200) | JSON.map(wire.serialise) | FIELDS.map(wire.serialise)
HEADERS: Final = st.sampled_from(
    ["application/json", "application/problem+json", "text/html", "application/cose", ""]
)


class _Scripted:
    """A central that answers every question with the status, type and bytes it was last told."""

    def __init__(self) -> None:
        self.link = HttpCentral("http://central.test", "token", FakeClock().mono)
        self.link.close()
        self.told = (500, "", b"")
        self.link._client = httpx.Client(
            base_url="http://central.test/api/v1.0",
            transport=httpx.MockTransport(self._answer),
            trust_env=False,
        )

    def tell(self, status: int, kind: str, body: bytes) -> None:
        self.told = (status, kind, body)

    def _answer(self, _request: httpx.Request) -> httpx.Response:
        status, kind, body = self.told
        return httpx.Response(status, headers={"content-type": kind}, content=body)


@pytest.fixture(scope="module")
def central() -> Iterator[_Scripted]:
    made = _Scripted()
    with closing(made.link):
        yield made


@given(payloads=st.lists(st.binary(max_size=600), min_size=1, max_size=4, unique=True))
def test_any_bytes_in_a_code_are_refused_with_a_reason_and_logged(payloads: list[bytes]) -> None:
    ledger = FakeLedger()
    pipeline = a_pipeline(ledger=ledger, decoder=FakeDecoder(*payloads))
    shown = pipeline.presentations(a_frame(at=moment_at(NOW)), "camera:0", None)
    answers = [pipeline.answer(each) for each in shown]
    assert [answer.seq for answer in answers] == list(range(1, len(payloads) + 1))
    assert all(isinstance(answer.decision, Refuse) for answer in answers)
    assert len(ledger.log) == len(payloads)


@given(
    text=st.text(max_size=600)
    | st.text("MC1:0123456789ABCXYZ $%*+-./:", max_size=200).map("MC1:".__add__)
)
def test_any_text_is_refused_with_a_reason(text: str) -> None:
    answer = a_pipeline().answer(a_presentation(text))
    assert isinstance(answer.decision, Refuse)
    assert answer.verification.claims is None


def _is_good_word(body: bytes) -> bool:
    """Whether this is central's own word, well-formed and about this card, that all is well with it."""
    try:
        answer = wire.parse(body, wire.CardStatusAnswer)
    except WireError:
        return False
    return (answer.card_id, answer.state, answer.member_status) == (
        CARD.hex(),
        CardState.ACTIVE,
        MemberStatus.ACTIVE,
    )


@given(
    status=st.sampled_from([200, 201, 204, 301, 304, 400, 401, 403, 404, 408, 429, 500, 503]),
    kind=HEADERS,
    body=ANSWERS,
)
def test_no_answer_but_centrals_own_good_word_admits_anybody(
    central: _Scripted, status: int, kind: str, body: bytes
) -> None:
    central.tell(status, kind, body)
    ledger, standings = FakeLedger(), FakeStandings()
    breaker: Breaker = FakeBreaker(failures=1_000)
    live_status = LiveStatus(
        link=central.link, breaker=breaker, memory=standings, mono=FakeClock().mono
    )
    with closing(live_status) as live:
        pipeline = a_pipeline(
            ledger=ledger,
            status=StatusChain(live=live, memory=standings),
            identity=an_identity(rules=KIOSK_RULES),  # where nothing is known, nobody goes in
        )
        answer = pipeline.answer(a_presentation(a_card(some_claims())))
    assert answer.seq == 1
    if isinstance(answer.decision, Admit):
        assert status in {200, 201}
        assert _is_good_word(body)
        assert answer.decision.reason is Reason.OK


@given(status=st.sampled_from([200, 201, 403, 409, 429, 500]), kind=HEADERS, body=ANSWERS)
def test_no_nonsense_from_central_marks_an_entry_as_sent(
    central: _Scripted, status: int, kind: str, body: bytes
) -> None:
    central.tell(status, kind, body)
    ledger = FakeLedger(epoch=Epoch(b"8 bytes!"))
    a_pipeline(ledger=ledger).answer(a_presentation("no card"))
    ledger.commit(a_refusal())
    with pytest.raises(LinkError):
        upload_all(central.link, ledger)
    assert ledger.backlog() == 2


@given(body=ANSWERS, kind=HEADERS)
def test_any_answer_to_any_question_is_a_value_or_a_link_error(
    central: _Scripted, body: bytes, kind: str
) -> None:
    central.tell(200, kind, body)
    for ask in (
        lambda: central.link.card_status(CARD),
        lambda: central.link.mark(Epoch(bytes(8))),
        lambda: central.link.key_set(None),
        lambda: central.link.snapshot('"tag"'),
        lambda: central.link.enrol(wire.EnrolRequest(selector="a", secret="b", program="c")),
    ):
        with suppress(LinkError):
            ask()


PICTURE_HEADS: Final = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", b"BM", b"II*\x00", b"MM\x00*",
    b"GIF89a", b"RIFF\x10\x00\x00\x00WEBPVP8 ", b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"P5\n", b"<svg ", b"<?xml", b"8BPS",
    b"\x00\x00\x00 ftypavif", b"#?RADIANCE\n", b"\x76\x2f\x31\x01", b"\x59\xa6\x6a\x95", b"",
)  # fmt: skip


@given(head=st.sampled_from(PICTURE_HEADS), rest=st.binary(max_size=300))
def test_any_bytes_as_a_picture_are_a_picture_or_a_reason(head: bytes, rest: bytes) -> None:
    found = decode_picture(head + rest)
    if not isinstance(found, str):
        assert found.dtype == np.uint8
        assert found.ndim == 2
        assert found.size > 0


@given(
    shape=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    still=st.booleans(),
    seed=st.integers(0, 255),
)
def test_a_frame_of_any_shape_has_an_answer(
    shape: tuple[int, int], seed: int, *, still: bool
) -> None:
    frame = a_frame(seed, shape=shape, still=still)
    assert ZxingDecoder().decode(frame) == ()
    assert PyzbarDecoder().decode(frame) == ()
