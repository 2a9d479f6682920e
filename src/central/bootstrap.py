"""The wiring: the only place that reads a clock, draws randomness, and knows who needs whom."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp

from cardcore.ids import Micros, UnixSeconds
from central.audit.service import AuditService
from central.auth import Authenticator, TryLimiter
from central.cards.service import CardService, StandingService
from central.cards.tokens import TokenService
from central.config import Settings
from central.devices.service import DeviceService
from central.errors import ConfigError
from central.keys.documents import DocumentService
from central.keys.service import KeyService, KeySetService
from central.members.service import MemberService
from central.ports.storage import Storage
from central.ports.world import Clock, Randomness

_NANOS: Final = 1_000


class SystemClock:
    """The clock of this machine."""

    def now(self) -> UnixSeconds:
        """Whole seconds since 1970, UTC."""
        return UnixSeconds(int(time.time()))

    def micros(self) -> Micros:
        """Microseconds since 1970, UTC."""
        return Micros(time.time_ns() // _NANOS)

    def monotonic(self) -> float:
        """Seconds since some instant, never set back."""
        return time.monotonic()


@dataclass(frozen=True, slots=True, kw_only=True)
class Central:
    """Every use case, wired."""

    storage: Storage
    clock: Clock
    members: MemberService
    cards: CardService
    standings: StandingService
    tokens: TokenService
    keys: KeyService
    key_sets: KeySetService
    devices: DeviceService
    audit: AuditService


@contextmanager
def open_central(settings: Settings) -> Iterator[Central]:
    """Central over the database of ``settings``, which is brought to the newest form first.

    Raises:
        ConfigError: a database that this program may not use.
        StorageDownError: one that it cannot use.
    """
    # SQLAlchemy takes half a second to import: `--help` does not pay.
    from central.storage.transaction import open_storage

    storage = open_storage(settings.database_url)
    try:
        yield wire_central(storage, clock=SystemClock(), randomness=secrets.token_bytes)
    finally:
        storage.close()


def wire_central(storage: Storage, *, clock: Clock, randomness: Randomness) -> Central:
    """Every use case over ``storage``."""
    keys = KeyService(storage=storage, clock=clock, randomness=randomness)
    signer = DocumentService(storage=storage, keys=keys, clock=clock)
    return Central(
        storage=storage,
        clock=clock,
        members=MemberService(storage=storage),
        cards=CardService(storage=storage, keys=keys, clock=clock, randomness=randomness),
        standings=StandingService(storage=storage, signer=signer, clock=clock),
        tokens=TokenService(storage=storage, keys=keys, clock=clock, randomness=randomness),
        keys=keys,
        key_sets=KeySetService(keys=keys, signer=signer),
        devices=DeviceService(storage=storage, keys=keys, clock=clock, randomness=randomness),
        audit=AuditService(storage=storage, clock=clock),
    )


def serve(settings: Settings, *, behind_proxy: bool, announce: Callable[[str], None]) -> None:
    """Serve over HTTP until told to stop; ``announce`` is given the address once it answers.

    Raises:
        ConfigError: an address that cannot be used, or plain HTTP beyond this machine without a proxy.
    """
    # The server and its framework take half a second to import: only this command pays.
    from central.ops.server import LOOPBACK, listen, run_server

    if settings.host not in LOOPBACK and not behind_proxy:
        hint = "plain HTTP stays on this machine; give --behind-proxy where a proxy speaks TLS"
        raise ConfigError(field="host", value=settings.host, hint=hint)
    with open_central(settings) as central, listen(settings.host, settings.port) as listener:
        run_server(wire_app(central), listener, behind_proxy=behind_proxy, announce=announce)


def wire_app(central: Central) -> ASGIApp:
    """The HTTP application over the use cases."""
    from central.app import Routes, make_app
    from central.audit.routes import AuditRoutes
    from central.cards.routes import CardRoutes
    from central.devices.routes import DeviceRoutes
    from central.keys.routes import KeyRoutes
    from central.ops.health import HealthRoutes

    routes = Routes(
        devices=DeviceRoutes(devices=central.devices, tries=TryLimiter(clock=central.clock)),
        keys=KeyRoutes(key_sets=central.key_sets),
        cards=CardRoutes(
            standings=central.standings,
            tokens=central.tokens,
            tries=TryLimiter(clock=central.clock),
        ),
        audit=AuditRoutes(audit=central.audit),
        health=HealthRoutes(storage=central.storage),
    )
    return make_app(routes, Authenticator(storage=central.storage))
