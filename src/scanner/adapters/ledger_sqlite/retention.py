"""Remove old entries from the log, and remember up to where, with central's receipt.

What is removed and the record of it are one transaction. The last entry that is left names the hash of the last one
removed, so the chain is still walked from there.
"""

from sqlite_utils import Database

from cardcore.audit import START, ChainHead
from cardcore.ids import Epoch, Seq, UnixSeconds
from scanner.errors import LedgerError

_NO = "SELECT no FROM epochs WHERE epoch = ?"
_REMOVED = "SELECT r.seq, r.hash, r.receipt FROM removed r JOIN epochs e ON e.no = r.epoch WHERE e.epoch = ?"
_HASH = "SELECT hash FROM audit WHERE epoch = ? AND seq = ?"
_LAST = "SELECT max(seq) FROM audit WHERE epoch = ?"
_NOTE = (
    "INSERT INTO removed (epoch, seq, hash, receipt, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (epoch) DO UPDATE "
    "SET seq = excluded.seq, hash = excluded.hash, receipt = excluded.receipt, at = excluded.at"
)
_REMOVE = "DELETE FROM audit WHERE epoch = ? AND seq <= ?"


def removed(db: Database, epoch: Epoch) -> tuple[ChainHead, bytes]:
    """The last entry removed from ``epoch``, and its receipt; the start of a chain and no bytes for none."""
    row = db.conn.execute(_REMOVED, (epoch,)).fetchone()
    return (START, b"") if row is None else (ChainHead(seq=Seq(row[0]), hash=row[1]), row[2])


def remove(db: Database, epoch: Epoch, last: ChainHead, receipt: bytes, at: UnixSeconds) -> int:
    """Remove the entries up to ``last``; how many. The caller holds the transaction.

    Raises:
        LedgerError: ``last`` is no entry of this log, or the newest of its epoch.
    """
    no = db.conn.execute(_NO, (epoch,)).fetchone()[0]
    found = db.conn.execute(_HASH, (no, last.seq)).fetchone()
    if (
        found is None
        or found[0] != last.hash
        or last.seq >= db.conn.execute(_LAST, (no,)).fetchone()[0]
    ):
        msg = f"entry {last.seq} of epoch {epoch.hex()} is not there to be removed"
        raise LedgerError(msg)
    db.conn.execute(_NOTE, (no, last.seq, last.hash, receipt, at))
    return int(db.conn.execute(_REMOVE, (no, last.seq)).rowcount)
