"""What the rules of alerts look at, made of a few words."""

from cardcore.audit import ClockTrust
from cardcore.ids import DeviceId
from cardcore.wire import Heartbeat
from central.alerts.rules import Known
from central.figures.doors import DoorFigures, DoorState
from central.figures.scans import Scans
from tests.fakes.central_material import MAIN
from tests.fakes.central_world import NOON


def door(
    *,
    silent_s: int | None = 5,
    outbox: int = 0,
    circuit: str = "closed",
    clock: ClockTrust = ClockTrust.TRUSTED,
    clock_off_s: int = 0,
    free_bytes: int | None = 10**10,
    keyset_age_s: int | None = 60,
    snapshot_age_s: int | None = 60,
) -> DoorFigures:
    heartbeat = Heartbeat(
        program="gatepost/1",
        wall_us=NOON * 1_000_000,
        clock=clock,
        outbox=outbox,
        circuit=circuit,
        free_bytes=free_bytes,
        keyset_age_s=keyset_age_s,
        snapshot_age_s=snapshot_age_s,
    )
    return DoorFigures(
        device_id=DeviceId("d-1"),
        door="North",
        audience=MAIN,
        state=DoorState.NEVER if silent_s is None else DoorState.UP,
        program="gatepost/1",
        silent_s=silent_s,
        heartbeat=None if silent_s is None else heartbeat,
        clock_off_s=clock_off_s,
    )


def known(
    *doors: DoorFigures,
    scans: Scans | None = None,
    incidents: dict[str, int] | None = None,
    waiting: int = 0,
) -> Known:
    return Known(
        audience=MAIN,
        scans=scans or Scans(),
        doors=list(doors),
        incidents=incidents or {},
        waiting=waiting,
    )
