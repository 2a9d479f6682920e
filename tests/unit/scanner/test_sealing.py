"""What is sealed opens under its own secret, in its own place, and nowhere else."""

import errno
import stat
from pathlib import Path

import pytest

from scanner.errors import SealError
from scanner.sealing import MAGIC, SealedFile, Vault, is_sealed
from tests.fakes.card_material import fixed_bytes

VAULT, OTHER = Vault(fixed_bytes("secret")), Vault(fixed_bytes("another secret"))
PLAIN = b"the name of a member"


def _full(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_a_secret_of_another_length_is_refused(secret: bytes) -> None:
    with pytest.raises(SealError, match="32 bytes"):
        Vault(secret)


@pytest.mark.parametrize("damage", ["", "cut", "empty", "one bit", "no tag"])
def test_a_cell_opens_only_under_its_secret_purpose_salt_and_place(damage: str) -> None:
    seal = VAULT.seal_for("cells", b"salt")
    sealed = seal.seal(PLAIN, b"row 1")
    assert seal.open(sealed, b"row 1") == PLAIN
    assert PLAIN not in sealed
    damaged = {
        "": sealed,
        "cut": sealed[:-1],
        "empty": b"",
        "one bit": bytes((sealed[0] ^ 1,)) + sealed[1:],
        "no tag": sealed[:12],
    }[damage]
    others = [
        OTHER.seal_for("cells", b"salt"),
        VAULT.seal_for("ledger", b"salt"),
        VAULT.seal_for("cells"),
    ]
    for opener, about in [*((other, b"row 1") for other in others), (seal, b"row 2")]:
        with pytest.raises(SealError, match="another secret, or damaged"):
            opener.open(damaged, about)
    if damage:
        with pytest.raises(SealError):
            seal.open(damaged, b"row 1")


def test_the_same_is_never_sealed_to_the_same_bytes() -> None:
    seal = VAULT.seal_for("cells")
    assert len({seal.seal(PLAIN, b"") for _ in range(100)}) == 100


def test_a_handle_is_the_same_for_the_same_and_tells_nothing_without_the_secret() -> None:
    seal = VAULT.seal_for("cells")
    card = fixed_bytes("card", 16)
    assert seal.handle(card) == Vault(fixed_bytes("secret")).seal_for("cells").handle(card)
    others = (OTHER.seal_for("cells"), VAULT.seal_for("ledger"), VAULT.seal_for("cells", b"salt"))
    handles = {seal.handle(card), seal.handle(bytes(16)), *(one.handle(card) for one in others)}
    assert len(handles) == 5
    assert {len(handle) for handle in handles} == {16}


class TestFiles:
    def test_a_file_comes_back_and_its_owner_alone_can_read_it(self, tmp_path: Path) -> None:
        file = SealedFile(tmp_path / "device.json", VAULT)
        file.write(PLAIN)
        assert file.read(bytes) == PLAIN
        assert PLAIN not in file.path.read_bytes()
        assert is_sealed(file.path)
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["device.json"]

    def test_a_file_of_an_earlier_program_is_sealed_as_it_is_read(self, tmp_path: Path) -> None:
        file = SealedFile(tmp_path / "device.json", VAULT)
        file.path.write_bytes(PLAIN)
        assert not is_sealed(file.path)
        assert file.read(bytes) == PLAIN
        assert is_sealed(file.path)
        assert file.read(bytes) == PLAIN

    def test_one_that_makes_no_sense_stays_as_it_is_for_whoever_mends_it(
        self, tmp_path: Path
    ) -> None:
        file = SealedFile(tmp_path / "device.json", VAULT)
        file.path.write_bytes(b"{")
        with pytest.raises(ValueError, match="invalid literal"):
            file.read(int)
        assert file.path.read_bytes() == b"{"

    def test_one_that_cannot_be_sealed_is_used_all_the_same(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = SealedFile(tmp_path / "device.json", VAULT)
        file.path.write_bytes(PLAIN)
        monkeypatch.setattr("os.fsync", _full)
        assert file.read(bytes) == PLAIN
        assert "cannot be sealed" in caplog.text
        with pytest.raises(OSError, match="No space"):
            file.write(b"other")
        assert file.path.read_bytes() == PLAIN
        assert [path.name for path in tmp_path.iterdir()] == ["device.json"]

    @pytest.mark.parametrize("how", ["another secret", "another name", "cut", "magic alone"])
    def test_a_file_that_does_not_open_is_a_seal_error(self, tmp_path: Path, how: str) -> None:
        file = SealedFile(tmp_path / "device.json", VAULT)
        file.write(PLAIN)
        sealed = file.path.read_bytes()
        path = tmp_path / ("other.json" if how == "another name" else "device.json")
        path.write_bytes({"cut": sealed[:-1], "magic alone": MAGIC}.get(how, sealed))
        with pytest.raises(SealError):
            SealedFile(path, OTHER if how == "another secret" else VAULT).read(bytes)

    def test_a_file_that_is_not_there_is_an_os_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            SealedFile(tmp_path / "none", VAULT).read(bytes)
        assert not is_sealed(tmp_path / "none")
