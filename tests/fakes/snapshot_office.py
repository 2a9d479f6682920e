"""A door that has a snapshot in force, and everything that it takes the next from."""

from cardcore.ids import Audience, CardId
from scanner.sync.refresh import Refresher
from scanner.sync.snapshot import SnapshotTaker
from scanner.sync.trust import Gatekeeper
from tests.fakes.card_material import NOW, VENUE
from tests.fakes.scanner_central import FakeCentral
from tests.fakes.scanner_chunks import FakeSnapshots
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_parts import FakeKeyRing
from tests.fakes.scanner_standings import FakeStandings, a_standing
from tests.fakes.scanner_trust import FakeRatchets, FakeRoots

OLD, NEW, LATE = (CardId(bytes((first,)) * 16) for first in (0x00, 0x50, 0xF0))


class Office:
    """A door that has version 5 in force, with one card, and everything it takes the next from."""

    def __init__(self) -> None:
        self.central = FakeCentral()
        self.snapshots = FakeSnapshots()
        self.standings = FakeStandings()
        self.pauses: list[float] = []
        self.ends = False
        self.refused: dict[str, str] = {}
        self.roots = FakeRoots()
        gate = Gatekeeper(
            roots=self.roots,
            ratchets=FakeRatchets(),
            audience=VENUE,
            clock=FakeClock(),
            outbox=None,
        )
        self.refresher = Refresher(
            link=self.central,
            keyring=FakeKeyRing(),
            memory=self.standings,
            gate=gate,
            refusals=self,
            chunks=SnapshotTaker(
                link=self.snapshots, gate=gate, store=self.standings, pause=self.pause
            ),
        )
        self.snapshots.offer([(OLD, a_standing())], version=5)
        self.refresher.refresh()
        assert self.in_force == (5, [OLD])
        self.snapshots.asked.clear()
        self.pauses.clear()

    @property
    def in_force(self) -> tuple[int, list[CardId]]:
        return self.standings.version, sorted(self.standings.listed)

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return self.ends

    def note(self, refused: dict[str, str], now: int) -> None:
        assert now == NOW
        self.refused = refused


def offer(office: Office, **changed: int | Audience) -> None:
    office.snapshots.offer(
        [(OLD, a_standing()), (NEW, a_standing(name="Ada")), (LATE, a_standing())],
        **({"version": 6} | changed),  # type: ignore[arg-type]
    )
