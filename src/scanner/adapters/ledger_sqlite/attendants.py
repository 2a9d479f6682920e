"""The attendants of a door, in its ledger's file: names, roles, digests of PINs, and how many PINs were wrong."""

import threading
from pathlib import Path

from cardcore.ids import Micros
from scanner.desk import Attendant, Role
from scanner.door.attendance import PinLock
from scanner.door.moment import Moment
from scanner.errors import LedgerError
from scanner.floor.ports import PinHolder
from scanner.sqlite import as_ledger_error, connect, immediate

_PUT = (
    "INSERT INTO attendants (name, role, digest) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET role = excluded.role, digest = excluded.digest"
)
_PUT_LOCK = (
    "INSERT OR REPLACE INTO pin_lock (id, wrong, wall, mono, boot_id) VALUES (1, ?, ?, ?, ?)"
)


class SqliteAttendants:
    """A connection of its own to a ledger that there is."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            msg = f"there is no ledger at {path} yet"
            raise LedgerError(msg)
        self._db = connect(path)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._db.close()

    def holders(self) -> tuple[PinHolder, ...]:
        """All attendants, by name."""
        sql = "SELECT name, role, digest FROM attendants ORDER BY name"
        with self._lock, as_ledger_error("cannot read the attendants"):
            rows = self._db.conn.execute(sql).fetchall()
        return tuple(
            PinHolder(attendant=Attendant(name=row[0], role=Role(row[1])), digest=bytes(row[2]))
            for row in rows
        )

    def lock(self) -> PinLock | None:
        """Wrong PINs in a row; None for none."""
        sql = "SELECT wrong, wall, mono, boot_id FROM pin_lock"
        with self._lock, as_ledger_error("cannot read the attendants"):
            row = self._db.conn.execute(sql).fetchone()
        if row is None:
            return None
        last = Moment(wall=Micros(row[1]), mono=Micros(row[2]), boot_id=bytes(row[3]))
        return PinLock(wrong=row[0], last=last)

    def set_lock(self, lock: PinLock | None) -> None:
        """Keep it; durable when this returns."""
        with self._lock, as_ledger_error("cannot write the attendants"), immediate(self._db):
            if lock is None:
                self._db.conn.execute("DELETE FROM pin_lock")
                return
            at = lock.last
            self._db.conn.execute(_PUT_LOCK, (lock.wrong, at.wall, at.mono, at.boot_id))

    def add(self, name: str, role: Role, digest: bytes) -> None:
        """One more attendant, or another PIN and role for one that there is.

        Raises:
            LedgerError: another attendant has this PIN, or it cannot be written.
        """
        with self._lock, as_ledger_error("cannot write the attendants"), immediate(self._db):
            taken = self._db.conn.execute(
                "SELECT name FROM attendants WHERE digest = ? AND name <> ?", (digest, name)
            ).fetchone()
            if taken is not None:
                msg = "this PIN is taken; choose another"
                raise LedgerError(msg)
            self._db.conn.execute(_PUT, (name, role.value, digest))

    def remove(self, name: str) -> bool:
        """Whether there was one of this name."""
        with self._lock, as_ledger_error("cannot write the attendants"), immediate(self._db):
            gone = self._db.conn.execute("DELETE FROM attendants WHERE name = ?", (name,))
            return bool(gone.rowcount == 1)
