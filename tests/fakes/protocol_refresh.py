"""How a door of a schedule refreshes: with the snapshot in chunks, and no pause between them."""

from cardcore.documents import RootKey
from cardcore.ids import Audience
from scanner.adapters.keyring_file import KeyringFile
from scanner.ports import Clock, Outbox
from scanner.sync.refresh import Refresher
from scanner.sync.snapshot import SnapshotTaker
from tests.fakes.protocol_link import LoopLink
from tests.fakes.scanner_standings import FakeStandings
from tests.fakes.scanner_trust import a_gate


def a_refresher(
    link: LoopLink,
    *,
    keys: KeyringFile,
    standings: FakeStandings,
    root: RootKey,
    audience: Audience,
    clock: Clock,
    outbox: Outbox,
) -> Refresher:
    gate = a_gate(root=root, clock=clock, outbox=outbox, audience=audience)
    chunks = SnapshotTaker(link=link, gate=gate, store=standings, pause=lambda _: False)
    return Refresher(link=link, keyring=keys, memory=standings, gate=gate, chunks=chunks)
