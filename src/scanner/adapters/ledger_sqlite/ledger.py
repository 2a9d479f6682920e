"""The writing side of the ledger: what the path asks of it."""

import logging
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlite_utils import Database

from cardcore.audit import AuditEntry, ClockTrust, entry_hash, serialise_entry
from cardcore.card import Claims
from cardcore.errors import WireError
from cardcore.ids import CardId, Epoch, Seq, UnixSeconds
from scanner.adapters.ledger_sqlite import admissions, burned, clock
from scanner.adapters.ledger_sqlite.beside import Beside
from scanner.adapters.ledger_sqlite.opening import Begin, open_file
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.door.clock_trust import ClockMemory
from scanner.door.decision import Admit, Decision, Refuse, judge_crowd, outcome_of
from scanner.door.moment import MICROS, Moment
from scanner.door.passback import movement_of
from scanner.door.replay import Fresh, Recollection, Replayed, judge_recollection
from scanner.errors import ConfigError, LedgerError
from scanner.floor.ports import Admission
from scanner.ports import Attempt, Committed
from scanner.sealing import Vault
from scanner.sqlite import as_ledger_error, immediate, is_full, save_room

_log = logging.getLogger(__name__)
_BEGAN_BY = "UPDATE state SET began_at = ?1 WHERE began_at > ?1"
_HEAD = "SELECT s.epoch, e.epoch, s.seq, s.head FROM state s JOIN epochs e ON e.no = s.epoch"
_FLOORS = "SELECT purge_floor, clock_floor, began_at, rehearsal FROM state"
# One statement, so that what it tells was so at one instant, whatever another lane commits meanwhile. Without a card,
# both are NULL, and nothing is remembered of it.
_RECALL = (
    "SELECT s.epoch, e.epoch, s.seq, s.head, b.used_at, b.place, s.purge_floor, s.began_at, s.rehearsal, "
    "(SELECT max(since) FROM admissions WHERE card = ?1 AND gone IS NULL) "
    "FROM state s JOIN epochs e ON e.no = s.epoch LEFT JOIN burned b ON b.card = ?1 AND b.nonce = ?2"
)
_APPEND = "INSERT INTO audit (epoch, seq, hash, data) VALUES (?, ?, ?, ?)"
# A ledger that began later than a believed clock reads was begun by one that was ahead: it would turn everybody away.
_MOVE_HEAD = (
    "UPDATE state SET seq = ?1, head = ?2, clock_floor = max(clock_floor, ?3), "
    "began_at = CASE WHEN ?3 > 0 THEN min(began_at, ?3) ELSE began_at END"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    epoch_no: int
    epoch: Epoch
    seq: int
    hash: bytes


class SqliteLedger:
    """One ledger file. Several processes may share it; within one process, a lock serves one lane at a time."""

    def __init__(self, db: Database, beside: Beside, seal: LedgerSeal) -> None:
        self._db = db
        self._seal = seal
        self._beside = beside
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls,
        path: Path,
        vault: Vault,
        *,
        new_epoch: Epoch,
        now: UnixSeconds,
        rehearsal: bool | None = None,
    ) -> "SqliteLedger":
        """The ledger at ``path``; a new one, or a new epoch of one, begins with ``new_epoch`` at ``now``.

        ``rehearsal``: whether it must be a rehearsal ledger, or must not be; None takes either.

        Raises:
            LedgerError: it cannot be opened, read or written, or is sealed under another secret.
            ConfigError: a rehearsal ledger was asked for and this is a real one, or the other way round.
        """
        with as_ledger_error(f"cannot open {path}"):
            beside = Beside(path)
        seal = LedgerSeal(vault)
        begin = Begin(epoch=new_epoch, now=now, is_rehearsal=bool(rehearsal))
        with ExitStack() as stack:
            stack.callback(beside.close)
            db = open_file(path, beside, seal, begin)
            stack.callback(db.close)
            ledger = cls(db, beside, seal)
            ledger._check_kind(rehearsal)
            ledger._tend()
            beside.share()
            stack.pop_all()
        return ledger

    @property
    def database(self) -> Database:
        """The open database, for reading the log beside the path."""
        return self._db

    @property
    def is_rehearsal(self) -> bool:
        """Whether this ledger judges at instants it is told, and is never uploaded."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return bool(self._db.conn.execute(_FLOORS).fetchone()[3])

    @property
    def clock_floor(self) -> UnixSeconds:
        """An instant that has certainly passed: asked each time, since a sync beside this lane may raise it."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return UnixSeconds(self._db.conn.execute(_FLOORS).fetchone()[1])

    @property
    def clock_memory(self) -> ClockMemory:
        """What is remembered of the time."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return clock.memory(self._db.conn)

    def anchor_clock(self, at: Moment) -> None:
        """Somebody vouched for the clock at ``at``."""
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            clock.anchor(self._db.conn, at)

    def recall(self, claims: Claims) -> Recollection:
        """What is remembered that bears on this card."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return self._recall(claims)[1]

    def commit(self, attempt: Attempt) -> Committed:
        """Claim and append in one transaction, durable when this returns; on a full disk, in the room of the ballast."""
        try:
            return self._committed(attempt)
        except LedgerError as error:
            if not is_full(error):
                raise
            self._make_room()
            return self._committed(attempt)

    def _committed(self, attempt: Attempt) -> Committed:
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            return self._commit(attempt)

    def reset_clock(self, attempt: Attempt, at: Moment) -> Committed:
        """Append the entry of a reset clock and take floor and anchor from ``at``, in one transaction."""
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            committed = self._commit(attempt)
            clock.set_clock(self._db.conn, at)
            return committed

    def here(self, now: UnixSeconds, within: int) -> int:
        """How many came in here during the last ``within`` seconds and have not come out."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return admissions.here(self._db.conn, now, within)

    def last_admission(self) -> Admission | None:
        """The newest admission on the way in; None where there is none."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return admissions.last_admission(self._db.conn, self._seal)

    def shown(self, seq: Seq, at: UnixSeconds) -> None:
        """The verdict of this entry is on the screen."""
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            admissions.mark_shown(self._db.conn, seq, at)

    def opened(self, seq: Seq, at: UnixSeconds) -> bool:
        """Claim the opening of the door for this admission; True once, and only for one that stands."""
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            return admissions.mark_opened(self._db.conn, seq, at)

    def unshown(self, now: UnixSeconds) -> tuple[AuditEntry, ...]:
        """Admissions of the last 30 s that await the screen still, oldest first."""
        with self._lock, as_ledger_error("cannot read the ledger"):
            return tuple(admissions.unshown(self._db.conn, self._seal, now))

    def probe(self) -> None:
        """Write something that changes nothing; durable like any commit.

        SQLite writes no page whose row stays as it was, so the row is changed, and changed back.
        """
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            self._db.conn.execute("UPDATE state SET clock_floor = clock_floor + 1")
            self._db.conn.execute("UPDATE state SET clock_floor = clock_floor - 1")
        self._tend()

    def purge(self, now: UnixSeconds) -> int:
        """Forget burned nonces whose tokens ended long enough before ``now``; how many.

        Call it only while the clock is trusted: the purge floor moves up with it, and no ledger began later than now.
        """
        with self._lock, as_ledger_error("cannot write the ledger"), immediate(self._db):
            self._db.conn.execute(_BEGAN_BY, (now,))
            admissions.forget(self._db.conn, now)
            return burned.purge(self._db.conn, now)

    def close(self) -> None:
        """Let the file go."""
        with suppress(LedgerError):  # closed before, or damaged since: nothing to note
            self._note_reached()
        with self._lock:
            self._db.close()
            self._beside.close()

    def _tend(self) -> None:
        """Look after the files beside."""
        self._beside.take_ballast()
        self._note_reached()

    def _make_room(self) -> None:
        if self._beside.free_ballast():
            _log.error("the disk is full: the ballast is given up for the last entries")
        with self._lock:
            save_room(self._db)

    def _note_reached(self) -> None:
        with self._lock, as_ledger_error("cannot read the ledger"):
            head = self._head()
        self._beside.note((head.epoch, Seq(head.seq)))

    def _check_kind(self, rehearsal: bool | None) -> None:  # noqa: FBT001 -- open's own keyword, handed on
        if rehearsal is not None and self.is_rehearsal != rehearsal:
            is_one = "is" if not rehearsal else "is not"
            hint = f"this ledger {is_one} a rehearsal ledger; use another --data folder"
            raise ConfigError(field="--rehearsal", value=rehearsal, hint=hint)

    def _recall(self, claims: Claims | None) -> tuple[_Head, Recollection]:
        card = (None, None) if claims is None else (self._seal.card(claims.card_id), claims.nonce)
        row = self._db.conn.execute(_RECALL, card).fetchone()
        epoch_no, epoch, seq, digest, used_at, place, purge_floor, began_at, rehearsal, since = row
        return _Head(epoch_no=epoch_no, epoch=Epoch(epoch), seq=seq, hash=digest), Recollection(
            replay=Fresh() if used_at is None else Replayed(first_used_at=used_at, where=place),
            inside_since=None if since is None else UnixSeconds(since),
            purge_floor=UnixSeconds(purge_floor),
            # A rehearsal has no past that a card could have been used in.
            began_at=UnixSeconds(0) if rehearsal else UnixSeconds(began_at),
        )

    def _commit(self, attempt: Attempt) -> Committed:
        head, memory = self._recall(attempt.claims)
        seq = Seq(head.seq + 1)
        decision = self._that_stands(attempt, memory)
        entry = replace(
            attempt.entry,
            epoch=head.epoch,
            seq=seq,
            previous=head.hash,
            decision=outcome_of(decision),
            reason=decision.reason.value,
        )
        try:
            data = serialise_entry(entry)
        except WireError as error:
            msg = f"cannot write the entry: {error}"
            raise LedgerError(msg) from error
        self._claim(attempt, decision, entry)
        self._move(attempt, decision, entry, head.epoch_no)
        digest = entry_hash(data)
        floor = entry.wall // MICROS if entry.clock is ClockTrust.TRUSTED else 0
        kept = self._seal.entry(data, digest)
        self._db.conn.execute(_APPEND, (head.epoch_no, seq, digest, kept))
        self._db.conn.execute(_MOVE_HEAD, (seq, digest, floor))
        return Committed(decision=decision, seq=seq)

    def _that_stands(self, attempt: Attempt, memory: Recollection) -> Decision:
        """The decision, unless another lane admitted this nonce or this card meanwhile."""
        if not isinstance(attempt.decision, Admit) or attempt.claims is None:
            return attempt.decision
        policy = attempt.policy
        now = UnixSeconds(attempt.entry.wall // MICROS)
        against = judge_recollection(attempt.claims, memory, policy, now)
        if against is not None:
            return Refuse(reason=against)
        if policy.capacity is None:
            return attempt.decision
        crowd = admissions.here(self._db.conn, now, policy.passback_s)
        return judge_crowd(policy, crowd) or attempt.decision

    def _claim(self, attempt: Attempt, decision: Decision, entry: AuditEntry) -> None:
        claims = attempt.claims
        if not isinstance(decision, Admit) or claims is None or not claims.mode.burns_nonce:
            return
        burned.burn(self._db.conn, self._seal, claims, entry)

    def _move(self, attempt: Attempt, decision: Decision, entry: AuditEntry, epoch_no: int) -> None:
        card_id = None if entry.card_id is None else CardId(entry.card_id)
        movement = movement_of(decision, entry.direction, card_id, attempt.undoes)
        conn, waits = self._db.conn, attempt.awaits_screen
        admissions.move(conn, self._seal, movement, entry, epoch_no, awaits_screen=waits)

    def _head(self) -> _Head:
        epoch_no, epoch, seq, digest = self._db.conn.execute(_HEAD).fetchone()
        return _Head(epoch_no=epoch_no, epoch=Epoch(epoch), seq=seq, hash=digest)
