"""A body sealed to one device: HPKE as RFC 9180 has it, held against the RFC's own vector, and opened by nobody else."""

import hmac
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cardcore.cbor import serialise
from cardcore.documents import DocumentKind
from cardcore.errors import SealedElsewhereError, UntrustedError
from cardcore.ids import DeviceId
from cardcore.sealed_body import OVERHEAD_BYTES, open_body, seal_body
from tests.fakes.card_material import fixed_bytes

KIND: Final = DocumentKind.KEY_SET
DEVICE: Final = DeviceId("d-1")
PRIVATE: Final = fixed_bytes("receiving")
BODY: Final = ((b"kid1", 4, bytes(32)), (b"kid2", -8, bytes(32)))


def public_of(private: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sealed(body: object = BODY) -> bytes:
    return seal_body(
        body,  # type: ignore[arg-type] # any body
        kind=KIND,
        device=DEVICE,
        receiving_key=public_of(PRIVATE),
    )


def opened(
    data: bytes,
    *,
    kind: DocumentKind = KIND,
    device: DeviceId = DEVICE,
    private: bytes = PRIVATE,
) -> object:
    return open_body(data, kind=kind, device=device, private_key=private)


# HPKE in base mode from RFC 9180 alone: sections 4, 4.1 and 5.1.
def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def expand(suite: bytes, prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", "sha256")[:size]


def by_the_rfc(data: bytes, private: bytes, info: bytes, *, aead: int, aad: bytes) -> bytes:
    """What was sealed; ``aead`` 1 for AES-128-GCM, 2 for AES-256-GCM."""
    enc, ciphertext = data[:32], data[32:]
    kem = b"KEM" + (0x20).to_bytes(2, "big")
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x20, 1, aead))
    key = X25519PrivateKey.from_private_bytes(private)
    dh = key.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + key.public_key().public_bytes_raw()
    eae = extract(kem, b"", b"eae_prk", dh)
    shared = expand(kem, eae, b"shared_secret", context, 32)
    schedule = (
        b"\x00" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    )
    secret = extract(suite, shared, b"secret", b"")
    size = 16 if aead == 1 else 32
    cipher = AESGCM(expand(suite, secret, b"key", schedule, size))
    return cipher.decrypt(expand(suite, secret, b"base_nonce", schedule, 12), ciphertext, aad)


def test_the_yardstick_opens_the_vector_of_the_rfc() -> None:
    """RFC 9180, appendix A.1.1.1, sequence number 0."""
    enc = bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431")
    ciphertext = bytes.fromhex(
        "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"
    )
    private = bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    plain = by_the_rfc(enc + ciphertext, private, info, aead=1, aad=b"Count-0")
    assert plain == b"Beauty is truth, truth beauty"


def test_what_is_sealed_is_opened_by_the_yardstick() -> None:
    info = b"Gatepost\x00keyset\x00d-1"
    assert by_the_rfc(sealed(), PRIVATE, info, aead=2, aad=b"") == serialise(BODY)


def test_what_is_sealed_is_opened_by_its_device_and_different_each_time() -> None:
    assert opened(sealed()) == BODY
    assert sealed() != sealed()
    assert len(sealed()) == len(serialise(BODY)) + OVERHEAD_BYTES


@pytest.mark.parametrize(
    "wrong",
    [
        {"private": fixed_bytes("another device")},
        {"device": DeviceId("d-2")},
        {"kind": DocumentKind.POLICY},
    ],
)
def test_another_device_and_another_kind_open_nothing(wrong: dict[str, object]) -> None:
    with pytest.raises(SealedElsewhereError, match="another device"):
        opened(sealed(), **wrong)  # type: ignore[arg-type] # a table of arguments


@pytest.mark.parametrize("at", [0, 31, 32, 40, -1])
def test_one_bit_off_opens_nothing(at: int) -> None:
    data = bytearray(sealed())
    data[at] ^= 1
    with pytest.raises(SealedElsewhereError):
        opened(bytes(data))


@pytest.mark.parametrize("size", [0, 1, 31, 32, 47, 48])
def test_a_part_of_it_opens_nothing(size: int) -> None:
    with pytest.raises(SealedElsewhereError):
        opened(sealed()[:size])


def test_a_point_of_small_order_opens_nothing() -> None:
    with pytest.raises(SealedElsewhereError):
        opened(bytes(32) + sealed()[32:])


def test_what_was_sealed_and_is_no_body_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardcore.sealed_body.serialise", lambda body: body)
    data = sealed(b"\xff")
    with pytest.raises(UntrustedError, match="none"):
        opened(data)
