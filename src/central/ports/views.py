"""What operators are shown over HTTP. Ids and hashes are lower-case hex; instants as their names say."""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from cardcore.wire import Heartbeat, Hex, Name, Natural

INCIDENT_ID = "^[0-9a-f]{24}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """One incident. ``facts`` are what it rests on, by kind (docs/howto/incidents.md)."""

    id: Annotated[str, msgspec.Meta(pattern=INCIDENT_ID)]
    kind: str
    audience: str
    found_us: Natural
    happened_us: Natural | None
    device_id: str
    door: str
    epoch: Hex | None
    seq: Natural | None
    card_id: Hex | None
    facts: dict[str, str | int | None]
    handled_at: Natural | None
    handled_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentsAnswer:
    """GET /incidents: the newest first."""

    incidents: list[IncidentView]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """One device, and its last heartbeat with the time central heard it; None where it never sent one."""

    device_id: str
    door: str
    audience: str
    program: str
    enrolled_at: Natural
    heard_us: Natural | None
    heartbeat: Heartbeat | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesAnswer:
    """GET /devices: by door."""

    devices: list[DeviceView]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """One issuer key, without its secret; ``audience`` is None for the root that signs documents."""

    kid: Hex
    use: str
    alg: int
    audience: str | None
    state: str
    not_before: Natural
    signs_until: Natural
    expires_at: Natural


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysAnswer:
    """GET /keys."""

    keys: list[KeyView]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One entry of a door's audit; what central could not read is None, and ``quarantine`` says why."""

    device_id: str
    epoch: Hex
    seq: Natural
    arrived_us: Natural
    wall_us: Natural | None
    door: Name | None
    decision: str | None
    reason: str | None
    card_id: Hex | None
    quarantine: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAnswer:
    """GET /audit: in the order of arrival, the newest last."""

    entries: list[AuditView]
