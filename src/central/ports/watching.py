"""What watches over central: sessions of the dashboard, alerts and their notices, samples, and what is normal."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from cardcore.ids import Audience, Micros, UnixSeconds

EVERYWHERE: Final = Audience(
    ""
)  # the audience of what is about central itself; every operator sees it


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An operator who logged in; central keeps only the SHA-256 of the cookie."""

    token_hash: bytes = field(repr=False)
    name: str
    made_at: UnixSeconds
    expires_at: UnixSeconds


class Severity(StrEnum):
    """How soon somebody should look."""

    WARNING = "warning"
    CRITICAL = "critical"


class AlertState(StrEnum):
    """Where an alert stands: seen, but not for long enough; told; over."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One rule about one subject (a door, or a whole venue). ``since`` is when this state began."""

    alert_id: str
    audience: Audience
    rule: str
    subject: str
    severity: Severity
    state: AlertState
    since: Micros
    value: float
    text: str
    acknowledged_at: UnixSeconds | None = None
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One change of an alert on its way through one channel. ``body`` is JSON; ``error`` is the last try's."""

    alert_id: str
    since: Micros
    channel: str
    body: str
    due_at: Micros
    tries: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A figure of central itself at an instant."""

    at: UnixSeconds
    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is normal: the middle of a figure, and between what nine of ten were."""

    audience: Audience
    name: str
    value: float
    low: float
    high: float
    recorded_at: UnixSeconds


class Sessions(Protocol):
    """Who is logged in."""

    def add(self, session: Session) -> None:
        """A new one."""
        ...

    def find(self, token_hash: bytes) -> Session | None:
        """The session of this cookie, ended ones too."""
        ...

    def drop(self, token_hash: bytes) -> None:
        """Log out."""
        ...

    def forget(self, now: UnixSeconds) -> int:
        """Drop those that have ended; how many."""
        ...


class Alerts(Protocol):
    """Alerts, and notices of their changes."""

    def of(self, audiences: Collection[Audience] | None) -> Sequence[Alert]:
        """The alerts of these audiences and of central itself, the latest change first; None for all."""
        ...

    def find(self, alert_id: str) -> Alert | None:
        """One alert."""
        ...

    def put(self, alert: Alert) -> None:
        """Add one, or replace what was known of it."""
        ...

    def drop(self, alert_id: str) -> None:
        """Forget one."""
        ...

    def notify(self, notices: Sequence[Notice]) -> None:
        """Notices that are to be sent once this transaction is committed; each once."""
        ...

    def due(self, now: Micros, most: int) -> Sequence[Notice]:
        """Notices to be sent, the oldest first."""
        ...

    def sent(self, notice: Notice) -> None:
        """It has been sent, or is given up."""
        ...

    def failed(self, notice: Notice) -> None:
        """A try failed; ``notice`` says how, and when the next is due."""
        ...


class Samples(Protocol):
    """Figures of central itself, for a while."""

    def add(self, samples: Sequence[Sample]) -> None:
        """Keep them; one of the same instant and name stays as it is."""
        ...

    def since(self, at: UnixSeconds) -> Sequence[Sample]:
        """Those at or after this instant, by time and name."""
        ...

    def forget(self, before: UnixSeconds) -> int:
        """Drop older ones; how many."""
        ...


class Baselines(Protocol):
    """What is normal."""

    def put(self, baselines: Sequence[Baseline]) -> None:
        """Keep them, in place of what was recorded before."""
        ...

    def of(self, audiences: Collection[Audience]) -> Sequence[Baseline]:
        """Those of these audiences, by audience and name."""
        ...


class Watching(Protocol):
    """The four, as one part of a transaction."""

    @property
    def sessions(self) -> Sessions:
        """Who is logged in."""
        ...

    @property
    def alerts(self) -> Alerts:
        """The alerts."""
        ...

    @property
    def samples(self) -> Samples:
        """The samples."""
        ...

    @property
    def baselines(self) -> Baselines:
        """What is normal."""
        ...
