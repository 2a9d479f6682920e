"""How a door is that has lost central, and has no room on its disk."""

from typing import Final

from cardcore.audit import ClockTrust, Direction
from cardcore.ids import UnixSeconds
from scanner.desk import DoorFacts, Fault, FaultKind, LinkState, Occupancy

LINK: Final = LinkState(
    online=False, circuit="open", since=None, next_try_s=3, list_at=None, outbox=4
)
FACTS: Final = DoorFacts(
    door="Test door",
    direction=Direction.ENTRY,
    link=LINK,
    occupancy=Occupancy(here=0),
    clock=ClockTrust.TRUSTED,
    now=UnixSeconds(0),
    camera_fps=None,
    faults=(Fault(kind=FaultKind.DISK_FULL, since=UnixSeconds(0)),),
    attendant=None,
    kiosk=True,
)
