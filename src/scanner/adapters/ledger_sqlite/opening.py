"""Open a ledger, and go on where it cannot be used: the door must not stay shut for a damaged file.

1. The first program to open it looks it through, as far as CHECK_STEPS allow. A damaged one is moved aside, with what
   belongs to it, and a new one begins: it refuses what may have been burned in the old one (token.md, "Replay memory").
2. A backup that was put in its place, or a file that ends before what was certainly written, begins a new epoch
   under the same rule: two histories must never share numbers.
3. Both are written into the ledger, for `gatepost status`, and told in the log.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from cardcore.audit import GENESIS
from cardcore.ids import Epoch, UnixSeconds
from scanner.adapters.ledger_sqlite.beside import Beside
from scanner.adapters.ledger_sqlite.schema import migrate
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal, check_mark
from scanner.errors import LedgerError
from scanner.sqlite import as_ledger_error, connect, drop_remains, immediate, patient, sqlite3

_CHECK_EVERY: Final = 1_000  # steps between two looks at the count
CHECK_STEPS: Final = 20_000_000  # a few seconds' worth; a ledger of years is looked through in part
_log = logging.getLogger(__name__)

_STATE: Final = "SELECT e.epoch, s.seq, s.is_copy FROM state s JOIN epochs e ON e.no = s.epoch"
_END: Final = (
    "SELECT s.head, a.hash FROM state s JOIN audit a ON a.epoch = s.epoch AND a.seq = s.seq"
)
_NEXT_EPOCH: Final = "INSERT INTO epochs (no, epoch, began_at) SELECT max(no) + 1, ?, ? FROM epochs"
_TO_NEXT: Final = "UPDATE state SET epoch = (SELECT max(no) FROM epochs), seq = 0, head = ?, began_at = ?, is_copy = 0"
_NOTE: Final = "INSERT INTO recoveries (at, why, aside) VALUES (?, ?, ?)"


class DamagedLedgerError(LedgerError):
    """A file that SQLite can read in parts only, or whose log does not end where it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """How a ledger, or an epoch of one, begins where it must."""

    epoch: Epoch
    now: UnixSeconds
    is_rehearsal: bool


def open_file(path: Path, beside: Beside, seal: LedgerSeal, begin: Begin) -> Database:
    """The ledger at ``path``, ready; begun, or begun anew, where it must be.

    Raises:
        LedgerError: it cannot be opened; it is sealed under another secret; or it is damaged, and another program
            has it open.
    """
    try:
        return _ready(path, beside, seal, begin)
    except LedgerError as error:
        if not _is_damage(error):
            raise
        if not beside.is_alone:
            msg = f"{error}. Another program has it open: stop that, and start again"
            raise LedgerError(msg) from error
        aside = _move_aside(path, begin.now)
        _log.error("%s; moved aside to %s, and a new ledger begins", error, aside.name)
        db = _ready(path, beside, seal, begin)
        with as_ledger_error(f"cannot prepare {path}"), immediate(db):
            db.conn.execute(_NOTE, (begin.now, str(error), aside.name))
        return db


def _ready(path: Path, beside: Beside, seal: LedgerSeal, begin: Begin) -> Database:
    db = connect(path)
    try:
        with as_ledger_error(f"cannot prepare {path}"):
            if beside.is_alone:
                _look_through(db, path)
            with patient(db), immediate(db):
                is_older = migrate(db, seal)
                is_new = db.conn.execute("SELECT 1 FROM state").fetchone() is None
                if is_new:
                    _begin(db, begin)
            if is_older:
                drop_remains(db)
                db.close()  # a connection that has changed the schema prepares each statement anew, each time
                db = connect(path)
            check_mark(db, seal, path)
            if beside.is_alone and not is_new:
                _check_end(db, path)
                _begin_again_if_older(db, beside, begin.epoch, begin.now)
    except BaseException:
        db.close()
        raise
    return db


def _look_through(db: Database, path: Path) -> None:
    looks = count(1)
    spent: list[bool] = []

    def stop() -> int:
        if next(looks) * _CHECK_EVERY <= CHECK_STEPS:
            return 0
        spent.append(True)
        return 1

    db.conn.set_progress_handler(stop, _CHECK_EVERY)
    try:
        found = db.conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        if not spent:
            raise
        return
    finally:
        db.conn.set_progress_handler(None, 0)
    if found != "ok":
        msg = f"{path} is damaged: {found}"
        raise DamagedLedgerError(msg)


def _check_end(db: Database, path: Path) -> None:
    row = db.conn.execute(_END).fetchone()
    if row is not None and row[0] != row[1]:
        msg = f"{path} is damaged: its log does not end where it says"
        raise DamagedLedgerError(msg)


def _begin_again_if_older(db: Database, beside: Beside, new_epoch: Epoch, now: UnixSeconds) -> None:
    epoch, seq, is_copy = db.conn.execute(_STATE).fetchone()
    reached = beside.reached()
    why = ""
    if is_copy:
        why = "a backup was put in the ledger's place"
    elif reached is not None and reached[0] == epoch and reached[1] > seq:
        why = f"the ledger ends at entry {seq}, and {reached[1]} had been written: an older copy"
    elif reached is not None and not _knows(db, reached[0]):
        why = "the ledger knows nothing of what was written last: another copy"
    if why:
        _log.error("%s; a new epoch begins", why)
        with immediate(db):
            db.conn.execute(_NEXT_EPOCH, (new_epoch, now))
            db.conn.execute(_TO_NEXT, (GENESIS, now))
            db.conn.execute(_NOTE, (now, why, None))


def _knows(db: Database, epoch: Epoch) -> bool:
    return db.conn.execute("SELECT 1 FROM epochs WHERE epoch = ?", (epoch,)).fetchone() is not None


def _is_damage(error: LedgerError) -> bool:
    """Whether a new file would mend it: not where it is locked, unwritable or full, which are OperationalErrors."""
    return isinstance(error, DamagedLedgerError) or type(error.__cause__) is sqlite3.DatabaseError


def _move_aside(path: Path, now: UnixSeconds) -> Path:
    dated = f"{path.name}.damaged-{datetime.fromtimestamp(now, tz=UTC):%Y%m%dT%H%M%SZ}"
    names = (dated if not number else f"{dated}-{number}" for number in count())
    aside = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    with as_ledger_error(f"cannot move {path} aside"):
        for ending in (
            "-wal",
            "-shm",
            "",
        ):  # the file itself last: what belongs to it is never left alone
            part = path.with_name(path.name + ending)
            if part.exists():
                part.replace(aside.with_name(aside.name + ending))
    return aside


def _begin(db: Database, begin: Begin) -> None:
    first = (begin.epoch, begin.now)
    db.conn.execute("INSERT INTO epochs (no, epoch, began_at) VALUES (1, ?, ?)", first)
    db.conn.execute(
        "INSERT INTO state (id, epoch, seq, head, began_at, rehearsal, purge_floor, clock_floor) "
        "VALUES (1, 1, 0, ?, ?, ?, 0, 0)",
        (GENESIS, begin.now, int(begin.is_rehearsal)),
    )
