"""A real door for schedules in memory: its path, ledger and sync worker, killed and put back as a schedule says."""

import shutil
import zlib
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from cardcore.audit import EPOCH_BYTES, AuditEntry, ClockTrust
from cardcore.ids import Audience, DeviceId, DoorId, Epoch, Seq
from cardcore.policy import DOOR_RULES, DoorPolicy
from cardcore.wire import EnrolAnswer, Heartbeat
from scanner.adapters.admissions_sqlite import SqliteAdmissions
from scanner.adapters.breaker_pybreaker import LinkBreaker
from scanner.adapters.keyring_file import DevicePapers, KeyringFile
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.adapters.ledger_sqlite.backup import back_up
from scanner.door.clock_trust import Ntp, judge_clock
from scanner.door.decision import outcome_of
from scanner.door.frame import Presentation
from scanner.door.identity import DoorIdentity
from scanner.errors import LinkError
from scanner.pipeline import Answer, ScanPipeline
from scanner.status import StatusChain
from scanner.sync.feed import Feed
from scanner.sync.fork import Aid
from scanner.sync.heartbeat import Pulse
from scanner.sync.time import NONCE_BYTES, TimeAsker
from scanner.sync.worker import SyncWorker, sync_once
from scanner.timekeeping import Timekeeper
from tests.fakes.central_world import CountingBytes
from tests.fakes.protocol_link import LoopLink
from tests.fakes.protocol_refresh import a_refresher
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_parts import FakeDecoder
from tests.fakes.scanner_standings import FakeStandings
from tests.fakes.vault import VAULT

PASSBACK_S: Final = 120
LEDGER: Final = "ledger.sqlite3"
REACHED: Final = "ledger.sqlite3.reached"
ADMISSIONS: Final = "admissions.sqlite3"
BACKUP: Final = "backup.sqlite3"
Key = tuple[int, int]
"""What no two entries of a door share, and what no carrying changes: its wall and its monotonic time."""


class Copy(StrEnum):
    """What is put back of a copy."""

    BACKUP = "backup"  # the file that `gatepost backup` made
    FILE = "file"  # the ledger's file alone
    FOLDER = "folder"  # the whole data folder, with the note of how far the log had come


@dataclass(slots=True)
class Screen:
    """What was shown at a door, in order, whatever became of its process."""

    shown: list[Key] = field(default_factory=list)
    admitted: dict[tuple[bytes, bytes], Key] = field(default_factory=dict)


class ProtocolDoor:
    """``screen`` outlives its process; ``forgets`` holds the nonces that a put back ledger cannot know."""

    def __init__(self, folder: Path, papers: EnrolAnswer, link: LoopLink, *, ntp: Ntp) -> None:
        self.folder = folder
        folder.mkdir()
        self.link = link
        self.clock = FakeClock()
        self.stepped = 0
        self.screen = Screen()
        self.forgets: set[tuple[bytes, bytes]] = set()
        self.has_copy = False
        self.refused: tuple[str, ...] = ()
        self._ntp = ntp
        self._papers = _papers(papers)
        self._standings = FakeStandings()
        # every door draws other numbers
        self._randomness = CountingBytes()
        self._randomness._count = zlib.crc32(papers.device_id.encode()) << 24
        self.start()

    def start(self) -> None:
        """The process starts, and shows what was admitted and not shown."""
        self._stack = ExitStack()
        self.ledger = SqliteLedger.open(
            self.folder / LEDGER,
            VAULT,
            new_epoch=self._new_epoch(),
            now=self.clock.now().seconds,
            rehearsal=False,
        )
        self.log = self._stack.enter_context(closing(SqliteLog(self.folder / LEDGER, VAULT)))
        self.elsewhere = self._stack.enter_context(
            closing(SqliteAdmissions(self.folder / ADMISSIONS, VAULT))
        )
        self._keeper = Timekeeper(book=self.ledger, ntp=lambda: self._ntp)
        keys = KeyringFile(self.folder, self._papers, VAULT)
        self._pipeline = ScanPipeline(
            identity=DoorIdentity(
                door=self._papers.door,
                device=self._papers.device_id,
                audiences=frozenset((self._papers.audience,)),
                policy=DoorPolicy(passback_s=PASSBACK_S),
                rules=DOOR_RULES,
                program="gatepost test",
                has_screen=True,
            ),
            clock=self.clock,
            decoder=FakeDecoder(),
            keys=keys,
            status=StatusChain(live=None, memory=self._standings),
            ledger=self.ledger,
            trust=self._keeper.keep,
            venue=self.elsewhere,
            elsewhere=self.elsewhere,
        )
        self.feed = Feed(link=self.link, memory=self.elsewhere, book=self.log)
        self.worker = self._worker(keys)
        for entry in self.ledger.unshown(self.clock.now().seconds):
            self._put_on_screen(Seq(entry.seq), entry)

    def kill(self) -> None:
        """As kill -9 leaves it: what was written ahead is not in the file, and how far the log came is not noted."""
        names = (LEDGER, REACHED, ADMISSIONS, f"{LEDGER}-wal", f"{ADMISSIONS}-wal")
        left = {
            name: (self.folder / name).read_bytes()
            for name in names
            if (self.folder / name).exists()
        }
        self.stop()
        for name in (*names, f"{LEDGER}-shm", f"{ADMISSIONS}-shm"):
            (self.folder / name).unlink(missing_ok=True)
        for name, data in left.items():
            (self.folder / name).write_bytes(data)

    def stop(self) -> None:
        """The process ends in good order."""
        self._stack.close()
        self.ledger.close()

    def show(self, text: str, *, dies: bool = False) -> Answer:
        """A card is held before the door. ``dies``: the process is killed between the commit and the screen."""
        at = self.clock.now()
        answer = self._pipeline.answer(Presentation(text=text, at=at, source="camera"))
        assert answer.seq is not None, answer.trouble
        entry = self._entry(answer.seq)
        assert (entry.decision.value, entry.reason) == (_word(answer), answer.decision.reason.value)
        if dies:
            self.kill()
            self.start()
            is_shown = (entry.wall, entry.mono) in self.screen.shown
            assert is_shown == (entry.decision.value == "admit"), "its holder is stranded"
        else:
            self._put_on_screen(answer.seq, entry)
        return answer

    def sync(self) -> None:
        """One round of the worker that hands the log over."""
        self.worker.attempt()

    def listen(self) -> None:
        """One round of the worker that hears of other doors."""
        try:
            self.feed.poll()
        except LinkError:
            return

    def step_clock(self, seconds: int) -> None:
        """Somebody sets the clock."""
        self.clock.step(seconds)
        self.stepped += seconds

    def purge(self) -> None:
        """As the rounds of a running door do."""
        now = self.clock.now()
        if self._keeper.trust(now) is ClockTrust.TRUSTED:
            self.ledger.purge(now.seconds)

    @property
    def list_version(self) -> int:
        """Of the snapshot in force."""
        return self._standings.snapshot_version

    def keys_of_log(self) -> dict[Key, Epoch]:
        """Every entry of the ledger, and its epoch."""
        return {(e.wall, e.mono): Epoch(e.epoch) for e in self.log.all()}

    def copy(self) -> None:
        """Back it up as it runs, then stop it and copy its folder."""
        aside = self.folder.with_name(f"{self.folder.name}-copy")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        self.has_copy = True
        back_up(self.folder / LEDGER, aside / BACKUP, VAULT)
        self.stop()
        for name in (LEDGER, REACHED, ADMISSIONS):
            shutil.copyfile(self.folder / name, aside / name)
        self.start()

    def put_back(self, copy: Copy) -> None:
        """Kill it, and put the last copy in the place of what it had; it is not started."""
        aside = self.folder.with_name(f"{self.folder.name}-copy")
        if copy is Copy.FILE:
            self.ledger.probe()  # it ran for longer than the ten seconds that docs/howto/recovery.md excepts
        self.kill()
        for ending in ("", "-wal"):
            (self.folder / f"{LEDGER}{ending}").unlink(missing_ok=True)
        shutil.copyfile(aside / (BACKUP if copy is Copy.BACKUP else LEDGER), self.folder / LEDGER)
        if copy is Copy.FOLDER:
            (self.folder / f"{ADMISSIONS}-wal").unlink(missing_ok=True)
            for name in (REACHED, ADMISSIONS):
                shutil.copyfile(aside / name, self.folder / name)

    def _put_on_screen(self, seq: Seq, entry: AuditEntry) -> None:
        key = (entry.wall, entry.mono)
        assert key not in self.screen.shown, "shown twice"
        self.screen.shown.append(key)
        self.ledger.shown(seq, self.clock.now().seconds)
        if entry.decision.value == "admit":
            assert entry.card_id is not None
            assert entry.nonce is not None
            nonce = (entry.card_id, entry.nonce)
            assert nonce not in self.screen.admitted or nonce in self.forgets, "admitted twice"
            self.forgets.discard(nonce)
            self.screen.admitted[nonce] = key

    def _entry(self, seq: Seq) -> AuditEntry:
        (found,) = self.log.newest_entries(1)
        assert found.seq == seq
        return found

    def _new_epoch(self) -> Epoch:
        return Epoch(self._randomness(EPOCH_BYTES))

    def _worker(self, keys: KeyringFile) -> SyncWorker:
        refresher = a_refresher(
            self.link,
            keys=keys,
            standings=self._standings,
            root=self._papers.root,
            audience=self._papers.audience,
            clock=self.clock,
            outbox=self.log,
        )
        time = TimeAsker(
            link=self.link,
            clock=self.clock,
            trust=self._keeper.trust,
            set_clock=self.log.set_clock,
            nonce=lambda: self._randomness(NONCE_BYTES),
            root=lambda: self._papers.root,
            audience=self._papers.audience,
        )
        aid = Aid(
            tell=Pulse(link=self.link, compose=self._compose).tell,
            new_epoch=self._new_epoch,
            now=lambda: self.clock.now().seconds,
        )
        breaker = LinkBreaker(mono=self.clock.mono, failures=5, open_for=60, successes=1)

        def sync() -> None:
            time.ask_if_needed()
            report = sync_once(self.link, self.log, refresher, aid=aid)
            self.refused = report.refused

        return SyncWorker(lambda: breaker.call(sync), fraction=lambda: 0.5)

    def _compose(self, epoch: Epoch, believed: Seq) -> Heartbeat:
        now = self.clock.now()
        return Heartbeat(
            program="gatepost test",
            wall_us=now.wall,
            clock=judge_clock(now, self.ledger.clock_memory, self._ntp),
            outbox=self.log.backlog(),
            circuit="closed",
            epoch=epoch.hex(),
            mark=believed,
        )


def _papers(answer: EnrolAnswer) -> DevicePapers:
    return DevicePapers(
        device_id=DeviceId(answer.device_id),
        door=DoorId(answer.door),
        audience=Audience(answer.audience),
        central_url="",
        token=answer.token,
        root_kid=answer.root_kid,
        root_public_key=answer.root_public_key,
        policy=answer.policy,
    )


def _word(answer: Answer) -> str:
    return outcome_of(answer.decision).value
