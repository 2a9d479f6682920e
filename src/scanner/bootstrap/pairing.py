"""Make this device a door of a central."""

from contextlib import closing
from dataclasses import dataclass

from cardcore.ids import Audience, DeviceId, DoorId
from scanner.adapters.clock_system import SystemClock
from scanner.adapters.device_keys_file import write_device_keys
from scanner.adapters.keyring_file import DevicePapers, write_papers
from scanner.bootstrap.door import open_admissions, open_ledger, open_standings, program
from scanner.bootstrap.identity import new_device_keys, open_link_of_new
from scanner.bootstrap.step import open_sync
from scanner.bootstrap.trust import open_trust
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings
from scanner.errors import ConfigError
from scanner.sync.pairing import pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """Who this device now is, and what it knows."""

    device_id: str
    door: str
    audience: str
    keyset_version: int
    cards: int


def enrol_device(settings: Settings, url: str, code: str) -> Enrolled:
    """Pair this device, begin its ledger, and fetch keys and standings.

    Raises:
        ConfigError: not an address of a central.
        WireError: not a code.
        UntrustedError: another central answered than the one that made the code.
        LinkError: central was lost, or refused the code.
        LedgerError: the data folder cannot be written.
    """
    if not url.startswith(("http://", "https://")):
        raise ConfigError(field="URL", value=url, hint="begins with http:// or https://")
    # First what can fail here, and only then the code, which works once.
    vault = open_vault(settings)
    open_ledger(settings, rehearsal=False).close()
    keys = new_device_keys()
    with closing(open_link_of_new(url, keys, SystemClock())) as link:
        answer = pair(link, code, program(), keys.public)
    papers = DevicePapers(
        device_id=DeviceId(answer.device_id),
        door=DoorId(answer.door),
        audience=Audience(answer.audience),
        central_url=url,
        token=answer.token,
        root_kid=answer.root_kid,
        root_public_key=answer.root_public_key,
        policy=answer.policy,
    )
    with closing(open_standings(settings)) as standings:
        standings.forget()  # another central's cards and versions, where the device was enrolled before
    with closing(open_admissions(settings)) as admissions:
        admissions.forget()
    write_device_keys(settings.folder, keys, vault)
    write_papers(settings.folder, papers, vault)
    open_trust(settings, papers).forget()
    with open_sync(settings, papers) as room:
        report = room.refresher.refresh()
    with closing(open_standings(settings)) as standings:
        cards = standings.snapshot_cards
    return Enrolled(
        device_id=answer.device_id,
        door=answer.door,
        audience=answer.audience,
        keyset_version=report.keyset_version,
        cards=cards,
    )
