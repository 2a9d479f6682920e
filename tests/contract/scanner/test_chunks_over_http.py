"""Chunks over real HTTP: what is no chunk of central's is refused before it fills the memory."""

import gzip
from typing import Final

import pytest

from cardcore.snapshot_chunk import MAX_CHUNK_BYTES
from scanner.adapters.central_httpx import HttpCentral
from scanner.adapters.clock_system import SystemClock
from scanner.errors import LinkDownError, LinkRefusedError, OddAnswerError
from tests.fakes.scanner_http import Told, a_problem, answering

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

MONO: Final = SystemClock().mono
DIGEST: Final = bytes(range(32))
KIND: Final = "application/cbor"


def test_a_chunk_comes_byte_for_byte_by_its_hash() -> None:
    body = bytes(MAX_CHUNK_BYTES)
    with (
        answering(Told(kind=KIND, body=body)) as server,
        HttpCentral(server.url, "t", MONO) as link,
    ):
        assert link.chunk(DIGEST) == body
        [asked] = server.asked
    assert asked.path == f"/api/v1.0/devices/me/snapshot/chunks/{DIGEST.hex()}"
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "told",
    [
        Told(kind=KIND, body=bytes(MAX_CHUNK_BYTES + 1)),
        Told(kind=KIND, body=gzip.compress(b"c"), headers={"Content-Encoding": "gzip"}),
        Told(
            kind=KIND,
            body=gzip.compress(bytes(64 * MAX_CHUNK_BYTES)),
            headers={"Content-Encoding": "gzip"},
        ),
    ],
    ids=["too long", "packed", "a bomb"],
)
def test_one_that_is_too_long_or_packed_is_refused(told: Told) -> None:
    with (
        answering(told) as server,
        HttpCentral(server.url, "t", MONO) as link,
        pytest.raises(OddAnswerError),
    ):
        link.chunk(DIGEST)


def test_one_that_is_cut_is_a_line_that_was_lost() -> None:
    with (
        answering(Told(kind=KIND, body=b"half", length=8)) as server,
        HttpCentral(server.url, "t", MONO) as link,
        pytest.raises(LinkDownError) as caught,
    ):
        link.chunk(DIGEST)
    assert not isinstance(caught.value, OddAnswerError)


def test_one_that_central_does_not_have_is_centrals_no() -> None:
    with (
        answering(a_problem(404)) as server,
        HttpCentral(server.url, "t", MONO) as link,
        pytest.raises(LinkRefusedError) as caught,
    ):
        link.chunk(DIGEST)
    assert caught.value.status == 404
