"""Copy a ledger while a door writes to it; the copy is checked, and marked as one."""

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scanner.adapters.ledger_sqlite.log import SqliteLog
from scanner.errors import LedgerError
from scanner.sealing import Vault
from scanner.sqlite import as_ledger_error, connect, immediate, sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What was copied: bytes, epochs, and entries in all of them."""

    size: int
    epochs: int
    entries: int


def back_up(source: Path, target: Path, vault: Vault) -> Backup:
    """Copy the ledger at ``source`` to ``target``, whole or not at all; what lay there is replaced. It stays sealed.

    Raises:
        LedgerError: it cannot be read or written, or ``target`` is the ledger itself.
        BrokenAuditChainError: the copy's log is broken, and so is the ledger's; nothing is left at ``target``.
    """
    if target.exists() and target.samefile(source):
        msg = f"{target} is the ledger itself"
        raise LedgerError(msg)
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        _copy(source, part, vault)
        entries = _checked(part, vault)
        _mark(part)
        with as_ledger_error(f"cannot write {target}"):
            _put(part, target)
    finally:
        for ending in ("", "-wal", "-shm"):
            part.with_name(part.name + ending).unlink(missing_ok=True)
    return Backup(size=target.stat().st_size, epochs=len(entries), entries=sum(entries))


def _copy(source: Path, part: Path, vault: Vault) -> None:
    with closing(SqliteLog(source, vault)) as log, as_ledger_error(f"cannot write {part}"):
        part.touch(mode=0o600)
        with closing(sqlite3.connect(str(part))) as copy:
            log.copy_to(copy)


def _checked(part: Path, vault: Vault) -> list[int]:
    with closing(SqliteLog(part, vault)) as log:
        return [log.verify(epoch).seq for epoch in log.epochs()]


def _mark(part: Path) -> None:
    db = connect(part)
    with closing(db.conn), as_ledger_error(f"cannot write {part}"):
        with immediate(db):
            db.conn.execute("UPDATE state SET is_copy = 1")
        db.conn.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it


def _put(part: Path, target: Path) -> None:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
