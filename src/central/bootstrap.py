"""The wiring: the only place that draws randomness, and knows who needs whom."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp

from cardcore.schedule import Schedule as KeySchedule
from central.audit.receipts import ReceiptService
from central.audit.service import AuditService
from central.auth import USUAL, Allowance, Authenticator, TryLimiter
from central.cards.service import CardService, StandingService
from central.cards.snapshots import SnapshotService
from central.cards.tokens import TokenService
from central.cards.trail import TrailService
from central.config import Settings
from central.devices.presence import PresenceService
from central.devices.service import DeviceService
from central.events.processing import EventProcessor
from central.events.publisher import TRIES, DeadLetterService, Publisher, TrailProjection
from central.events.replies import ReplyService
from central.events.workers import Job, Schedule, Workers
from central.figures.tally import tally_of
from central.incidents.feed import FeedService
from central.incidents.service import IncidentService
from central.incidents.watch import IncidentWatch
from central.keys.documents import DocumentService
from central.keys.service import MONTHLY, KeyService
from central.keys.signed import Signed, wire_signed
from central.members.service import MemberService
from central.operators.service import OperatorService
from central.ops.health import CentralHealth
from central.ops.meter import CentralMeter
from central.ops.system_clock import SystemClock
from central.ops.traced import traced_app, traced_watch
from central.ops.watchtower import Watchtower, wire_watchtower
from central.ports.chain import NO_CHAIN, Chain
from central.ports.outlook import Outlook
from central.ports.storage import Storage
from central.ports.world import Clock, Randomness
from central.versioning import VERSIONS, DeprecationLog, Versions

if TYPE_CHECKING:
    from telemetry.tracing import Tracing

MINUTELY_S: Final = 60.0  # a card outlives its end, and a key its time, by a minute at most
CLEAN_EVERY_S: Final = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Central:
    """Every use case, wired."""

    storage: Storage
    clock: Clock
    members: MemberService
    cards: CardService
    standings: StandingService
    snapshots: SnapshotService
    tokens: TokenService
    keys: KeyService
    devices: DeviceService
    audit: AuditService
    receipts: ReceiptService
    presence: PresenceService
    incidents: IncidentService
    feed: FeedService
    operators: OperatorService
    trail: TrailService
    processor: EventProcessor
    answers: ReplyService
    letters: DeadLetterService
    signed: Signed
    health: CentralHealth
    tracing: "Tracing | None" = None
    meter: CentralMeter
    tower: Watchtower


@contextmanager
def open_central(settings: Settings, tracing: "Tracing | None" = None) -> Iterator[Central]:
    """Central over the database of ``settings``, which is brought to the newest form first.

    Raises:
        ConfigError: a database that this program may not use.
        StorageDownError: one that it cannot use.
    """
    # SQLAlchemy takes half a second to import: `--help` does not pay.
    from central.storage.transaction import open_storage

    storage = open_storage(settings.database_url, clock := SystemClock())
    try:
        yield wire_central(
            storage,
            clock=clock,
            randomness=secrets.token_bytes,
            folder=settings.data if settings.data.exists() else Path("/"),
            outlook=settings.outlook,
            schedule=settings.key_schedule,
            tracing=tracing,
            chain=Chain(audience=settings.chain_audience),
        )
    finally:
        storage.close()


def wire_central(
    storage: Storage,
    *,
    clock: Clock,
    randomness: Randomness,
    folder: Path = Path("/"),
    outlook: Outlook | None = None,
    schedule: KeySchedule = MONTHLY,
    tracing: "Tracing | None" = None,
    chain: Chain = NO_CHAIN,
) -> Central:
    """Every use case over ``storage``; ``folder`` is on the disk that health looks at, ``schedule`` that of the keys."""
    meter = CentralMeter()
    keys = KeyService(
        storage=storage, clock=clock, randomness=randomness, schedule=schedule, chain=chain
    )
    cards = CardService(storage=storage, keys=keys, clock=clock, randomness=randomness)
    watch = traced_watch(IncidentWatch(clock=clock, tallying=tally_of), tracing)
    signer = DocumentService(storage=storage, keys=keys, clock=clock)
    return Central(
        storage=storage,
        clock=clock,
        members=MemberService(storage=storage, randomness=randomness),
        cards=cards,
        standings=StandingService(storage=storage, signer=signer, clock=clock, chain=chain),
        snapshots=SnapshotService(storage=storage, signer=signer, clock=clock, chain=chain),
        tokens=TokenService(storage=storage, keys=keys, clock=clock, randomness=randomness),
        keys=keys,
        devices=DeviceService(storage=storage, keys=keys, clock=clock, randomness=randomness),
        audit=AuditService(storage=storage, clock=clock, watch=watch, keys=keys, meter=meter),
        receipts=ReceiptService(storage=storage, keys=keys, clock=clock, watch=watch),
        presence=PresenceService(storage=storage, keys=keys, clock=clock, watch=watch),
        incidents=IncidentService(storage=storage, clock=clock),
        feed=FeedService(storage=storage, clock=clock),
        operators=OperatorService(storage=storage, clock=clock, randomness=randomness),
        trail=TrailService(storage=storage),
        processor=EventProcessor(storage=storage, clock=clock, meter=meter),
        answers=ReplyService(storage=storage, clock=clock, meter=meter),
        letters=DeadLetterService(storage=storage, clock=clock),
        signed=wire_signed(storage, keys, signer, clock, randomness, cards=cards),
        meter=meter,
        tracing=tracing,
        health=CentralHealth(
            storage=storage, clock=clock, keys=keys, randomness=randomness, folder=folder
        ),
        tower=wire_watchtower(storage, clock=clock, outlook=outlook, signer=signer),
    )


@contextmanager
def working(central: Central, *, count: int, tries: int = TRIES) -> Iterator[None]:
    """So many threads that publish events, and one that does what is due by schedule; none for a ``count`` of 0."""
    publisher = Publisher(
        storage=central.storage,
        clock=central.clock,
        subscribers=[TrailProjection()],
        tries=tries,
    )
    jobs = [
        Job(name="expire cards", every_s=MINUTELY_S, run=central.cards.expire_due),
        Job(name="rotate keys", every_s=MINUTELY_S, run=central.signed.rotation.rotate_due),
        Job(name="old changes of lists", every_s=CLEAN_EVERY_S, run=central.signed.lists.clean_up),
        Job(name="old chunks", every_s=CLEAN_EVERY_S, run=central.snapshots.clean_up),
        Job(name="old events", every_s=CLEAN_EVERY_S, run=central.processor.clean_up),
        Job(name="old answers", every_s=CLEAN_EVERY_S, run=central.answers.clean_up),
        Job(name="old movements", every_s=CLEAN_EVERY_S, run=central.feed.clean_up),
        Job(name="old codes", every_s=CLEAN_EVERY_S, run=central.devices.clean_up),
        Job(name="old links", every_s=CLEAN_EVERY_S, run=central.tokens.clean_up),
        Job(name="published events", every_s=CLEAN_EVERY_S, run=publisher.clean_up),
    ]
    schedule = Schedule(clock=central.clock, jobs=[*jobs, *central.tower.jobs()])
    workers = Workers(publisher=publisher, schedule=schedule, count=count)
    if count == 0:
        yield
        return
    workers.start()
    try:
        yield
    finally:
        workers.stop()


def migrate(settings: Settings) -> str:
    """Bring the database of ``settings`` to the newest form; the number of that form.

    Raises:
        ConfigError: a newer program has been here.
        StorageDownError: it cannot be used.
    """
    from central.storage.transaction import migrate_storage

    return migrate_storage(settings.database_url)


def wire_app(
    central: Central, *, allowance: Allowance = USUAL, versions: Versions = VERSIONS
) -> ASGIApp:
    """The HTTP application over the use cases."""
    from central.app import Routes, make_app
    from central.audit.routes import AuditRoutes
    from central.cards.phone_routes import PhoneRoutes
    from central.cards.routes import CardRoutes
    from central.devices.routes import DeviceRoutes
    from central.incidents.routes import IncidentRoutes
    from central.keys.routes import KeyRoutes
    from central.ops.dashboard.wiring import dashboard_routes
    from central.ops.edge import Gate
    from central.ops.health import HealthRoutes
    from central.ops.metered import Metered
    from central.ops.metrics import MetricsRoutes
    from central.ops.office import wire_office
    from central.ops.request_ids import RequestIds

    clock, examiner = central.clock, central.health.examiner()
    routes = Routes(
        devices=DeviceRoutes(
            devices=central.devices, presence=central.presence, tries=TryLimiter(clock=clock)
        ),
        keys=KeyRoutes(keys=central.keys, signed=central.signed),
        cards=CardRoutes(
            standings=central.standings,
            snapshots=central.snapshots,
            tokens=central.tokens,
            tries=TryLimiter(clock=clock),
        ),
        phones=PhoneRoutes(tokens=central.tokens),
        audit=AuditRoutes(audit=central.audit, receipts=central.receipts),
        incidents=IncidentRoutes(
            incidents=central.incidents, feed=central.feed, answers=central.answers
        ),
        health=HealthRoutes(central.health, examiner),
        metrics=MetricsRoutes(
            storage=central.storage,
            clock=central.clock,
            meter=central.meter,
            examiner=examiner,
            tracing=central.tracing,
        ),
        office=wire_office(
            cards=central.cards,
            tokens=central.tokens,
            trail=central.trail,
            answers=central.answers,
            members=central.members,
            processor=central.processor,
            clock=central.clock,
            letters=central.letters,
        ),
    )
    told = central.presence.time
    authenticator = Authenticator(
        storage=central.storage, clock=clock, allowance=allowance, tell_time=told
    )
    gate = Gate(
        authenticator=authenticator,
        versions=versions,
        deprecations=DeprecationLog(clock=central.clock, versions=versions),
        meter=central.meter,
        monotonic=central.clock.monotonic,
    )
    app = make_app(routes, gate, dashboard_routes(central, authenticator, secrets.token_bytes))
    metered = Metered(app, meter=central.tower.meter, clock=central.clock)
    return traced_app(RequestIds(metered, lambda: secrets.token_hex(8)), central.tracing)
