"""A device that was shut out: closed first, then wiped, and its log handed over; nothing less than the root's word does it."""

from pathlib import Path
from typing import Final

import pytest

from cardcore.ids import DeviceId, DoorId, UnixSeconds
from cardcore.keyset import key_set_of
from cardcore.revocation_document import sign_revocation
from scanner.adapters.keyring_file import KEY_SET_FILE, DevicePapers, KeyringFile
from scanner.adapters.revocation_file import REVOCATION_FILE, RevocationFile
from scanner.errors import DeviceRevokedError, LedgerError, LinkDownError
from scanner.sync.shut_out import KeysUnlessShutOut, ShutOut
from tests.fakes.card_material import NOW, VENUE, the_keys
from tests.fakes.scanner_central import OTHER_SECRET, ROOT, ROOT_SECRET, signed_keys
from tests.fakes.scanner_parts import FakeKeyRing
from tests.fakes.vault import VAULT

DEVICE: Final = DeviceId("dev-1")
PAPERS: Final = DevicePapers(
    device_id=DEVICE,
    door=DoorId("Front door"),
    audience=VENUE,
    central_url="http://127.0.0.1:9",
    root_kid=ROOT.kid.hex(),
    root_public_key=ROOT.public_key.hex(),
)


def revocation(device: str = DEVICE, secret: bytes = ROOT_SECRET) -> bytes:
    return sign_revocation(DeviceId(device), VENUE, UnixSeconds(NOW), root=ROOT, private_key=secret)


REVOKED: Final = revocation()


@pytest.fixture
def book(tmp_path: Path) -> RevocationFile:
    return RevocationFile(tmp_path, device_id=DEVICE, audience=VENUE, root=ROOT)


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def shut_out(book: RevocationFile, done: list[str]) -> ShutOut:
    return ShutOut(
        book=book, wipe=lambda: done.append("wiped"), hand_over=lambda: done.append("handed over")
    )


def revoke() -> int:
    raise DeviceRevokedError(REVOKED, NOW)


def test_a_device_that_is_not_shut_out_goes_on(shut_out: ShutOut, done: list[str]) -> None:
    assert shut_out.obeying(lambda: 7) == 7
    assert done == []


def test_the_door_is_shut_before_it_is_wiped_and_wiped_before_its_log_is_handed_over(
    shut_out: ShutOut, done: list[str], book: RevocationFile, tmp_path: Path
) -> None:
    with pytest.raises(DeviceRevokedError):
        shut_out.obeying(revoke)
    assert done == ["wiped", "handed over"]
    assert book.since() == NOW
    assert (tmp_path / REVOCATION_FILE).read_bytes() == REVOKED


def test_a_door_that_was_shut_asks_for_nothing_and_hands_over_what_is_left(
    shut_out: ShutOut, done: list[str], book: RevocationFile
) -> None:
    book.keep(REVOKED)
    with pytest.raises(DeviceRevokedError):
        shut_out.obeying(lambda: done.append("asked"))
    assert done == ["wiped", "handed over"]


def test_a_log_that_cannot_be_handed_over_now_opens_no_door(
    book: RevocationFile, done: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    def lose() -> None:
        msg = "lost"
        raise LinkDownError(msg)

    shut_out = ShutOut(book=book, wipe=lambda: done.append("wiped"), hand_over=lose)
    with pytest.raises(DeviceRevokedError):
        shut_out.obeying(revoke)
    assert "still to be handed over" in caplog.text
    assert (book.since(), done) == (NOW, ["wiped"])


def test_what_another_process_keeps_counts_at_once(tmp_path: Path, book: RevocationFile) -> None:
    other = RevocationFile(tmp_path, device_id=DEVICE, audience=VENUE, root=ROOT)
    assert other.since() is None
    book.keep(REVOKED)
    assert other.since() == NOW
    (tmp_path / REVOCATION_FILE).unlink()  # whoever takes the file away opens nothing
    assert other.since() == NOW


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", REVOKED[:-1], revocation("dev-2"), revocation(secret=OTHER_SECRET)],
    ids=["empty", "nonsense", "cut", "another device", "another root"],
)
def test_a_file_that_the_root_did_not_sign_for_this_device_shuts_nobody_out(
    tmp_path: Path, book: RevocationFile, content: bytes
) -> None:
    (tmp_path / REVOCATION_FILE).write_bytes(content)
    assert book.since() is None


def test_a_file_that_cannot_be_read_shuts_nobody_out(tmp_path: Path, book: RevocationFile) -> None:
    (tmp_path / REVOCATION_FILE).mkdir()
    assert book.since() is None


def test_a_full_disk_leaves_the_door_shut(tmp_path: Path) -> None:
    book = RevocationFile(tmp_path / "gone", device_id=DEVICE, audience=VENUE, root=ROOT)
    with pytest.raises(LedgerError, match="cannot be kept"):
        book.keep(REVOKED)
    assert book.since() == NOW


def test_keys_in_memory_are_no_keys_any_more(book: RevocationFile) -> None:
    keys = KeysUnlessShutOut(FakeKeyRing(the_keys()), book)
    assert keys.current().keys
    book.keep(REVOKED)
    assert keys.current() == key_set_of(())


def test_a_wiped_key_set_is_gone_from_disk_and_memory(tmp_path: Path) -> None:
    keyring = KeyringFile(tmp_path, PAPERS, VAULT)
    keyring.replace(signed_keys(the_keys(), version=3))
    assert keyring.version == 3
    keyring.wipe()
    keyring.wipe()
    assert (keyring.version, (tmp_path / KEY_SET_FILE).exists()) == (0, False)


def test_a_key_set_that_cannot_be_wiped_is_named(tmp_path: Path) -> None:
    (tmp_path / KEY_SET_FILE).mkdir()
    with pytest.raises(LedgerError, match="cannot be removed"):
        KeyringFile(tmp_path, PAPERS, VAULT).wipe()
