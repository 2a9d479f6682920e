"""Central's receipt for a log: its own word, and nobody else's."""

import pytest

from cardcore.cbor import CborValue
from cardcore.documents import DocumentKind, RootKey
from cardcore.errors import UntrustedError
from cardcore.ids import Audience, DeviceId, Epoch, Kid, Seq, UnixSeconds
from cardcore.receipt_document import Receipt, receipt_in, sign_receipt
from cardcore.time_document import sign_time
from tests.fakes.card_material import NOW, VENUE
from tests.fakes.scanner_central import OTHER_SECRET, ROOT, ROOT_SECRET, signed

RECEIPT = Receipt(device=DeviceId("d-1"), epoch=Epoch(bytes(8)), seq=Seq(7), hash=bytes(range(32)))


def given(
    receipt: Receipt = RECEIPT, audience: Audience = VENUE, secret: bytes = ROOT_SECRET
) -> bytes:
    return sign_receipt(receipt, audience, UnixSeconds(NOW), root=ROOT, private_key=secret)


def test_a_receipt_says_what_was_signed() -> None:
    assert receipt_in(given(), VENUE, root=ROOT) == RECEIPT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        given(secret=OTHER_SECRET),
        given(audience=Audience("elsewhere")),
        given()[:-1] + bytes([given()[-1] ^ 1]),
        sign_time(UnixSeconds(NOW), bytes(16), VENUE, root=ROOT, private_key=ROOT_SECRET),
    ],
    ids=["nothing", "html", "another root", "another venue", "a flipped bit", "another kind"],
)
def test_what_central_did_not_sign_is_no_receipt(data: bytes) -> None:
    with pytest.raises(UntrustedError):
        receipt_in(data, VENUE, root=ROOT)


def test_another_root_is_not_believed() -> None:
    other = RootKey(kid=Kid(b"none"), public_key=ROOT.public_key)
    with pytest.raises(UntrustedError, match="pinned root"):
        receipt_in(given(), VENUE, root=other)


@pytest.mark.parametrize(
    "body",
    [
        (),
        b"bytes",
        ("d-1", bytes(8), 7),
        ("d-1", bytes(8), 7, bytes(32), 1),
        (b"d-1", bytes(8), 7, bytes(32)),
        ("d-1", bytes(7), 7, bytes(32)),
        ("d-1", bytes(8), "7", bytes(32)),
        ("d-1", bytes(8), 0, bytes(32)),
        ("d-1", bytes(8), 7, bytes(31)),
    ],
)
def test_a_signed_body_of_another_shape_is_no_receipt(body: CborValue) -> None:
    with pytest.raises(UntrustedError, match="another shape"):
        receipt_in(signed(DocumentKind.RECEIPT, body), VENUE, root=ROOT)
