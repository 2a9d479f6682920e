"""One presentation for one card held in view.

A code is new when it was not seen for OUT_OF_VIEW, whatever else was in view meanwhile. A code that left the
view and comes back is a new presentation, and so a replay: a friend holding up the same screenshot is not admitted.
The memory is this object's alone, one a source; stills and keyboard scanners have none.
"""

from collections.abc import Iterable
from typing import Final

from cardcore.ids import Micros
from scanner.door.frame import Reading
from scanner.door.moment import Moment

OUT_OF_VIEW: Final = Micros(1_500_000)  # µs; a hand hides a code for less, token.md


class Debounce:
    """Which readings of a stream of frames are new presentations."""

    def __init__(self) -> None:
        self._last_seen: dict[bytes, Micros] = {}

    def fresh(self, readings: Iterable[Reading], at: Moment) -> tuple[Reading, ...]:
        """Those of ``readings`` that were not in view just before; all of them count as seen at ``at``."""
        self._forget(at.mono)
        fresh: list[Reading] = []
        for reading in readings:
            if reading.payload not in self._last_seen:
                fresh.append(reading)
            self._last_seen[reading.payload] = at.mono
        return tuple(fresh)

    def _forget(self, now: Micros) -> None:
        gone = [payload for payload, seen in self._last_seen.items() if now - seen >= OUT_OF_VIEW]
        for payload in gone:
            del self._last_seen[payload]
