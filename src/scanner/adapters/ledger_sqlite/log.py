"""The reading side of the ledger: the log for people, and as the outbox for the sync."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from sqlite_utils import Database

from cardcore.audit import GENESIS, AuditEntry, ChainHead
from cardcore.audit_proof import AuditBreakError, BreakKind, ProofRow, Proven, prove
from cardcore.checkpoint import Checkpoint
from cardcore.ids import CardId, Epoch, Seq, UnixSeconds
from scanner.adapters.ledger_sqlite import admissions, checkpoints, clock, retention
from scanner.adapters.ledger_sqlite.carry import carry, close_epochs
from scanner.adapters.ledger_sqlite.schema import upgrade
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.door.clock_trust import ClockMemory
from scanner.door.moment import Moment
from scanner.errors import LedgerError
from scanner.ports import OutboxEntry
from scanner.sealing import Vault
from scanner.sqlite import (
    as_ledger_error,
    connect,
    immediate,
    reading,
    sqlite3,
    unhurried,
)

_Row: TypeAlias = "tuple[Any, ...]"  # type: ignore[explicit-any] # what SQLite gives, by the query's own columns

_log = logging.getLogger(__name__)
_EPOCH_NO = "SELECT no FROM epochs WHERE epoch = ?"
_REMEMBERED = "SELECT s.seq, s.head FROM state s JOIN epochs e ON e.no = s.epoch WHERE e.epoch = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One entry as people ask for it: which epoch, and what it says."""

    epoch: Epoch
    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class Recovery:
    """When and why a ledger was replaced, and what the old file is called now."""

    at: UnixSeconds
    why: str
    aside: str | None


class SqliteLog:
    """A connection of its own to a ledger file: reading never waits for the path, nor the path for it."""

    def __init__(self, path: Path, vault: Vault) -> None:
        if not path.exists():
            msg = f"there is no ledger at {path} yet; the first scan makes one"
            raise LedgerError(msg)
        self._seal = LedgerSeal(vault)
        self._db: Database = connect(path)
        with as_ledger_error(f"cannot prepare {path}"):
            upgrade(self._db, self._seal, path)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    @property
    def is_rehearsal(self) -> bool:
        """Whether this ledger is never uploaded."""
        return bool(self._one("SELECT rehearsal FROM state"))

    def epochs(self) -> tuple[Epoch, ...]:
        """The epochs of this enrolment, oldest first."""
        sql = "SELECT epoch FROM epochs WHERE NOT closed ORDER BY no"
        return tuple(Epoch(row[0]) for row in self._rows(sql))

    def all_epochs(self) -> tuple[Epoch, ...]:
        """All epochs, oldest first; those of earlier enrolments, too."""
        return tuple(Epoch(row[0]) for row in self._rows("SELECT epoch FROM epochs ORDER BY no"))

    def close_epochs(self, new_epoch: Callable[[], Epoch], now: UnixSeconds) -> int:
        """Begin a new epoch for a new enrolment, with what central does not hold yet; how many entries."""
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            return close_epochs(self._db, self._seal, new_epoch, now)

    def keep_checkpoint(
        self, epoch: Epoch, seq: Seq, statement: bytes, countersigned: bytes
    ) -> None:
        """Keep a checkpoint that central countersigned."""
        kept = checkpoints.KeptCheckpoint(seq=seq, statement=statement, countersigned=countersigned)
        with (
            self._lock,
            as_ledger_error("cannot write the ledger"),
            unhurried(self._db),
            immediate(self._db),
        ):
            checkpoints.put(self._db, epoch, kept)

    def checkpoints(self, epoch: Epoch) -> tuple[checkpoints.KeptCheckpoint, ...]:
        """The checkpoints of an epoch, by size."""
        with self._lock, as_ledger_error("cannot read the log"):
            return tuple(checkpoints.of(self._db, epoch))

    def after(self, epoch: Epoch, seq: Seq, limit: int) -> tuple[OutboxEntry, ...]:
        """At most ``limit`` entries behind ``seq``, in order."""
        sql = (
            f"SELECT seq, data, hash FROM audit WHERE epoch = ({_EPOCH_NO}) AND seq > ? "  # noqa: S608
            "ORDER BY seq LIMIT ?"
        )
        return tuple(
            OutboxEntry(seq=Seq(row[0]), data=self._seal.opened(row[1], row[2]), hash=row[2])
            for row in self._rows(sql, (epoch, seq, limit))
        )

    def hash_at(self, epoch: Epoch, seq: Seq) -> bytes | None:
        """The hash of one entry; 32 zero bytes for 0; None where there is no such entry."""
        if seq == 0:
            return GENESIS
        gone, _ = self.removed(epoch)
        if seq == gone.seq:
            return gone.hash
        sql = f"SELECT hash FROM audit WHERE epoch = ({_EPOCH_NO}) AND seq = ?"  # noqa: S608
        rows = self._rows(sql, (epoch, seq))
        return bytes(rows[0][0]) if rows else None

    def head(self, epoch: Epoch) -> Seq:
        """The last entry's number, 0 for none."""
        sql = f"SELECT coalesce(max(seq), 0) FROM audit WHERE epoch = ({_EPOCH_NO})"  # noqa: S608
        return Seq(int(self._rows(sql, (epoch,))[0][0]))

    def set_mark(self, epoch: Epoch, mark: Seq) -> None:
        """Note what central holds."""
        with as_ledger_error("cannot write the ledger"), unhurried(self._db), immediate(self._db):
            self._db.conn.execute("UPDATE epochs SET mark = ? WHERE epoch = ?", (mark, epoch))

    def mark(self, epoch: Epoch) -> Seq:
        """What central was last seen to hold."""
        rows = self._rows("SELECT mark FROM epochs WHERE epoch = ?", (epoch,))
        return Seq(int(rows[0][0])) if rows else Seq(0)

    def carry(self, epoch: Epoch, first: Seq, new_epoch: Epoch, now: UnixSeconds) -> int:
        """Begin ``new_epoch`` with what there is of ``epoch`` from ``first`` on, in one transaction; how many entries."""
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            carried = carry(self._db, self._seal, (epoch, first), new_epoch, now)
        if carried:
            _log.error("central holds another history: %d entries go into a new epoch", carried)
        return carried

    def removed(self, epoch: Epoch) -> tuple[ChainHead, bytes]:
        """The last entry removed from ``epoch``, and central's receipt; the start of a chain and no bytes for none."""
        with self._lock, as_ledger_error("cannot read the log"):
            return retention.removed(self._db, epoch)

    def remove(self, epoch: Epoch, last: ChainHead, receipt: bytes, at: UnixSeconds) -> int:
        """Remove the entries up to ``last``, which central's ``receipt`` names; how many."""
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            return retention.remove(self._db, epoch, last, receipt, at)

    def removed_in_all(self) -> int:
        """How many entries retention has removed, of all epochs."""
        return self._one("SELECT coalesce(sum(seq), 0) FROM removed")

    def backlog(self) -> int:
        """How many entries central was not yet known to hold, when last asked."""
        return int(
            self._one(
                "SELECT coalesce(sum(last - mark), 0) FROM (SELECT e.mark AS mark, "
                "(SELECT coalesce(max(seq), 0) FROM audit a WHERE a.epoch = e.no) AS last FROM epochs e)"
            )
        )

    def here(self, now: UnixSeconds, within: int) -> int:
        """How many came in here during the last ``within`` seconds and have not come out."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return admissions.here(self._db.conn, now, within)

    def inside_since(self, card_id: CardId) -> UnixSeconds | None:
        """When the card came in here; None where it is not inside."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return admissions.inside_since(self._db.conn, self._seal, card_id)

    def left_elsewhere(self, cards: Iterable[tuple[CardId, UnixSeconds]]) -> None:
        """These cards went out by another door, each at its instant; who came in later stays inside."""
        left = list(cards)
        if left:
            with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
                admissions.leave_elsewhere(self._db.conn, self._seal, left)

    def newest_entries(self, limit: int) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first."""
        return tuple(found.entry for found in self.newest(limit))

    def raise_clock_floor(self, at_least: UnixSeconds) -> None:
        """This instant has certainly passed."""
        with as_ledger_error("cannot write the ledger"), immediate(self._db):
            self._db.conn.execute("UPDATE state SET clock_floor = max(clock_floor, ?)", (at_least,))

    def clock_floor(self) -> UnixSeconds:
        """An instant that has certainly passed."""
        return UnixSeconds(self._one("SELECT clock_floor FROM state"))

    @property
    def clock_memory(self) -> ClockMemory:
        """What is remembered of the time."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return clock.memory(self._db.conn)

    def set_clock(self, at: Moment) -> None:
        """Central signed that it is ``at`` now: floor and anchor are taken from it."""
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            clock.set_clock(self._db.conn, at)

    def last_recovery(self) -> Recovery | None:
        """When this ledger last replaced another, or began a new epoch; None for never."""
        rows = self._rows("SELECT at, why, aside FROM recoveries ORDER BY no DESC LIMIT 1")
        return None if not rows else Recovery(*rows[0])

    def try_to_write(self) -> None:
        """Write something and take it back, to see whether a writer would get through.

        Raises:
            LedgerError: it would not.
        """
        with self._lock, as_ledger_error("cannot write the ledger"):
            self._db.conn.execute("BEGIN IMMEDIATE")
            try:
                self._db.conn.execute("UPDATE state SET clock_floor = clock_floor + 1")
            finally:
                self._db.conn.execute("ROLLBACK")

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Copy the whole file, as of one moment, whatever is written meanwhile."""
        with self._lock, as_ledger_error("cannot copy the ledger"):
            self._db.conn.backup(target)

    def newest(self, limit: int) -> Iterator[LogEntry]:
        """The newest entries, newest first."""
        sql = (
            "SELECT e.epoch, a.data, a.hash FROM audit a JOIN epochs e ON e.no = a.epoch "
            "ORDER BY a.epoch DESC, a.seq DESC LIMIT ?"
        )
        for epoch, data, digest in self._rows(sql, (limit,)):
            yield LogEntry(epoch=Epoch(epoch), entry=self._seal.parsed(data, digest))

    def all(self) -> Iterator[AuditEntry]:
        """Every entry of every epoch, oldest first, without holding them all."""
        with as_ledger_error("cannot read the log"):
            for row in self._db.conn.execute("SELECT data, hash FROM audit ORDER BY epoch, seq"):
                yield self._seal.parsed(*row)

    def verify(self, epoch: Epoch) -> ChainHead:
        """Walk one epoch without looking at what was signed; its head. Raises as :meth:`prove`."""
        return self.prove(epoch, ()).head

    def prove(self, epoch: Epoch, signed: Sequence[Checkpoint]) -> Proven:
        """Walk one epoch from its start, or from what retention left of it, and hold it against what was signed.

        Raises:
            AuditBreakError: names the first break.
            LedgerError: the log cannot be read, or the head it remembers is not the one walked to.
        """
        sql = f"SELECT seq, data, hash FROM audit WHERE epoch = ({_EPOCH_NO}) ORDER BY seq"  # noqa: S608
        # One moment for both: a lane that writes meanwhile is no missing entry.
        with as_ledger_error("cannot read the log"), reading(self._db):
            rows = self._db.conn.execute(sql, (epoch,))
            proven = prove(
                map(self._opened, rows),
                epoch,
                signed,
                start=retention.removed(self._db, epoch)[0],
            )
            remembered = self._rows(_REMEMBERED, (epoch,))
        head = proven.head
        if remembered and (remembered[0][0], remembered[0][1]) != (head.seq, head.hash):
            msg = f"the log ends at {head.seq}, the ledger remembers {remembered[0][0]}: entries are missing"
            raise LedgerError(msg)
        return proven

    def _opened(self, row: _Row) -> ProofRow:
        seq, data, digest = row
        try:
            return ProofRow(seq=Seq(seq), hash=digest, data=self._seal.opened(data, digest))
        except LedgerError as error:
            raise AuditBreakError(seq, BreakKind.EDITED, str(error)) from error

    def _rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[_Row]:
        with self._lock, as_ledger_error("cannot read the log"):
            return list(self._db.conn.execute(sql, parameters))

    def _one(self, sql: str) -> int:
        return int(self._rows(sql)[0][0])
