"""A door's data folder, as if it had been enrolled, and pictures of cards to hold before it."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import segno

from cardcore.card import Mode
from cardcore.ids import CardId, DeviceId, DoorId, UnixSeconds
from cardcore.keyset import Alg, key_set_of
from cardcore.membership import CardStanding
from cardcore.snapshot_document import SnapshotRow
from scanner.adapters.clock_system import SystemClock
from scanner.adapters.keyring_file import DevicePapers, KeyringFile, write_papers
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings
from scanner.sealing import Vault
from tests.fakes.card_material import VENUE, a_key, some_claims
from tests.fakes.minting import mint
from tests.fakes.scanner_central import ROOT, signed_keys

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens


def real_now() -> UnixSeconds:
    return SystemClock().now().seconds


def vault_of(folder: Path) -> Vault:
    return open_vault(Settings(data=str(folder)))


def enrolled_folder(
    folder: Path,
    *,
    url: str = NOWHERE,
    cards: Iterable[tuple[CardId, CardStanding]] | None = None,
) -> Path:
    """Papers, keys of every algorithm for today, and a snapshot of ``cards`` where they are given."""
    now = real_now()
    papers = DevicePapers(
        device_id=DeviceId("dev-1"),
        door=DoorId("Front door"),
        audience=VENUE,
        central_url=url,
        token="a-token",
        root_kid=ROOT.kid.hex(),
        root_public_key=ROOT.public_key.hex(),
    )
    vault = vault_of(folder)
    write_papers(folder, papers, vault)
    keys = key_set_of(a_key(alg, not_before=0, expires_at=now + 400 * 86_400) for alg in Alg)
    KeyringFile(folder, papers, vault).replace(signed_keys(keys, version=3, issued_at=now))
    if cards is not None:
        rows = [SnapshotRow(card_id=card, standing=standing) for card, standing in cards]
        with closing(SqliteStandings(folder / "standings.sqlite3", vault)) as standings:
            standings.replace_snapshot(4, now, iter(rows))
    return folder


def printed_card(card_id: bytes = bytes(range(16)), *, generation: int = 1) -> str:
    """A card as printed yesterday, good for a month."""
    now = real_now()
    claims = some_claims(
        mode=Mode.PRINT,
        card_id=card_id,
        generation=generation,
        issued_at=now - 86_400,
        expires_at=now + 30 * 86_400,
    )
    return mint(claims, Alg.HMAC_256_256)


def picture_of(text: str | bytes, path: Path) -> Path:
    """A picture of one code."""
    segno.make_qr(text, error="m", boost_error=False).save(str(path), scale=4, border=6)
    return path
