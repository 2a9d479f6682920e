"""The key set for one device: sealed to its own key, and nobody else's to read."""

from dataclasses import replace

import pytest

from cardcore.device_keys import device_keys_of
from cardcore.documents import DocumentKind, open_document
from cardcore.errors import SealedElsewhereError
from cardcore.ids import DeviceId
from cardcore.sealed_body import open_body
from central.bootstrap import Central
from central.ports.records import Device
from tests.fakes.card_material import fixed_bytes
from tests.fakes.central_material import MAIN, some_device

KEYS = device_keys_of(fixed_bytes("signing"), fixed_bytes("receiving"))
OTHER = fixed_bytes("another device")


@pytest.fixture
def device() -> Device:
    """It has registered its keys."""
    return replace(some_device(), keys=KEYS.public)


def test_it_is_the_key_set_of_the_venue_and_only_the_device_opens_it(
    central: Central, device: Device
) -> None:
    key_set = central.signed.key_sets.key_set(MAIN)
    root = central.keys.root_key()
    kind = DocumentKind.KEY_SET
    sealed, plain = (
        open_document(data, root=root, kind=kind, audience=MAIN)
        for data in (central.signed.key_sets.sealed_to(device, key_set), key_set.content)
    )
    assert isinstance(sealed.body, bytes)
    assert replace(sealed, body=plain.body) == plain
    opened = open_body(sealed.body, kind=kind, device=device.device_id, private_key=KEYS.receiving)
    assert opened == plain.body
    for private, who in ((OTHER, device.device_id), (KEYS.receiving, DeviceId("d-else"))):
        with pytest.raises(SealedElsewhereError):
            open_body(sealed.body, kind=kind, device=who, private_key=private)


def test_a_device_that_has_no_keys_yet_gets_it_as_it_is(central: Central) -> None:
    key_set = central.signed.key_sets.key_set(MAIN)
    assert central.signed.key_sets.sealed_to(some_device(), key_set) == key_set.content


def test_it_is_sealed_under_a_new_root_as_well(central: Central, device: Device) -> None:
    central.signed.rotation.rotate_root()
    key_set = central.signed.key_sets.key_set(MAIN)
    open_document(
        central.signed.key_sets.sealed_to(device, key_set),
        root=central.keys.root_key(),
        kind=DocumentKind.KEY_SET,
        audience=MAIN,
    )
