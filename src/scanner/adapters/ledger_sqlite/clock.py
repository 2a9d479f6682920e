"""What a ledger remembers of the time, as statements on an open connection; the caller holds the transaction."""

from typing import Final

from cardcore.ids import Micros, UnixSeconds
from scanner.door.clock_trust import ClockMemory
from scanner.door.moment import Moment
from scanner.sqlite import sqlite3

_MEMORY: Final = "SELECT s.clock_floor, a.wall, a.mono, a.boot_id FROM state s LEFT JOIN clock_anchor a ON a.id = 1"
_ANCHOR: Final = "INSERT OR REPLACE INTO clock_anchor (id, wall, mono, boot_id) VALUES (1, ?, ?, ?)"


def memory(conn: sqlite3.Connection) -> ClockMemory:
    """What has certainly passed, and when somebody last vouched for a clock."""
    floor, wall, mono, boot_id = conn.execute(_MEMORY).fetchone()
    if wall is None:
        return ClockMemory(floor=UnixSeconds(floor))
    anchor = Moment(wall=Micros(wall), mono=Micros(mono), boot_id=bytes(boot_id))
    return ClockMemory(floor=UnixSeconds(floor), anchor=anchor)


def anchor(conn: sqlite3.Connection, at: Moment) -> None:
    """Somebody vouched for the clock at ``at``."""
    conn.execute(_ANCHOR, (at.wall, at.mono, at.boot_id))


def set_clock(conn: sqlite3.Connection, at: Moment) -> None:
    """It is ``at`` now: floor and anchor are taken from it, the floor may fall, and no ledger began later."""
    conn.execute("UPDATE state SET clock_floor = ?1, began_at = min(began_at, ?1)", (at.seconds,))
    anchor(conn, at)
