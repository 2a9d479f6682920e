"""Signed requests: whatever is changed, left out or made up is refused."""

from dataclasses import replace
from typing import Final

import pytest

from cardcore.device_keys import DeviceKeys
from cardcore.errors import RequestSignatureError
from cardcore.ids import UnixSeconds
from cardcore.request_signature import (
    RequestSignature,
    SignableRequest,
    check_request,
    is_signed,
    sign_request,
)

KEYS: Final = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32)
OTHER: Final = DeviceKeys(signing=b"o" * 32, receiving=b"r" * 32)
NOW: Final = UnixSeconds(1_800_000_000)
NONCE: Final = bytes(range(16))
ASKED: Final = SignableRequest(method="GET", target="/api/v1.0/cards/00ff/status?a=b%20c", body=b"")
SENT: Final = SignableRequest(method="POST", target="/api/v1.0/devices/me/heartbeat", body=b"{}")


def signed(request: SignableRequest, keys: DeviceKeys = KEYS) -> dict[str, str]:
    made = sign_request(request, key_id="d-1", private_key=keys.signing, created=NOW, nonce=NONCE)
    return {name.lower(): value for name, value in made.items()}


def public(key_id: str) -> bytes | None:
    return KEYS.public.signing if key_id == "d-1" else None


@pytest.mark.parametrize("request_", [ASKED, SENT])
def test_what_was_signed_is_found_right(request_: SignableRequest) -> None:
    headers = signed(request_)
    assert is_signed(headers)
    found = check_request(request_, headers, public)
    assert found == RequestSignature(key_id="d-1", created=NOW, nonce=NONCE.hex())


@pytest.mark.parametrize(
    "other",
    [
        replace(SENT, method="PUT"),
        replace(SENT, method="post"),
        replace(SENT, target="/api/v1.0/devices/me/audit/batches"),
        replace(SENT, target=SENT.target + "?x=1"),
        replace(SENT, target=SENT.target + "/"),
        replace(SENT, target=""),
        replace(SENT, target="/%zz"),
        replace(SENT, target="/ü"),
        replace(SENT, body=b"[]"),
        replace(SENT, body=b""),
        replace(SENT, body=b"{} "),
    ],
)
def test_another_request_than_was_signed_is_refused(other: SignableRequest) -> None:
    with pytest.raises(RequestSignatureError):
        check_request(other, signed(SENT), public)


def test_a_body_that_was_not_signed_is_refused() -> None:
    with pytest.raises(RequestSignatureError):
        check_request(replace(ASKED, body=b"{}"), signed(ASKED), public)


def test_another_devices_key_is_refused() -> None:
    with pytest.raises(RequestSignatureError):
        check_request(SENT, signed(SENT, OTHER), public)


def test_a_key_that_nobody_knows_is_refused() -> None:
    with pytest.raises(RequestSignatureError):
        check_request(SENT, signed(SENT), lambda _: None)


GOOD: Final = signed(SENT)
INPUT: Final = GOOD["signature-input"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"signature-input": INPUT},
        {"signature": GOOD["signature"]},
        {**GOOD, "signature": ""},
        {**GOOD, "signature": "gatepost=:AAAA:"},
        {**GOOD, "signature": "gatepost=1"},
        {**GOOD, "signature": GOOD["signature"].replace("gatepost", "other")},
        {**GOOD, "signature": GOOD["signature"][:-9] + ":"},
        {**GOOD, "signature-input": ""},
        {**GOOD, "signature-input": "\x00"},
        {**GOOD, "signature-input": "gatepost"},
        {**GOOD, "signature-input": "gatepost=1"},
        {**GOOD, "signature-input": "gatepost=()"},
        {**GOOD, "signature-input": "(" * 1_000},
        {**GOOD, "signature-input": "x" * 100_000},
        {**GOOD, "signature-input": INPUT.replace("1800000000", "1800000001")},
        {**GOOD, "signature-input": INPUT.replace("1800000000", '"1800000000"')},
        {**GOOD, "signature-input": INPUT.replace("1800000000", "-1")},
        {**GOOD, "signature-input": INPUT.replace("1800000000", "999999999999999")},
        {**GOOD, "signature-input": INPUT.replace(";created=1800000000", "")},
        {**GOOD, "signature-input": INPUT.replace(f';nonce="{NONCE.hex()}"', "")},
        {**GOOD, "signature-input": INPUT.replace('"@method" ', "")},
        {**GOOD, "signature-input": INPUT.replace('"@query"', '"@query" "@query"')},
        {**GOOD, "signature-input": INPUT.replace("d-1", "d-2")},
        {**GOOD, "signature-input": INPUT.replace("ed25519", "hmac-sha256")},
        {**GOOD, "signature-input": INPUT.replace(';tag="gatepost"', "")},
        {**GOOD, "signature-input": INPUT + ";expires=1900000000"},
        {name: value for name, value in GOOD.items() if name != "content-digest"},
        {**GOOD, "content-digest": "sha-256=:AAAA:"},
        {**GOOD, "content-digest": ""},
    ],
)
def test_what_is_no_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(RequestSignatureError):
        check_request(SENT, headers, public)


def test_an_instant_that_is_none_is_refused() -> None:
    made = sign_request(
        SENT, key_id="d-1", private_key=KEYS.signing, created=UnixSeconds(2**34), nonce=NONCE
    )
    headers = {name.lower(): value for name, value in made.items()}
    with pytest.raises(RequestSignatureError, match="instant"):
        check_request(SENT, headers, public)


def test_nobody_signs_without_a_key() -> None:
    with pytest.raises(ValueError, match="32"):
        sign_request(SENT, key_id="d-1", private_key=b"", created=NOW, nonce=NONCE)


@pytest.mark.parametrize("nonce", [b"", b"short", bytes(17)])
def test_a_nonce_of_another_size_is_refused(nonce: bytes) -> None:
    made = sign_request(SENT, key_id="d-1", private_key=KEYS.signing, created=NOW, nonce=nonce)
    headers = {name.lower(): value for name, value in made.items()}
    with pytest.raises(RequestSignatureError, match="nonce"):
        check_request(SENT, headers, public)
