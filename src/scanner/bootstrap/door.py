"""A door that decides: its ledger, keys, standings and live link, wired to the path."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from cardcore.audit import EPOCH_BYTES, ClockTrust
from cardcore.ids import Audience, Epoch, UnixSeconds
from cardcore.keyset import KeySet
from scanner.adapters.admissions_sqlite import SqliteAdmissions
from scanner.adapters.breaker_pybreaker import LinkBreaker
from scanner.adapters.clock_system import RehearsalClock, SystemClock
from scanner.adapters.decoder_cascade import DecoderCascade
from scanner.adapters.keyring_file import DevicePapers
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.adapters.link_file import LinkFile
from scanner.adapters.ntp_adjtimex import ntp_state
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.adapters.tally_file import TallyFile
from scanner.bootstrap.eviction import refuse_shut_out, revocation_of, shut_out_words
from scanner.bootstrap.eyes import make_decoder, make_source, picture_opener
from scanner.bootstrap.identity import open_link
from scanner.bootstrap.trust import Trust, open_trust
from scanner.bootstrap.vault import open_papers, open_vault
from scanner.config import Settings
from scanner.door.identity import DoorIdentity
from scanner.door.moment import Moment
from scanner.errors import ConfigError
from scanner.lane import LiveLane, StillLane
from scanner.pipeline import ScanPipeline
from scanner.ports import Clock, KeySource
from scanner.status import LiveStatus, StatusChain
from scanner.sync.pace import RefreshPace
from scanner.sync.shut_out import KeysUnlessShutOut
from scanner.timekeeping import Timekeeper, always_trusted

if TYPE_CHECKING:
    from scanner.traced import TracedPipeline
    from telemetry.tracing import Tracing


LEDGER_FILE: Final = "ledger.sqlite3"
STANDINGS_FILE: Final = "standings.sqlite3"
TALLY_FILE: Final = "found_by.json"
ADMISSIONS_FILE: Final = "admissions.sqlite3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A wired door."""

    clock: Clock
    papers: DevicePapers
    pipeline: ScanPipeline
    decoder: DecoderCascade
    keys: KeySource
    shut_out: Callable[[], str]
    status: StatusChain
    ledger: SqliteLedger
    standings: SqliteStandings
    elsewhere: SqliteAdmissions
    trust: Trust
    pace: RefreshPace


def program() -> str:
    """Name and version, as entries and central have them."""
    return f"gatepost {version('gatepost')}"


def open_ledger(settings: Settings, *, rehearsal: bool | None) -> SqliteLedger:
    """The ledger of the data folder, made where there is none.

    Raises:
        LedgerError: it cannot be opened or written.
        ConfigError: a rehearsal ledger where a real one is wanted, or the other way round.
    """
    return SqliteLedger.open(
        settings.folder / LEDGER_FILE,
        open_vault(settings),
        new_epoch=Epoch(secrets.token_bytes(EPOCH_BYTES)),
        now=SystemClock().now().seconds,
        rehearsal=rehearsal,
    )


def open_standings(settings: Settings) -> SqliteStandings:
    """The kept standings of the data folder.

    Raises:
        LedgerError: the file cannot be opened.
    """
    path = settings.folder / STANDINGS_FILE
    return SqliteStandings(path, open_vault(settings), with_names=settings.search_names)


def open_admissions(settings: Settings) -> SqliteAdmissions:
    """What other doors admitted, as kept in the data folder.

    Raises:
        LedgerError: the file cannot be opened.
    """
    return SqliteAdmissions(settings.folder / ADMISSIONS_FILE, open_vault(settings))


@contextmanager
def open_log(settings: Settings) -> Iterator[SqliteLog]:
    """The log of the data folder, for reading.

    Raises:
        LedgerError: there is none, or it cannot be read.
    """
    with closing(SqliteLog(settings.folder / LEDGER_FILE, open_vault(settings))) as log:
        yield log


@contextmanager
def open_door(
    settings: Settings,
    *,
    rehearsal: bool | None = False,
    at: UnixSeconds | None = None,
    has_screen: bool = False,
    is_running: bool = False,
    tracing: "Tracing | None" = None,
) -> Iterator[Door]:
    """The door of these settings. ``at`` makes it judge at another instant, on a rehearsal ledger only.

    ``has_screen``: an admission counts as shown only when the screen says so. ``is_running``: this is the door that
    runs here, and leaves word of its circuit. ``tracing`` records each presentation.

    Raises:
        ConfigError: not enrolled, or ``at`` on a real ledger.
        LedgerError: the ledger cannot be opened or written.
    """
    papers = open_papers(settings)
    with ExitStack() as stack:
        ledger = stack.enter_context(closing(open_ledger(settings, rehearsal=rehearsal)))
        if at is not None and not ledger.is_rehearsal:
            hint = "judges at another instant only on a ledger made with --rehearsal"
            raise ConfigError(field="--at", value=at, hint=hint)
        clock: Clock = SystemClock() if at is None else RehearsalClock(at)
        keeper = Timekeeper(book=ledger, ntp=ntp_state)
        trust = always_trusted if ledger.is_rehearsal else keeper.keep
        _purge(ledger, clock.now(), trust)
        standings = stack.enter_context(closing(open_standings(settings)))
        elsewhere = stack.enter_context(closing(open_admissions(settings)))
        live = None
        if settings.live_status and not ledger.is_rehearsal:
            breaker = make_breaker(settings, clock, "status", stack if is_running else None)
            live = _live_status(settings, papers, clock, standings, breaker=breaker, stack=stack)
        book = revocation_of(settings, papers)
        known = open_trust(settings, papers)
        keys = KeysUnlessShutOut(known.keys, book)
        pace = RefreshPace(clock.mono, every=settings.sync_every_s)
        status = StatusChain(live=live, memory=standings, ask_after=settings.ask_after_s)
        identity = _identity(papers, settings)
        tally = stack.enter_context(closing(TallyFile(settings.folder / TALLY_FILE, clock.mono)))
        decoder = make_decoder(settings, clock=clock, tell=tally.keep)
        stack.callback(decoder.close)
        pipeline = _pipeline_maker(tracing)(
            identity=replace(identity, has_screen=has_screen),
            clock=clock,
            decoder=decoder,
            keys=keys,
            status=status,
            ledger=ledger,
            trust=trust,
            lists=known.lists,
            policy=known.policy.current,
            missed_key=pace.missed_key,
            venue=None if ledger.is_rehearsal else elsewhere,
            elsewhere=None if ledger.is_rehearsal else elsewhere,
        )
        yield Door(
            clock=clock,
            papers=papers,
            pipeline=pipeline,
            decoder=decoder,
            keys=keys,
            shut_out=lambda: shut_out_words(book),
            status=status,
            ledger=ledger,
            standings=standings,
            elsewhere=elsewhere,
            trust=known,
            pace=pace,
        )


@contextmanager
def open_scan(
    settings: Settings, *, rehearsal: bool | None, at: UnixSeconds | None
) -> Iterator[StillLane]:
    """A lane for pictures; ``rehearsal`` None takes the ledger as it is. Raises as :func:`open_door`."""
    with open_door(settings, rehearsal=rehearsal, at=at) as door:
        refuse_shut_out(door.shut_out())
        yield StillLane(pipeline=door.pipeline, clock=door.clock, open_picture=picture_opener())


@contextmanager
def open_lane(settings: Settings, tracing: "Tracing | None" = None) -> Iterator[LiveLane]:
    """A lane for the source in the settings. Raises as :func:`open_door`."""
    with (
        open_door(settings, is_running=True, tracing=tracing) as door,
        closing(make_source(settings.source, door.clock)) as source,
    ):
        refuse_shut_out(door.shut_out())
        yield LiveLane(pipeline=door.pipeline, source=source, pace=door.pace)


def door_keys(settings: Settings) -> tuple[KeySet, Audience]:
    """The keys in force at this door, and its venue.

    Raises:
        ConfigError: not enrolled.
    """
    papers = open_papers(settings)
    return open_trust(settings, papers).keys.current(), papers.audience


def make_breaker(
    settings: Settings, clock: Clock, name: str, until: ExitStack | None = None
) -> LinkBreaker:
    """A circuit breaker by the settings; it leaves word of itself ``until`` then, or never."""
    notes = None
    if until is not None:
        notes = until.enter_context(closing(LinkFile(settings.folder, name, clock.now().boot_id)))
    return LinkBreaker(
        mono=clock.mono,
        failures=settings.circuit_failures,
        open_for=settings.circuit_open_s,
        successes=settings.circuit_successes,
        name=name,
        notes=notes,
    )


def _pipeline_maker(tracing: "Tracing | None") -> "type[ScanPipeline] | partial[TracedPipeline]":
    """The path itself, or the path with its spans."""
    if tracing is None:
        return ScanPipeline
    from scanner.traced import TracedPipeline

    return partial(TracedPipeline, tracing=tracing)


def _purge(ledger: SqliteLedger, at: Moment, trust: Callable[[Moment], ClockTrust]) -> None:
    """Forget nonces that no clock could bring back; a floor (the app's own rounds do it again and again)."""
    if not ledger.is_rehearsal and trust(at) is ClockTrust.TRUSTED:
        ledger.purge(at.seconds)


def _live_status(
    settings: Settings,
    papers: DevicePapers,
    clock: Clock,
    standings: SqliteStandings,
    *,
    breaker: LinkBreaker,
    stack: ExitStack,
) -> LiveStatus:
    link = stack.enter_context(closing(open_link(settings, papers, clock)))
    live = LiveStatus(
        link=link,
        breaker=breaker,
        memory=standings,
        mono=clock.mono,
        within=settings.ask_within_s,
    )
    return stack.enter_context(closing(live))


def _identity(papers: DevicePapers, settings: Settings) -> DoorIdentity:
    return DoorIdentity(
        door=papers.door,
        device=papers.device_id,
        audiences=frozenset((papers.audience,)),
        policy=papers.policy,
        rules=papers.policy.kiosk if settings.kiosk else papers.policy.door,
        program=program(),
        kiosk=settings.kiosk,
    )
