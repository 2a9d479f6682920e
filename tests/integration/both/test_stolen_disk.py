"""A scanner's whole data folder on a second machine: what it gives away without the secret, and what it is worth with it."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cardcore.card import Mode
from cardcore.ids import Audience, CardId, UnixSeconds
from cardcore.keyset import Alg
from cardcore.reasons import Reason
from cardcore.signing import mint_with_venue_key
from cardcore.verify import RejectedCard, verify_token
from scanner.adapters.device_secret import Keeper
from scanner.bootstrap.door import door_keys, open_admissions, open_log, open_scan, open_standings
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.report import door_status
from scanner.bootstrap.safekeeping import move_secret
from scanner.bootstrap.step import open_sync
from scanner.config import Settings
from scanner.errors import ConfigError, DeviceRevokedError, ScannerError
from scanner.passphrase import Passphrase
from tests.fakes.card_material import some_claims
from tests.fakes.central_here import Here
from tests.fakes.central_process import LOOPBACK, call, row
from tests.fakes.scanner_program import gatepost

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]
PHRASE = "five words of a list"
NAME = "Rosalind Franklin"


@dataclass(frozen=True, slots=True)
class Stolen:
    """A copy of the folder; ``open`` has what its owner has, ``shut`` the disk alone."""

    enrolled: Settings
    open: Settings
    shut: Settings
    card_id: CardId
    device_id: str
    secrets: tuple[bytes, ...]


@pytest.fixture(params=[Keeper.CREDENTIAL, Keeper.PASSPHRASE])
def stolen(
    request: pytest.FixtureRequest,
    data: Path,
    server: Here,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Stolen:
    """A door that has judged a card and handed nothing over, and its copy."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (data / "more.csv").write_text(f"member_id,display_name,status\nM-7,{NAME},active\n", "utf-8")
    call(data, "member", "import", str(data / "more.csv"))
    card = str(row(data, "card", "issue", "M-7", "--mode", "print")["card_id"])
    row(data, "card", "qr", card, "-o", str(tmp_path / "card.png"))
    phrase = Passphrase(lambda: PHRASE)
    if request.param is Keeper.CREDENTIAL:
        (tmp_path / "credentials").mkdir()
        (tmp_path / "credentials" / "gatepost.secret").write_bytes(os.urandom(32))
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    settings = Settings(data=str(tmp_path / "door"), decoders=("zxing",), passphrase=phrase)
    code = str(row(data, "device", "code", "Door 1")["code"])
    enrolled = enrol_device(settings, server.url, code)
    move_secret(settings, request.param, phrase)
    with open_scan(settings, rehearsal=False, at=None) as lane:
        assert not isinstance(lane.answers(tmp_path / "card.png"), str)
    with open_log(settings) as log:
        [entry] = log.all()
    keys, _ = door_keys(settings)
    shutil.copytree(settings.folder, tmp_path / "copy")
    copied = replace(settings, data=str(tmp_path / "copy"))
    assert entry.card_id is not None
    return Stolen(
        enrolled=settings,
        open=copied,
        shut=replace(copied, passphrase=None),
        card_id=CardId(entry.card_id),
        device_id=enrolled.device_id,
        secrets=(
            entry.card_id,
            entry.card_id.hex().encode(),
            NAME.encode(),
            NAME.casefold().encode(),
            *(key.secret for key in keys.keys.values() if key.alg is not Alg.EDDSA),
        ),
    )


def open_standings_of(settings: Settings) -> object:
    with closing(open_standings(settings)) as standings:
        return standings.snapshot_version


def open_admissions_of(settings: Settings) -> object:
    with closing(open_admissions(settings)) as admissions:
        return admissions.position


def log_of(settings: Settings) -> object:
    with open_log(settings) as log:
        return list(log.all())


def sync_of(settings: Settings) -> object:
    with open_sync(settings) as room:
        return room.sync()


def test_without_the_secret_it_neither_authenticates_nor_reads(
    stolen: Stolen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    ways: tuple[Callable[[Settings], object], ...] = (
        sync_of,
        door_status,
        door_keys,
        log_of,
        open_standings_of,
        open_admissions_of,
    )
    for way in ways:
        with pytest.raises(ConfigError, match=r"credential|passphrase"):
            way(stolen.shut)
    for command in (("sync", "--once"), ("status",), ("audit", "list"), ("attendant", "list")):
        run = gatepost(*command, "--data", stolen.shut.folder)
        assert (run.returncode, run.stdout) == (2, b"")
    # nor with a secret of the thief's own making, in the place of the one that is missing
    (stolen.shut.folder / "device.secret.sealed").unlink()
    (stolen.shut.folder / "device.secret").write_bytes(os.urandom(32))
    (stolen.shut.folder / "device.secret").chmod(0o600)
    for way in (sync_of, door_keys, log_of):
        with pytest.raises(ScannerError, match="another secret"):
            way(stolen.shut)


def test_its_bytes_tell_of_no_card_name_or_key(stolen: Stolen) -> None:
    files = [path for path in stolen.shut.folder.rglob("*") if path.is_file()]
    assert {"ledger.sqlite3", "standings.sqlite3", "keyset.cose", "device_keys.json"} <= {
        path.name for path in files
    }
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in stolen.secrets if secret in content], path.name
        if content.startswith(b"SQLite"):
            with closing(sqlite3.connect(path)) as database:
                dump = "\n".join(database.iterdump()).lower()
            assert not [s for s in stolen.secrets if s.hex() in dump], path.name


def test_with_the_secret_it_forges_for_no_other_venue_and_one_revocation_ends_both(
    stolen: Stolen, data: Path, server: Here, tmp_path: Path
) -> None:
    keys, audience = door_keys(stolen.open)
    assert keys.audiences == {audience} == {"main"}
    pool = Settings(data=str(tmp_path / "pool"), decoders=("zxing",))
    call(data, "member", "import", str(data / "more.csv"), "--audience", "pool")
    code = str(row(data, "device", "code", "Pool door", "--audience", "pool")["code"])
    enrol_device(pool, server.url, code)
    pool_keys, _ = door_keys(pool)
    for key in keys.keys.values():
        for kid in (key.kid, *pool_keys.keys):
            now = UnixSeconds(key.not_before + 100)
            forged = mint_with_venue_key(
                some_claims(
                    audience=Audience("pool"),
                    mode=Mode.ROTATING,
                    issued_at=now,
                    expires_at=now + 30,
                ),
                kid=kid,
                alg=Alg.HMAC_256_64,
                venue_key=key.secret,
            )
            judged = verify_token(forged, pool_keys, frozenset((Audience("pool"),)), now)
            assert isinstance(judged, RejectedCard)
            assert judged.reason in {
                Reason.UNKNOWN_KEY,
                Reason.BAD_SIGNATURE,
                Reason.ALGORITHM_MISMATCH,
            }

    row(data, "device", "revoke", stolen.device_id)
    for settings in (stolen.enrolled, stolen.open):
        with pytest.raises(DeviceRevokedError):
            sync_of(settings)
        assert door_status(settings)["keys"] == 0
    sync_of(pool)  # the other venue's door goes on
