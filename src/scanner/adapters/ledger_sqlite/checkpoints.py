"""What was signed about the log: the device's own checkpoints, and central's countersignatures under them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from cardcore.ids import Epoch, Seq

_PUT = (
    "INSERT INTO checkpoints (epoch, seq, statement, countersigned) "
    "SELECT no, ?, ?, ? FROM epochs WHERE epoch = ? ON CONFLICT (epoch, seq) DO UPDATE "
    "SET statement = excluded.statement, countersigned = excluded.countersigned"
)
_OF = (
    "SELECT c.seq, c.statement, c.countersigned FROM checkpoints c JOIN epochs e ON e.no = c.epoch "
    "WHERE e.epoch = ? ORDER BY c.seq"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheckpoint:
    """A checkpoint as it was sent, and central's countersignature as it came."""

    seq: Seq
    statement: bytes
    countersigned: bytes


def put(db: Database, epoch: Epoch, kept: KeptCheckpoint) -> None:
    """Keep one; the caller holds the transaction."""
    db.conn.execute(_PUT, (kept.seq, kept.statement, kept.countersigned, epoch))


def of(db: Database, epoch: Epoch) -> Iterator[KeptCheckpoint]:
    """Those of an epoch, by size."""
    for seq, statement, countersigned in db.conn.execute(_OF, (epoch,)):
        yield KeptCheckpoint(seq=Seq(seq), statement=statement, countersigned=countersigned)
