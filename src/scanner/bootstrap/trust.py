"""What this door trusts and what central signed for it, kept in the data folder."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cardcore.documents import DocumentKind
from scanner.adapters.central_httpx import HttpCentral
from scanner.adapters.device_keys_file import read_device_keys
from scanner.adapters.keyring_file import DevicePapers, KeyringFile
from scanner.adapters.lists_file import ListFiles
from scanner.adapters.policy_file import PolicyFile
from scanner.adapters.ratchet_file import RatchetFile
from scanner.adapters.refusals_file import RefusalsFile
from scanner.adapters.roots_file import RootsFile
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings
from scanner.errors import ConfigError
from scanner.ports import Clock, Outbox
from scanner.sync.parts import ListPart, Offers, Part, PolicyPart, RootPart
from scanner.sync.refresh import Refresher
from scanner.sync.snapshot import SnapshotTaker
from scanner.sync.trust import Gatekeeper

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Roots, ratchets, keys, policy and lists of one door."""

    roots: RootsFile
    ratchets: RatchetFile
    keys: KeyringFile
    policy: PolicyFile
    lists: ListFiles
    refusals: RefusalsFile

    def forget(self) -> None:
        """The device was enrolled anew: what was signed for it before binds no more.

        Raises:
            ConfigError: the data folder cannot be written.
        """
        self.roots.forget()
        self.ratchets.forget()
        self.policy.forget()
        self.lists.forget()


def open_trust(settings: Settings, papers: DevicePapers) -> Trust:
    """What the data folder of these settings holds. Nothing is read before it is asked for."""
    folder, audience = settings.folder, papers.audience
    vault = open_vault(settings)

    def receiving() -> bytes | None:
        try:
            keys = read_device_keys(folder, vault)
        except ConfigError as error:  # the sync says so, too; the key set in force stays
            _log.warning("no sealed key set can be opened: %s", error)
            return None
        return None if keys is None else keys.receiving

    roots = RootsFile(folder, pinned=papers.root, audience=audience)
    return Trust(
        roots=roots,
        ratchets=RatchetFile(folder),
        keys=KeyringFile(folder, papers, vault, roots.known, receiving),
        policy=PolicyFile(
            folder, audience=audience, roots=roots.known, enrolled_with=papers.policy
        ),
        lists=ListFiles(folder, audience=audience, roots=roots.known),
        refusals=RefusalsFile(folder),
    )


def make_refresher(
    trust: Trust,
    link: HttpCentral,
    *,
    memory: SqliteStandings,
    clock: Clock,
    outbox: Outbox | None,
    pause: Callable[[float], bool],
) -> Refresher:
    """What takes everything from central that it signs. ``pause`` waits, and says whether the program ends."""
    gate = Gatekeeper(
        roots=trust.roots,
        ratchets=trust.ratchets,
        audience=trust.keys.audience,
        clock=clock,
        outbox=outbox,
    )
    offers = Offers(link)
    revoked, active = (
        ListPart(kind, offers=offers, gate=gate, store=trust.lists, wanted=wanted)
        for kind, wanted in (
            (DocumentKind.REVOKED, lambda: True),
            (DocumentKind.ACTIVE, lambda: trust.policy.current().active_list),
        )
    )
    policy = PolicyPart(offers=offers, gate=gate, store=trust.policy)
    return Refresher(
        link=link,
        keyring=trust.keys,
        memory=memory,
        gate=gate,
        before=(
            Part(kind=DocumentKind.ROOT, take=RootPart(offers=offers, gate=gate).take),
            Part(kind=DocumentKind.POLICY, take=policy.take),
        ),
        after=(
            Part(kind=DocumentKind.REVOKED, take=revoked.take),
            Part(kind=DocumentKind.ACTIVE, take=active.take),
        ),
        refusals=trust.refusals,
        chunks=SnapshotTaker(link=link, gate=gate, store=memory, pause=pause),
    )
