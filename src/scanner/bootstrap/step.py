"""What keeps a door in step with central: once, or in a thread of its own."""

import random
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from cardcore.audit import EPOCH_BYTES
from cardcore.ids import Epoch, Seq
from cardcore.wire import Heartbeat
from scanner.adapters.central_httpx import HttpCentral
from scanner.adapters.clock_system import SystemClock
from scanner.adapters.keyring_file import DevicePapers
from scanner.adapters.ledger_sqlite import SqliteLog
from scanner.adapters.link_file import read_circuits
from scanner.adapters.ntp_adjtimex import ntp_state
from scanner.adapters.quarantine_file import QuarantineFile
from scanner.bootstrap.door import (
    LEDGER_FILE,
    make_breaker,
    open_admissions,
    open_ledger,
    open_standings,
    program,
)
from scanner.bootstrap.eviction import revocation_of, wipe
from scanner.bootstrap.identity import make_keys_if_needed, make_notary, open_link, registration
from scanner.bootstrap.trust import Trust, make_refresher, open_trust
from scanner.bootstrap.vault import open_papers, open_vault
from scanner.config import Settings
from scanner.door.clock_trust import judge_clock
from scanner.errors import ConfigError
from scanner.sync.feed import Feed
from scanner.sync.fork import Aid
from scanner.sync.heartbeat import Pulse
from scanner.sync.notary import Notary
from scanner.sync.pace import RefreshPace
from scanner.sync.refresh import Refresher
from scanner.sync.registration import Registration
from scanner.sync.retention import DAY, Retention
from scanner.sync.shut_out import ShutOut
from scanner.sync.time import NONCE_BYTES, TimeAsker
from scanner.sync.upload import Progress, upload_all
from scanner.sync.worker import Heard, SyncReport, SyncWorker, sync_once
from telemetry.operations import Operations, TracingOff


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRoom:
    """All that a sync needs, opened. ``ending`` is set when the program ends: what takes long stops."""

    link: HttpCentral
    log: SqliteLog
    refresher: Refresher
    feed: Feed
    time: TimeAsker
    aid: Aid
    registration: Registration | None
    retention: Retention
    notary: Notary | None
    shut_out: ShutOut
    ending: threading.Event

    def sync(self, progress: Progress = lambda _: None) -> SyncReport:
        """One sync, and what is old is removed. Raises as :func:`scanner.sync.worker.sync_once`.

        Raises:
            DeviceRevokedError: the root has shut this device out; the log is handed over all the same.
        """
        return self.shut_out.obeying(lambda: self._sync(progress))

    def poll(self) -> int:
        """Take in what other doors admitted. Raises as :meth:`sync`."""
        return self.shut_out.obeying(self.feed.poll)

    def _sync(self, progress: Progress) -> SyncReport:
        if self.registration is not None:
            self.registration.register_if_needed()
        self.time.ask_if_needed()
        report = sync_once(
            self.link, self.log, self.refresher, progress, self.aid, notary=self.notary
        )
        self.retention.tend()
        return report

    def sync_paced(self, pace: RefreshPace) -> SyncReport:
        """The same, where documents are asked for only when they are due."""
        if not pace.is_due():
            return self.shut_out.obeying(
                lambda: SyncReport(
                    upload=upload_all(self.link, self.log, aid=self.aid, notary=self.notary)
                )
            )
        pace.begun()
        report = self.sync()
        pace.done()
        return report


@contextmanager
def open_sync(settings: Settings, papers: DevicePapers | None = None) -> Iterator[SyncRoom]:
    """The sync of these settings.

    Raises:
        ConfigError: not enrolled, or a rehearsal ledger.
        LedgerError: the ledger cannot be opened or written.
    """
    papers = papers or open_papers(settings)
    open_ledger(settings, rehearsal=None).close()
    with ExitStack() as stack:
        log = stack.enter_context(
            closing(SqliteLog(settings.folder / LEDGER_FILE, open_vault(settings)))
        )
        if log.is_rehearsal:
            hint = "a rehearsal ledger is never uploaded"
            raise ConfigError(field="data", value=settings.data, hint=hint)
        standings = stack.enter_context(closing(open_standings(settings)))
        clock = SystemClock()
        make_keys_if_needed(settings, papers)
        link = stack.enter_context(closing(open_link(settings, papers, clock)))
        trust = open_trust(settings, papers)
        ending = threading.Event()
        refresher = make_refresher(
            trust, link, memory=standings, clock=clock, outbox=log, pause=ending.wait
        )
        memory = stack.enter_context(closing(open_admissions(settings)))
        feed = Feed(link=link, memory=memory, book=log)
        time = TimeAsker(
            link=link,
            clock=clock,
            trust=lambda at: judge_clock(at, log.clock_memory, ntp_state()),
            set_clock=log.set_clock,
            nonce=lambda: secrets.token_bytes(NONCE_BYTES),
            root=lambda: trust.roots.current,
            audience=papers.audience,
        )
        retention = Retention(
            link=link,
            log=log,
            clock=clock,
            trust=lambda at: judge_clock(at, log.clock_memory, ntp_state()),
            root=papers.root,
            newer=trust.roots.known,
            audience=papers.audience,
            device=papers.device_id,
            keep_for=settings.retention_days * DAY,
        )
        notary = make_notary(settings, papers, clock, log)
        pulse = Pulse(link=link, compose=_composer(settings, log, refresher, clock, trust))
        apart = QuarantineFile(settings.folder)
        aid = Aid(
            tell=pulse.tell,
            resume=retention.resume,
            apart=lambda epoch, numbers: apart.note(epoch, numbers, clock.now().seconds),
            new_epoch=lambda: Epoch(secrets.token_bytes(EPOCH_BYTES)),
            now=lambda: clock.now().seconds,
        )
        yield SyncRoom(
            link=link,
            log=log,
            refresher=refresher,
            feed=feed,
            time=time,
            aid=aid,
            registration=registration(settings, papers, link),
            retention=retention,
            notary=notary,
            ending=ending,
            shut_out=ShutOut(
                book=revocation_of(settings, papers),
                wipe=lambda: wipe(settings, trust, standings, memory),
                hand_over=lambda: upload_all(link, log, notary=notary),
            ),
        )


def _composer(
    settings: Settings, log: SqliteLog, refresher: Refresher, clock: SystemClock, trust: Trust
) -> Callable[[Epoch, Seq], Heartbeat]:
    def compose(epoch: Epoch, believed: Seq) -> Heartbeat:
        now = clock.now()
        status = read_circuits(settings.folder, now).get("status")
        keyset_age_s, snapshot_age_s = refresher.ages(now.seconds)
        return Heartbeat(
            program=program(),
            wall_us=now.wall,
            clock=judge_clock(now, log.clock_memory, ntp_state()),
            outbox=log.backlog(),
            circuit="closed" if status is None else status.state_at(now.mono),
            keyset_version=refresher.versions[0],
            snapshot_version=refresher.versions[1],
            policy_version=trust.policy.current().version,
            keyset_age_s=keyset_age_s,
            snapshot_age_s=snapshot_age_s,
            free_bytes=shutil.disk_usage(settings.folder).free,
            epoch=epoch.hex(),
            mark=believed,
        )

    return compose


@contextmanager
def sync_beside(
    settings: Settings,
    pace: RefreshPace | None = None,
    heard: Heard = lambda _error, _pause: None,
    tracing: Operations | None = None,
) -> Iterator[SyncWorker]:
    """A thread that keeps a running door in step, until the context ends. Raises as :func:`open_sync`.

    ``pace`` is the door's, which knows of keys that were missed.
    """
    pace = pace or RefreshPace(SystemClock().mono, every=settings.sync_every_s)
    traced = tracing or TracingOff()

    def sync() -> SyncReport:
        with traced.operation("sync"):
            return breaker.call(lambda: room.sync_paced(pace))

    with open_sync(settings) as room, feed_beside(settings, traced), ExitStack() as stack:
        breaker = make_breaker(settings, SystemClock(), "sync", stack)
        worker = SyncWorker(
            sync,
            fraction=random.SystemRandom().random,
            every=settings.sync_every_s,
            due_in=pace.due_in,
            heard=heard,
            hurried=lambda: breaker.reset_is_wanted,
        )
        worker.start()
        try:
            yield worker
        finally:
            room.ending.set()
            worker.stop()


@contextmanager
def feed_beside(settings: Settings, traced: Operations) -> Iterator[SyncWorker]:
    """A thread that learns what other doors admit, until the context ends. Raises as :func:`open_sync`."""

    def poll() -> int:
        with traced.operation("feed"):
            return breaker.call(room.poll)

    # a link of its own: an upload under way keeps nobody waiting
    with open_sync(settings) as room, ExitStack() as stack:
        breaker = make_breaker(settings, SystemClock(), "feed", stack)
        worker = SyncWorker(
            poll,
            fraction=random.SystemRandom().random,
            every=settings.feed_every_s,
            hurried=lambda: breaker.reset_is_wanted,
        )
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()
