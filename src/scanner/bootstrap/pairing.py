"""Make this device a door of a central."""

import logging
import secrets
from contextlib import closing
from dataclasses import dataclass

from cardcore.audit import EPOCH_BYTES
from cardcore.errors import CardcoreError
from cardcore.ids import Audience, DeviceId, DoorId, Epoch
from scanner.adapters.clock_system import SystemClock
from scanner.adapters.device_keys_file import write_device_keys
from scanner.adapters.keyring_file import DevicePapers, write_papers
from scanner.bootstrap.door import (
    open_admissions,
    open_ledger,
    open_log,
    open_standings,
    program,
)
from scanner.bootstrap.identity import ask_whom_to_trust, new_device_keys, open_link_of_new
from scanner.bootstrap.step import open_sync
from scanner.bootstrap.trust import open_trust
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings
from scanner.errors import ConfigError, LinkError
from scanner.sync.pairing import pair
from scanner.sync.upload import upload_all

_log = logging.getLogger(__name__)


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

    One that was enrolled before keeps its log: what is left to hand over is handed over as who it was, and a new epoch
    begins. What could not be handed over goes into the new epoch, and central keeps it apart.

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
    _hand_over_before(settings)
    keys, clock = new_device_keys(), SystemClock()
    trust = ask_whom_to_trust(url, code, clock)
    certificate = None if trust is None else trust.certificate
    with closing(open_link_of_new(url, keys, clock, certificate)) as link:
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
        certificate=certificate,
    )
    with closing(open_standings(settings)) as standings:
        standings.forget()  # another central's cards and versions, where the device was enrolled before
    with closing(open_admissions(settings)) as admissions:
        admissions.forget()
    _close_epochs(settings)
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


def _hand_over_before(settings: Settings) -> None:
    """The log of who this device was, as far as central takes it now."""
    try:
        with open_sync(settings) as room:
            upload_all(room.link, room.log, notary=room.notary)
    except (ConfigError, LinkError, CardcoreError) as error:  # new, or central is another, or away
        _log.info("nothing was handed over before the enrolment: %s", error)


def _close_epochs(settings: Settings) -> None:
    with open_log(settings) as log:
        if len(log.all_epochs()) > 1 or log.head(log.all_epochs()[-1]) > 0:
            log.close_epochs(
                lambda: Epoch(secrets.token_bytes(EPOCH_BYTES)), SystemClock().now().seconds
            )
