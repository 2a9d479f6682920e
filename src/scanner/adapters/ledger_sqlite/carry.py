"""Carry the tail of an epoch into a new one, where central holds another history behind that place.

It happens after a whole data folder was put back from an old copy: the ledger went on with numbers that central has
seen already. What was written since gets new numbers, and nothing of it is lost. The new epoch is under the rule of
token.md for new ledgers: what was burned between the copy and now is not remembered here.
"""

from collections.abc import Callable
from dataclasses import replace

from sqlite_utils import Database

from cardcore.audit import GENESIS, entry_hash, serialise_entry
from cardcore.ids import Epoch, Seq, UnixSeconds
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal

_NO = "SELECT no FROM epochs WHERE epoch = ?"
_TAIL = "SELECT seq, data, hash FROM audit WHERE epoch = ? AND seq >= ? ORDER BY seq"
_NEXT = "INSERT INTO epochs (no, epoch, began_at) SELECT max(no) + 1, ?, ? FROM epochs RETURNING no"
_MOVED = "UPDATE audit SET epoch = ?, seq = ?, hash = ?, data = ? WHERE epoch = ? AND seq = ?"
_ADMISSIONS = (
    "UPDATE admissions SET epoch = ?1, seq = seq - ?2, gone = CASE WHEN gone > ?2 THEN gone - ?2 ELSE gone END, "
    "undone = CASE WHEN undone > ?2 THEN undone - ?2 ELSE undone END WHERE epoch = ?3 AND seq > ?2"
)
_HEAD = "UPDATE state SET epoch = ?, seq = ?, head = ?, began_at = ?"
_OPEN = "SELECT no, epoch, mark FROM epochs WHERE NOT closed ORDER BY no"
_CLOSE = "UPDATE epochs SET closed = 1 WHERE no <= ?"
_AGAIN = "UPDATE recoveries SET why = ? WHERE no = (SELECT max(no) FROM recoveries) AND at = ?"
_NOTE = "INSERT INTO recoveries (at, why, aside) VALUES (?, ?, NULL)"


def carry(
    db: Database, seal: LedgerSeal, tail_of: tuple[Epoch, Seq], new_epoch: Epoch, now: UnixSeconds
) -> int:
    """Begin ``new_epoch`` with what an epoch has from a number on; how many entries. The caller holds the transaction."""
    epoch, first = tail_of
    conn = db.conn
    no = conn.execute(_NO, (epoch,)).fetchone()[0]
    tail = conn.execute(_TAIL, (no, first)).fetchall()
    is_current = conn.execute("SELECT epoch FROM state").fetchone()[0] == no
    conn.execute("UPDATE epochs SET mark = ? WHERE no = ?", (first - 1, no))
    if not tail and not is_current:
        return 0  # nothing of it is missing at central, and nothing will be added
    new_no = conn.execute(_NEXT, (new_epoch, now)).fetchone()[0]
    head = GENESIS
    for seq, (old, data, digest) in enumerate(tail, 1):
        entry = replace(seal.parsed(data, digest), epoch=new_epoch, seq=Seq(seq), previous=head)
        moved = serialise_entry(entry)
        head = entry_hash(moved)
        conn.execute(_MOVED, (new_no, seq, head, seal.entry(moved, head), no, old))
    conn.execute(_ADMISSIONS, (new_no, first - 1, no))
    conn.execute(_HEAD, (new_no, len(tail), head, now))
    why = f"central holds another history behind entry {first - 1}; {len(tail)} entries carried into a new epoch"
    conn.execute(_NOTE, (now, why))
    return len(tail)


def close_epochs(
    db: Database, seal: LedgerSeal, new_epoch: Callable[[], Epoch], now: UnixSeconds
) -> int:
    """Begin anew for another enrolment: what central does not hold goes into new epochs, the rest stays where it is.

    How many entries were carried. Closed epochs are not handed over again: central knows them as another device's. The
    caller holds the transaction.
    """
    conn = db.conn
    open_before = conn.execute(_OPEN).fetchall()
    carried = sum(
        carry(db, seal, (epoch, Seq(mark + 1)), new_epoch(), now) for _, epoch, mark in open_before
    )
    conn.execute(_CLOSE, (open_before[-1][0],))
    conn.execute(_AGAIN, (f"enrolled anew; {carried} entries carried into a new epoch", now))
    return carried
