"""The device's secret: who keeps it, how it moves, and what is said where it cannot be opened."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from scanner.adapters.device_secret import (
    SECRET_FILE,
    WRAPPED_FILE,
    Keeper,
    Means,
    keeper_of,
    open_secret,
    rewrap,
)
from scanner.errors import ConfigError
from scanner.passphrase import Passphrase
from tests.fakes.card_material import fixed_bytes

CREDENTIAL = Means(credential=fixed_bytes("credential"))
NOTHING = Means()
WORDS = "correct horse battery"


class Operator:
    """Says what a test wants, and counts how often it was asked."""

    def __init__(self, words: str = WORDS) -> None:
        self.words = words
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return self.words

    @property
    def means(self) -> Means:
        return Means(passphrase=Passphrase(self))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def wrapped(folder: Path, **change: object) -> None:
    """Change a field of the wrapped secret, or take it away."""
    path = folder / WRAPPED_FILE
    fields = msgspec.json.decode(path.read_bytes()) | change
    path.write_bytes(msgspec.json.encode(fields))


class TestAFile:
    def test_is_made_once_and_for_its_owner_alone(self, folder: Path) -> None:
        assert keeper_of(folder) is None
        made = open_secret(folder, NOTHING, may_make=True)
        assert (len(made.secret), made.keeper) == (32, Keeper.FILE)
        assert open_secret(folder, NOTHING, may_make=True) == made
        assert names(folder) == {SECRET_FILE}
        assert stat.S_IMODE((folder / SECRET_FILE).stat().st_mode) == 0o600
        assert "secret=" not in repr(made)

    def test_is_one_for_all_who_come_at_once(self, folder: Path) -> None:
        with ThreadPoolExecutor(max_workers=2) as threads:
            found = [
                threads.submit(open_secret, folder, CREDENTIAL, may_make=True) for _ in range(8)
            ]
            assert len({one.result().secret for one in found}) == 1

    @pytest.mark.parametrize(("mode", "content"), [(0o644, bytes(32)), (0o600, b"short")])
    def test_that_others_can_read_or_that_is_cut_is_refused(
        self, folder: Path, mode: int, content: bytes
    ) -> None:
        folder.mkdir()
        (folder / SECRET_FILE).write_bytes(content)
        (folder / SECRET_FILE).chmod(mode)
        with pytest.raises(ConfigError, match=r"32 bytes .* 600"):
            open_secret(folder, NOTHING, may_make=True)

    def test_in_a_folder_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(ConfigError, match=r"device\.secret"):
            open_secret(tmp_path / "file" / "data", NOTHING, may_make=True)
        (tmp_path / SECRET_FILE).mkdir()
        with pytest.raises(ConfigError, match=r"device\.secret"):
            open_secret(tmp_path, NOTHING, may_make=True)

    def test_that_was_lost_is_not_made_anew_over_what_it_sealed(self, folder: Path) -> None:
        with pytest.raises(ConfigError, match="put it back, or enrol"):
            open_secret(folder, NOTHING, may_make=False)
        assert not folder.exists()


class TestACredential:
    def test_keeps_the_secret_of_a_new_folder(self, folder: Path) -> None:
        made = open_secret(folder, CREDENTIAL, may_make=True)
        assert made.keeper is keeper_of(folder) is Keeper.CREDENTIAL
        assert names(folder) == {WRAPPED_FILE}
        assert made.secret.hex() not in (folder / WRAPPED_FILE).read_text()
        assert open_secret(folder, CREDENTIAL, may_make=False) == made

    def test_takes_over_from_a_file_at_the_next_start(self, folder: Path) -> None:
        before = open_secret(folder, NOTHING, may_make=True)
        after = open_secret(folder, CREDENTIAL, may_make=True)
        assert (after.secret, after.keeper) == (before.secret, Keeper.CREDENTIAL)
        assert names(folder) == {WRAPPED_FILE}

    def test_a_power_cut_between_the_two_files_loses_nothing(self, folder: Path) -> None:
        before = open_secret(folder, NOTHING, may_make=True)
        raw = (folder / SECRET_FILE).read_bytes()
        open_secret(folder, CREDENTIAL, may_make=True)
        (folder / SECRET_FILE).write_bytes(raw)
        (folder / SECRET_FILE).chmod(0o600)
        assert open_secret(folder, NOTHING, may_make=False).secret == before.secret
        assert keeper_of(folder) is Keeper.FILE
        assert open_secret(folder, CREDENTIAL, may_make=False).keeper is Keeper.CREDENTIAL
        assert names(folder) == {WRAPPED_FILE}

    @pytest.mark.parametrize(
        ("means", "says"),
        [
            (NOTHING, "CREDENTIALS_DIRECTORY=/run/credentials"),
            (Operator().means, "CREDENTIALS_DIRECTORY=/run/credentials"),
            (Means(credential=fixed_bytes("another")), "sealed with another"),
            (Means(credential=b"short"), "16 to 65536 bytes"),
            (Means(credential=bytes(65_537)), "16 to 65536 bytes"),
        ],
        ids=["none", "passphrase", "another", "short", "long"],
    )
    def test_that_is_missing_or_another_opens_nothing(
        self, folder: Path, means: Means, says: str
    ) -> None:
        open_secret(folder, CREDENTIAL, may_make=True)
        with pytest.raises(ConfigError, match=says):
            open_secret(folder, means, may_make=True)
        assert names(folder) == {WRAPPED_FILE}

    @pytest.mark.parametrize(
        "change",
        [
            {"form": 2},
            {"keeper": "nobody"},
            {"salt": "00"},
            {"salt": "zz" * 16},
            {"cost": 2**21},
            {"cost": 1},
            {"sealed": ""},
            {"more": 1},
        ],
        ids=str,
    )
    def test_a_damaged_file_is_named(self, folder: Path, change: dict[str, object]) -> None:
        open_secret(folder, CREDENTIAL, may_make=True)
        wrapped(folder, **change)
        with pytest.raises(ConfigError, match=r"device\.secret\.sealed.*from a copy"):
            open_secret(folder, CREDENTIAL, may_make=True)
        with pytest.raises(ConfigError):
            keeper_of(folder)

    @pytest.mark.parametrize("sealed", ["00", "00" * 60])
    def test_a_wrapped_secret_that_does_not_open_is_refused(
        self, folder: Path, sealed: str
    ) -> None:
        open_secret(folder, CREDENTIAL, may_make=True)
        wrapped(folder, sealed=sealed)
        with pytest.raises(ConfigError, match="sealed with another"):
            open_secret(folder, CREDENTIAL, may_make=True)


class TestAPassphrase:
    def test_keeps_the_secret_is_asked_once_and_stands_nowhere(self, folder: Path) -> None:
        before = open_secret(folder, NOTHING, may_make=True)
        operator = Operator()
        means = operator.means
        rewrap(folder, before.secret, Keeper.PASSPHRASE, means)
        assert names(folder) == {WRAPPED_FILE}
        for _ in range(3):
            opened = open_secret(folder, means, may_make=False)
            assert (opened.secret, opened.keeper) == (before.secret, Keeper.PASSPHRASE)
        assert operator.asked == 1
        assert msgspec.json.decode((folder / WRAPPED_FILE).read_bytes())["cost"] == 2**17
        for words, says in (("correct horse batterY", "sealed with another"), ("short", "12 char")):
            with pytest.raises(ConfigError, match=says) as refused:
                open_secret(folder, Operator(words).means, may_make=False)
            assert words not in str(refused.value)
        with pytest.raises(ConfigError, match="on a terminal"):
            open_secret(folder, CREDENTIAL, may_make=False)

    def test_spelled_in_another_way_is_the_same(self) -> None:
        one, other = (
            Passphrase(Operator(words)) for words in ("Jürgens Tür 12", "Ju\u0308rgens Tür 12")
        )
        assert one.key(bytes(16), 2) == other.key(bytes(16), 2) != one.key(bytes(16), 4)

    @pytest.mark.parametrize("words", ["", "elevenchars", "x" * 1_025])
    def test_too_short_or_far_too_long_is_refused(self, words: str) -> None:
        with pytest.raises(ConfigError, match="12 characters"):
            Passphrase(Operator(words)).key(bytes(16), 2)

    @pytest.mark.parametrize("child", ["import sys; sys.exit(1)", "pass"])
    def test_a_child_that_fails_is_named(self, monkeypatch: pytest.MonkeyPatch, child: str) -> None:
        monkeypatch.setattr("scanner.passphrase._CHILD", child)
        with pytest.raises(ConfigError, match="cannot be made a key"):
            Passphrase(Operator()).key(bytes(16), 2)

    def test_gives_back_to_a_file(self, folder: Path) -> None:
        made = open_secret(folder, CREDENTIAL, may_make=True)
        rewrap(folder, made.secret, Keeper.FILE, NOTHING)
        assert names(folder) == {SECRET_FILE}
        assert open_secret(folder, NOTHING, may_make=False).secret == made.secret

    def test_what_was_half_moved_to_a_passphrase_is_the_file_still(self, folder: Path) -> None:
        made = open_secret(folder, NOTHING, may_make=True)
        raw = (folder / SECRET_FILE).read_bytes()
        rewrap(folder, made.secret, Keeper.PASSPHRASE, Operator().means)
        (folder / SECRET_FILE).write_bytes(raw)
        (folder / SECRET_FILE).chmod(0o600)
        assert open_secret(folder, CREDENTIAL, may_make=False).keeper is Keeper.FILE

    def test_a_folder_that_cannot_be_written_moves_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"device\.secret"):
            rewrap(tmp_path / "none", bytes(32), Keeper.FILE, NOTHING)
