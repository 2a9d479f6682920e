"""A key set sealed to this device: taken, kept sealed, and refused where it is another's."""

from pathlib import Path
from typing import Final

import pytest

from cardcore.cbor import CborValue
from cardcore.documents import DocumentKind, open_document
from cardcore.errors import SealedElsewhereError
from cardcore.ids import DeviceId
from cardcore.keyset_document import key_set_body
from cardcore.sealed_body import seal_body
from scanner.adapters.keyring_file import KEY_SET_FILE, KeyringFile
from scanner.ports import Fetched
from scanner.sync.refresh import Refresher
from tests.fakes.card_material import fixed_bytes, the_keys
from tests.fakes.scanner_central import FakeCentral, signed, signed_keys
from tests.fakes.scanner_standings import FakeStandings
from tests.fakes.scanner_trust import a_gate
from tests.fakes.vault import VAULT
from tests.unit.cardcore.test_sealed_body import public_of
from tests.unit.scanner.test_keyring_file import PAPERS

KEY: Final = fixed_bytes("receiving")
OTHER: Final = fixed_bytes("another device")


def sealed_keys(version: int, *, key: bytes = KEY, device: str = PAPERS.device_id) -> bytes:
    body: CborValue = seal_body(
        key_set_body(the_keys()),
        kind=DocumentKind.KEY_SET,
        device=DeviceId(device),
        receiving_key=public_of(key),
    )
    return signed(DocumentKind.KEY_SET, body, version=version)


def keyring(folder: Path, key: bytes | None = KEY) -> KeyringFile:
    return KeyringFile(folder, PAPERS, VAULT, receiving=lambda: key)


def refresh(ring: KeyringFile, data: bytes) -> tuple[str, ...]:
    central = FakeCentral()
    central.key_document = Fetched(data=data, etag=None)
    refresher = Refresher(link=central, keyring=ring, memory=FakeStandings(), gate=a_gate())
    return refresher.refresh().refused


def test_a_sealed_key_set_is_taken_and_read_by_the_next_program(tmp_path: Path) -> None:
    assert refresh(keyring(tmp_path), sealed_keys(3)) == ()
    assert keyring(tmp_path).current().keys == the_keys().keys
    assert keyring(tmp_path).version == 3


def test_the_file_is_of_no_use_with_another_devices_key(tmp_path: Path) -> None:
    refresh(keyring(tmp_path), sealed_keys(3))
    assert keyring(tmp_path, OTHER).current().keys == {}
    assert keyring(tmp_path, None).current().keys == {}
    stored = (tmp_path / KEY_SET_FILE).read_bytes()
    assert not any(key.secret in stored for key in the_keys().keys.values())


@pytest.mark.parametrize(
    "data",
    [sealed_keys(4, key=OTHER), sealed_keys(4, device="d-else")],
    ids=["another key", "another device"],
)
def test_what_is_sealed_to_another_device_is_refused_and_the_one_before_stays(
    tmp_path: Path, data: bytes
) -> None:
    ring = keyring(tmp_path)
    refresh(ring, sealed_keys(3))
    [refused] = refresh(ring, data)
    assert refused.startswith("keyset: sealed to another device")
    assert ring.version == 3


def test_a_device_without_keys_takes_an_open_set_and_no_sealed_one(tmp_path: Path) -> None:
    ring = keyring(tmp_path, None)
    assert refresh(ring, signed_keys(the_keys(), version=2)) == ()
    [refused] = refresh(ring, sealed_keys(3))
    assert "no key to open it" in refused
    assert ring.version == 2


def test_a_sealed_set_is_a_fault_of_its_own_kind(tmp_path: Path) -> None:
    document = open_document(
        sealed_keys(3, key=OTHER),
        root=PAPERS.root,
        kind=DocumentKind.KEY_SET,
        audience=PAPERS.audience,
    )
    with pytest.raises(SealedElsewhereError):
        keyring(tmp_path).opened(document)
