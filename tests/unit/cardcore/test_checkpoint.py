"""Checkpoints: nothing passes for one that the device did not sign, or that central did not countersign."""

import hashlib
from dataclasses import replace
from typing import Final

import pytest

from cardcore.cbor import CborValue, serialise
from cardcore.checkpoint import (
    CHECKPOINT_BYTES_MAX,
    Checkpoint,
    checkpoint_in,
    countersign,
    countersigned_in,
    countersigner_of,
    said_in,
    sign_checkpoint,
)
from cardcore.device_keys import DeviceKeys
from cardcore.documents import DocumentKind
from cardcore.errors import UntrustedError
from cardcore.ids import Audience, DeviceId, Epoch, Kid, Micros, Seq, UnixSeconds
from cardcore.signing import sign_message
from tests.fakes.card_material import NOW, VENUE
from tests.fakes.scanner_central import OTHER_SECRET, ROOT, ROOT_SECRET, signed

KEYS: Final = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32)
OTHER: Final = DeviceKeys(signing=b"o" * 32, receiving=b"r" * 32)
PUBLIC: Final = KEYS.public.signing
SAID: Final = Checkpoint(
    device=DeviceId("d-1"),
    epoch=Epoch(bytes(range(8))),
    seq=Seq(500),
    hash=bytes(range(32)),
    at=Micros(NOW * 1_000_000),
)
GOOD: Final = sign_checkpoint(SAID, private_key=KEYS.signing, public_key=PUBLIC)
BODY: Final = (SAID.device, SAID.epoch, SAID.seq, SAID.hash, SAID.at)


def message(payload: CborValue, keys: DeviceKeys = KEYS) -> bytes:
    return sign_message(serialise(payload), kid=Kid(_kid(keys)), private_key=keys.signing)


def _kid(keys: DeviceKeys) -> bytes:
    return hashlib.sha256(keys.public.signing).digest()[:4]


def test_a_checkpoint_comes_back_as_it_was_signed() -> None:
    assert checkpoint_in(GOOD, PUBLIC) == SAID
    assert message({-65_541: BODY}) == GOOD


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        GOOD[:-1],
        GOOD + b"\x00",
        bytes([*GOOD[:-1], GOOD[-1] ^ 1]),
        bytes(CHECKPOINT_BYTES_MAX + 1),
        sign_checkpoint(SAID, private_key=OTHER.signing, public_key=OTHER.public.signing),
        sign_checkpoint(SAID, private_key=OTHER.signing, public_key=PUBLIC),
        signed(DocumentKind.SNAPSHOT, ()),
        sign_message(b"\xff", kid=Kid(_kid(KEYS)), private_key=KEYS.signing),
        message(()),
        message({}),
        message({1: BODY}),
        message({-65_541: BODY, 1: 1}),
        message({-65_541: BODY[:-1]}),
        message({-65_541: (1, *BODY[1:])}),
        message({-65_541: (SAID.device, b"short", *BODY[2:])}),
        message({-65_541: (*BODY[:2], 0, *BODY[3:])}),
        message({-65_541: (*BODY[:3], b"short", SAID.at)}),
        message({-65_541: (*BODY[:4], -1)}),
    ],
)
def test_what_is_no_checkpoint_of_this_device_is_refused(data: bytes) -> None:
    with pytest.raises(UntrustedError):
        checkpoint_in(data, PUBLIC)


def test_a_countersignature_holds_the_checkpoint_as_it_was() -> None:
    data = countersign(GOOD, VENUE, UnixSeconds(NOW), root=ROOT, private_key=ROOT_SECRET)
    assert countersigned_in(data, VENUE, root=ROOT) == GOOD


@pytest.mark.parametrize(
    "data",
    [
        b"",
        countersign(GOOD, VENUE, UnixSeconds(NOW), root=ROOT, private_key=OTHER_SECRET),
        countersign(
            GOOD, Audience("elsewhere"), UnixSeconds(NOW), root=ROOT, private_key=ROOT_SECRET
        ),
        signed(DocumentKind.RECEIPT, GOOD),
        signed(DocumentKind.CHECKPOINT, "text"),
    ],
)
def test_what_central_did_not_countersign_is_refused(data: bytes) -> None:
    with pytest.raises(UntrustedError):
        countersigned_in(data, VENUE, root=ROOT)


def test_another_size_is_another_checkpoint() -> None:
    other = replace(SAID, seq=Seq(501))
    assert sign_checkpoint(other, private_key=KEYS.signing, public_key=PUBLIC) != GOOD


def test_who_countersigned_and_what_was_said_can_be_read_without_a_key() -> None:
    data = countersign(GOOD, VENUE, UnixSeconds(NOW), root=ROOT, private_key=ROOT_SECRET)
    assert countersigner_of(data) == ROOT.kid
    assert countersigner_of(b"nonsense") is None
    assert said_in(GOOD) == SAID
    with pytest.raises(UntrustedError):
        said_in(b"nonsense")
