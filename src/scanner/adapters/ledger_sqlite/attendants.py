"""The attendants of a door, in its ledger's file: names, roles, digests of PINs, and how many PINs were wrong."""

import threading
from pathlib import Path

from cardcore.ids import Micros
from scanner.adapters.ledger_sqlite.holders import opened_attendant, sealed_holder
from scanner.adapters.ledger_sqlite.schema import upgrade
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.desk import Role
from scanner.door.attendance import PinLock
from scanner.door.moment import Moment
from scanner.errors import LedgerError
from scanner.floor.ports import PinHolder
from scanner.sealing import Vault
from scanner.sqlite import as_ledger_error, connect, immediate

_PUT = (
    "INSERT INTO holders (name, kept, digest) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET kept = excluded.kept, digest = excluded.digest"
)
_PUT_LOCK = (
    "INSERT OR REPLACE INTO pin_lock (id, wrong, wall, mono, boot_id) VALUES (1, ?, ?, ?, ?)"
)


class SqliteAttendants:
    """A connection of its own to a ledger that there is."""

    def __init__(self, path: Path, vault: Vault) -> None:
        if not path.exists():
            msg = f"there is no ledger at {path} yet"
            raise LedgerError(msg)
        self._seal = LedgerSeal(vault)
        self._db = connect(path)
        self._lock = threading.Lock()
        with as_ledger_error(f"cannot prepare {path}"):
            upgrade(self._db, self._seal, path)

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._db.close()

    def holders(self) -> tuple[PinHolder, ...]:
        """All attendants, by name."""
        with self._lock, as_ledger_error("cannot read the attendants"):
            rows = self._db.conn.execute("SELECT kept, digest FROM holders").fetchall()
        holders = (
            PinHolder(attendant=opened_attendant(self._seal, kept, digest), digest=bytes(digest))
            for kept, digest in rows
        )
        return tuple(sorted(holders, key=lambda holder: holder.attendant.name))

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
            key = self._seal.name(name)
            taken = self._db.conn.execute(
                "SELECT 1 FROM holders WHERE digest = ? AND name <> ?", (digest, key)
            ).fetchone()
            if taken is not None:
                msg = "this PIN is taken; choose another"
                raise LedgerError(msg)
            kept = sealed_holder(self._seal, name, role, digest)
            self._db.conn.execute(_PUT, (key, kept, digest))

    def remove(self, name: str) -> bool:
        """Whether there was one of this name."""
        with self._lock, as_ledger_error("cannot write the attendants"), immediate(self._db):
            key = self._seal.name(name)
            gone = self._db.conn.execute("DELETE FROM holders WHERE name = ?", (key,))
            return bool(gone.rowcount == 1)
