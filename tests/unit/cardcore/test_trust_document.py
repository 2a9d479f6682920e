"""Whom a device is about to trust: nothing counts that the root in the code did not sign over this very question."""

from typing import Final

import pytest

from cardcore.documents import DocumentKind
from cardcore.enrolment import EnrolmentCode, fingerprint_of
from cardcore.errors import UntrustedError
from cardcore.ids import Kid, UnixSeconds
from cardcore.signing import sign_message
from cardcore.trust_document import EVERYBODY, Trust, sign_trust, trust_in
from tests.fakes.card_material import NOW
from tests.fakes.scanner_central import OTHER_SECRET, ROOT, ROOT_SECRET, signed

NONCE: Final = bytes(range(16))
PEM: Final = "-----BEGIN CERTIFICATE-----\n"
CODE: Final = EnrolmentCode(
    selector=bytes(5), secret=bytes(10), fingerprint=fingerprint_of(ROOT.public_key)
)


def said(pem: str | None = PEM, *, nonce: bytes = NONCE, secret: bytes = ROOT_SECRET) -> bytes:
    return sign_trust(nonce, pem, UnixSeconds(NOW), root=ROOT, private_key=secret)


@pytest.mark.parametrize("pem", [PEM, None])
def test_root_and_certificate_come_through(pem: str | None) -> None:
    assert trust_in(said(pem), NONCE, CODE) == Trust(root=ROOT, certificate=pem)


BODY: Final = (NONCE, ROOT.public_key, PEM)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        said()[:-1],
        said(nonce=bytes(16)),
        said(secret=OTHER_SECRET),
        signed(DocumentKind.TRUST, BODY),
        signed(DocumentKind.SNAPSHOT, BODY, audience=EVERYBODY),
        signed(DocumentKind.TRUST, (NONCE, ROOT.public_key), audience=EVERYBODY),
        signed(DocumentKind.TRUST, (NONCE, bytes(32), PEM), audience=EVERYBODY),
        signed(DocumentKind.TRUST, ("x", ROOT.public_key, PEM), audience=EVERYBODY),
        signed(DocumentKind.TRUST, 7, audience=EVERYBODY),
        sign_message(b"\xff", kid=Kid(ROOT.kid), private_key=ROOT_SECRET),
        sign_message(b"\x01", kid=Kid(ROOT.kid), private_key=ROOT_SECRET),
    ],
)
def test_what_the_root_in_the_code_did_not_say_is_not_believed(data: bytes) -> None:
    with pytest.raises(UntrustedError):
        trust_in(data, NONCE, CODE)


def test_another_root_than_the_codes_is_not_believed() -> None:
    code = EnrolmentCode(selector=bytes(5), secret=bytes(10), fingerprint=bytes(10))
    with pytest.raises(UntrustedError, match="another central"):
        trust_in(said(), NONCE, code)
