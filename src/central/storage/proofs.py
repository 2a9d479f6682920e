"""Stored entries as they lie there, and the checkpoints that vouch for them."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from cardcore.ids import DeviceId, Epoch, Seq
from central.errors import Kind
from central.ports.records import SignedCheckpoint
from central.storage.dialect import insert_into
from central.storage.schema import (
    AUDIT_CHECKPOINTS,
    AUDIT_ENTRIES,
    AUDIT_EVIDENCE,
)

_entries = AUDIT_ENTRIES.c
_kept = AUDIT_CHECKPOINTS.c
_others = AUDIT_EVIDENCE.c


class SqlProofs:
    """The table of checkpoints, and the entries beside it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, device_id: DeviceId, epoch: Epoch, checkpoint: SignedCheckpoint) -> None:
        """Keep a checkpoint; one of the same size takes the place of the last."""
        signed = {
            "statement": checkpoint.statement,
            "countersigned": checkpoint.countersigned,
        }
        statement = insert_into(self._connection, AUDIT_CHECKPOINTS).values(
            device_id=device_id, epoch=epoch, seq=checkpoint.seq, **signed
        )
        place = ["device_id", "epoch", "seq"]
        self._connection.execute(statement.on_conflict_do_update(index_elements=place, set_=signed))

    def of(self, device_id: DeviceId, epoch: Epoch) -> Sequence[SignedCheckpoint]:
        """The checkpoints of an epoch, by size."""
        query = (
            select(AUDIT_CHECKPOINTS)
            .where(_kept.device_id == device_id, _kept.epoch == epoch)
            .order_by(_kept.seq)
        )
        return [
            SignedCheckpoint(
                seq=Seq(row.seq), statement=row.statement, countersigned=row.countersigned
            )
            for row in self._connection.execute(query)
        ]

    def forked_at(self, device_id: DeviceId, epoch: Epoch) -> Seq | None:
        """The first place in which the device handed in another entry as well; None where it never did."""
        query = select(func.min(_others.seq)).where(
            _others.device_id == device_id,
            _others.epoch == epoch,
            _others.why.startswith(Kind.FORK.value),
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else Seq(found)
