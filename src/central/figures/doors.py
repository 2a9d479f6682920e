"""How doors fare, by their last heartbeats. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardcore.errors import WireError
from cardcore.ids import Audience, DeviceId
from cardcore.wire import Heartbeat, parse
from central.ports.lookups import DoorRow
from central.ports.rollups import MICROS


class DoorState(StrEnum):
    """Whether central hears of a door."""

    UP = "up"
    SILENT = "silent"
    NEVER = "never heard"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorFigures:
    """One door. ``silent_s`` since its last heartbeat; ``clock_off_s`` is by how much its clock differed from central's."""

    device_id: DeviceId
    door: str
    audience: Audience
    state: DoorState
    program: str
    silent_s: int | None
    heartbeat: Heartbeat | None
    clock_off_s: int | None

    @property
    def outbox(self) -> int:
        """Entries that it has not handed in."""
        return 0 if self.heartbeat is None else self.heartbeat.outbox

    @property
    def circuit(self) -> str:
        """Whether it asks central, in one word."""
        return "" if self.heartbeat is None else self.heartbeat.circuit


_ORDER: Final = {DoorState.SILENT: 0, DoorState.NEVER: 1, DoorState.UP: 2}


def doors_of(rows: Iterable[DoorRow], now_us: int, silent_after_s: int) -> list[DoorFigures]:
    """The doors; first those that somebody should look at."""
    found = [_door(row, now_us, silent_after_s) for row in rows]
    return sorted(found, key=lambda door: (_ORDER[door.state], -door.outbox, door.door))


def count_states(doors: Sequence[DoorFigures]) -> dict[DoorState, int]:
    """How many doors there are in each state."""
    return {state: sum(door.state is state for door in doors) for state in DoorState}


def _door(row: DoorRow, now_us: int, silent_after_s: int) -> DoorFigures:
    heartbeat, silent_s, state = None, None, DoorState.NEVER
    clock_off_s = None
    if row.heard_at is not None:
        silent_s = max(0, (now_us - row.heard_at) // MICROS)
        state = DoorState.SILENT if silent_s > silent_after_s else DoorState.UP
        heartbeat = _heartbeat(row.heartbeat)
        if heartbeat is not None:
            clock_off_s = (heartbeat.wall_us - row.heard_at) // MICROS
    return DoorFigures(
        device_id=row.device_id,
        door=row.door,
        audience=row.audience,
        state=state,
        program=row.program if heartbeat is None else heartbeat.program,
        silent_s=silent_s,
        heartbeat=heartbeat,
        clock_off_s=clock_off_s,
    )


def _heartbeat(content: bytes | None) -> Heartbeat | None:
    try:
        return None if content is None else parse(content, Heartbeat)
    except WireError:  # kept by a newer program, before this one was put back
        return None
