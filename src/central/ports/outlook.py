"""What the dashboard and the alerts are told by the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from cardcore.card import Mode

UTC_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When an alert fires. Percentages are of 100."""

    success_percent: float = 95.0
    error_percent: float = 1.0
    backlog: int = 1_000
    silent_minutes: int = 10
    keyset_hours: int = 120  # a key set is good for 7 days
    list_hours: int = 12  # a list is good for 24 hours
    circuit_minutes: int = 10
    disk_percent: float = 10.0  # free
    door_free_mb: int = 200
    forged_cards: int = 1  # in an hour
    scans_min: int = 20  # of fewer in an hour no share is told


class MailSecurity(StrEnum):
    """How mail is handed over."""

    PLAIN = "plain"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Where alerts are mailed."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    security: MailSecurity = MailSecurity.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """The one address that alerts are posted to, and the secret that signs them."""

    url: str
    secret: str = field(repr=False)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All of it."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(UTC_ZONE))
    currency: str = "EUR"
    prices: Mapping[Mode, float] = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=Thresholds)
    mail: Mail | None = None
    hook: Hook | None = None
